"""From an admin's rows to a changed registry: what would change, or everything that is wrong with it.

The changed file is judged as the registry itself is judged, so nothing is written that a later run refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shulu.findings import Finding, Refused
from shulu.registry import cells, replace, routes, sheets
from shulu.registry.columns import COLUMNS
from shulu.registry.document import Document, Record
from shulu.registry.model import Settings
from shulu.registry.province import of_folder
from shulu.registry.reader import parse, vpn_of
from shulu.registry.table import Row

# What an admin writes into a cell that is to become empty; an empty one leaves things as they are.
CLEAR = frozenset({"-", "--", "—", "——", "清空"})
_COLUMN = {column.name: column for column in COLUMNS}
_FREE = ("note", "contact", "phone")


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one cell of one library."""

    code: str
    name: str
    new: bool
    column: str
    before: str
    after: str

    def row(self) -> dict[str, object]:
        """Return it as a row of a table."""
        kind = "new" if self.new else "changed"
        return {"library": self.code, "name": self.name, "": kind, "column": str(_COLUMN[self.column]),
                "before": self.before, "after": self.after}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposal:
    """A registry as it would be: its file, the bytes there now, those to come, and the difference."""

    path: Path
    old: bytes
    new: bytes
    changes: tuple[Change, ...]

    @property
    def libraries(self) -> tuple[int, int]:
        """How many libraries are new, and how many are changed."""
        new = {change.code for change in self.changes if change.new}
        return len(new), len({change.code for change in self.changes} - new)

    def write(self) -> None:
        """Put the new registry in place. Raises Refused where somebody changed the old one meanwhile."""
        if self.new != self.old:
            replace.replace(self.path, self.old, self.new)


def propose(inventory: Path, sheet: sheets.Sheet) -> Proposal:
    """Read a province's registry and a sheet for it. Raises Refused with all findings of both."""
    path, settings = of_folder(inventory)
    return merge(path, sheets.load(path), settings, sheet)


def merge(path: Path, old: bytes, settings: Settings, sheet: sheets.Sheet) -> Proposal:
    """Merge a sheet's rows into a registry's bytes. Raises Refused with all findings, at the sheet's rows."""
    document = Document(old, path.name)
    findings = list(sheet.findings)
    known = {code: record for code, record in document.libraries() if code}
    province = next(
        (code[:2] for code, record in known.items() if _is_hub(document.cell(record, "tier"))), ""
    )
    same = _same(settings)
    changes: list[Change] = []
    added: list[tuple[Mapping[str, str], int]] = []
    seen: dict[str, int] = {}
    for row in sheet.rows:
        code, wrong = _code(row, sheet.where, province, seen)
        findings.extend(wrong)
        if wrong:
            continue
        seen[code] = row.line
        record = known.get(code)
        said = _said(row)
        if record is None:
            values = {"code": code} | {column: text for column, text in said.items() if text}
            added.append((values, row.line))
            changes.extend(
                _changes(code, values.get("name", ""), dict.fromkeys(values, ""), values, new=True)
            )
            continue
        before = {column: document.cell(record, column) for column in said}
        values = {column: text for column, text in said.items() if not same(column, before[column], text)}
        if values:
            name = document.cell(record, "name").strip()
            changes.extend(_changes(code, name, before, values, new=False))
            document.change(record, values, row.line)
    document.add(added)
    new = document.encode() if changes else old
    findings.extend(_judge(new, settings, document, sheet.where, path.with_name(routes.FILE)))
    sheets.refuse_if(sorted(set(findings), key=_order))
    return Proposal(path, old, new, tuple(changes))


def _code(row: Row, where: str, province: str, seen: Mapping[str, int]) -> tuple[str, list[Finding]]:
    here = sheets.at(where, row.line, "code")
    try:
        code = cells.code(row.cells.get("code", ""))
    except cells.Unclear as unclear:
        return "", [Finding(here, unclear.problem, unclear.remedy)]
    if code in seen:
        problem = f"{code} is also in row {seen[code]}"
        return code, [Finding(here, problem, "keep one row a library")]
    if province and not code.startswith(province):
        problem = f"{code} is of another province: the codes of this one begin with {province}"
        return code, [Finding(here, problem, "take the row out, or correct its code")]
    return code, []


def _said(row: Row) -> dict[str, str]:
    """Return what a row says by column: "" where a cell is to be emptied, nothing where it is empty."""
    said = {}
    for column, text in row.cells.items():
        value = " ".join(text.split()) if column == "name" or column in _FREE else cells.plain(text)
        if value and column != "code":
            said[column] = "" if value in CLEAR else value
    return said


def _same(settings: Settings) -> Callable[[str, str, str], bool]:
    vpn = vpn_of(settings)
    readers: dict[str, Callable[[str], Any]] = {
        "name": cells.name, "tier": cells.tier, "parent": cells.parent, "route": cells.route,
        "line": cells.line, "window": cells.window, "lans": cells.lans, "wave": cells.wave,
        "collections": cells.collections, "address": lambda text: cells.address(text, vpn),
    }  # fmt: skip

    def same(column: str, before: str, after: str) -> bool:
        if before.strip() == after:
            return True
        # A cell that is filled in for the first time is a change, even where empty means the same.
        if column not in readers or not before.strip():
            return False
        try:
            return bool(after) and bool(readers[column](before) == readers[column](after))
        except cells.Unclear:
            return False

    return same


def _changes(
    code: str, name: str, before: Mapping[str, str], values: Mapping[str, str], *, new: bool
) -> list[Change]:
    return [
        Change(code, name, new, column, before[column].strip(), values[column])
        for column in (each.name for each in COLUMNS)
        if column in values and column != "code"
    ]


def _is_hub(text: str) -> bool:
    try:
        return cells.tier(text) == "province"
    except cells.Unclear:
        return False


def _judge(data: bytes, settings: Settings, document: Document, sheet: str, chosen: Path) -> list[Finding]:
    """Judge a changed registry with the plan's routes; what comes from the sheet is named by its rows."""
    try:
        routes.apply(parse(data, settings, document.where), chosen)
    except Refused as refused:
        lines = document.lines()
        return [_traced(finding, lines, document.where, sheet) for finding in refused.findings]
    return []


def _traced(finding: Finding, lines: Mapping[int, Record], where: str, sheet: str) -> Finding:
    match = re.fullmatch(rf"{re.escape(where)}:(\d+)(, (\w+)/.*)?", finding.where)
    column = match[3] if match else None

    def sent(record: Record) -> bool:
        # A new row comes from the sheet as a whole, also in the columns that it leaves empty.
        return not record.line or column in record.touched

    def named(match: re.Match[str]) -> str:
        record = lines.get(int(match[1]))
        if record is None:
            return match[0]
        return f"row {record.origin} of {sheet}" if sent(record) else f"line {record.line} of {where}"

    problem = re.sub(r"\bline (\d+)", named, finding.problem)
    record = lines.get(int(match[1])) if match else None
    if match is None or record is None:
        return Finding(finding.where, problem, finding.remedy)
    place = f"{sheet}:{record.origin}" if sent(record) else f"{where}:{record.line}"
    return Finding(f"{place}{match[2] or ''}", problem, finding.remedy)


def _order(finding: Finding) -> tuple[bool, str, int, str]:
    match = re.match(r"(.*?):(\d+)", finding.where)
    return (match is None, match[1] if match else "", int(match[2]) if match else 0, finding.where)
