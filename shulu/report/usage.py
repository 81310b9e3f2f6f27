"""Usage figures (docs/report.md): the province's own, and those gathered from its servers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shulu.findings import Finding, Refused, refuse
from shulu.programme import COLLECTIONS
from shulu.registry.table import decode
from shulu.report.words import line

HEADS = ("馆代码", "月份", "资源库", "访问次数", "阅览次数", "下载次数")
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,12}", re.ASCII)
_IDS = {word: each.id for each in COLLECTIONS for word in (each.id, each.zh)}


@dataclass(frozen=True, slots=True)
class Usage:
    """One row: ``collection`` is "" for a library as a whole. Counts: visits, views, downloads."""

    library: str
    month: str
    collection: str
    counts: tuple[int, int, int]


def used(own: Path, gathered: Path, names: Mapping[str, str]) -> list[Usage] | None:
    """Read both files; None where there is neither. Raises Refused.

    What the province says itself of a library and month stands for all that was gathered of them.
    """
    said, told = read_usage(own, names), read_usage(gathered, names, strict=False)
    if said is None or told is None:
        return told if said is None else said
    known = {(each.library, each.month) for each in said}
    return said + [each for each in told if (each.library, each.month) not in known]


def read_usage(file: Path, names: Mapping[str, str], *, strict: bool = True) -> list[Usage] | None:
    """Read the file; None where there is none. Raises Refused with all that is wrong, by line.

    Unless ``strict``, libraries that the registry no longer has are left out.
    """
    if not file.is_file():
        return None
    reader = csv.reader(io.StringIO(decode(file.read_bytes(), file.name)), strict=True)
    found: dict[tuple[str, str, str], Usage] = {}
    findings: list[Finding] = []
    try:
        heading = [cell.strip() for cell in next(reader, [])]
        if missing := [head for head in HEADS if head not in heading]:
            raise refuse(
                f"{file.name}:1", f"has no column {'、'.join(missing)}", f"its heading is {','.join(HEADS)}"
            )
        for fields in reader:
            if not any(map(str.strip, fields)):
                continue
            where = f"{file.name}:{reader.line_num}"
            row = dict(zip(heading, map(str.strip, fields), strict=False))
            if not strict and row.get(HEADS[0]) not in names:
                continue
            try:
                usage = _row(row, names)
            except ValueError as error:
                findings.append(Finding(where, *error.args))
                continue
            key = (usage.library, usage.month, usage.collection)
            if key in found:
                findings.append(
                    Finding(where, "says the same library, month and collection twice", "keep one")
                )
            found[key] = usage
    except csv.Error as error:
        raise refuse(f"{file.name}:{reader.line_num}", f"is no CSV: {error}", "save it as CSV") from error
    if findings:
        raise Refused(findings)
    return [found[key] for key in sorted(found)]


def _row(row: Mapping[str, str], names: Mapping[str, str]) -> Usage:
    code, month, collection = (row.get(head, "") for head in HEADS[:3])
    if code not in names:
        raise ValueError(f"no library has the code {line(code, 40)!r}", "write a code of the registry")
    if not _MONTH.fullmatch(month):
        raise ValueError(f"{line(month, 40)!r} is no month", "write it as 2026-12")
    if collection and collection not in _IDS:
        raise ValueError(
            f"{line(collection, 40)!r} is no collection", "write its id or name; empty means all"
        )
    texts = [row.get(head, "") for head in HEADS[3:]]
    if bad := next((text for text in texts if text and not _COUNT.fullmatch(text)), None):
        raise ValueError(f"{line(bad, 40)!r} is no count", "write a whole number without separators")
    visits, views, downloads = (int(text or 0) for text in texts)
    return Usage(code, month, _IDS.get(collection, ""), (visits, views, downloads))
