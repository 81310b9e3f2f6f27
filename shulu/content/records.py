"""Descriptive records: Dublin Core, one JSON object a line, read from ``records.jsonl`` or ``metadata.csv``.

Both become the same lines: ``id``, ``title``, the other elements in a fixed order, ``files`` last.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shulu.content.elements import CHECKS, CONTROL
from shulu.content.names import shown, unportable
from shulu.findings import Finding, Refused, refuse

RECORDS_FILE = "records.jsonl"
METADATA_FILE = "metadata.csv"

SINGLE = (
    "id",
    "title",
    "description",
    "publisher",
    "date",
    "type",
    "format",
    "identifier",
    "language",
    "rights",
    "place",
    "series",
    "issue",
    "direction",
)
"""Elements with one value, a string."""
MULTIPLE = ("creator", "subject", "contributor", "source", "relation", "coverage", "files")
"""Elements with a list of strings."""
_ORDER = (
    *(
        "id",
        "title",
        "creator",
        "subject",
        "description",
        "publisher",
        "contributor",
        "date",
        "type",
        "format",
    ),
    *("identifier", "source", "language", "relation", "coverage", "rights"),
    *("series", "issue", "place", "direction", "duration", "parts", "licence"),
)
_CHINESE = {
    "编号": "id",
    "题名": "title",
    "书名": "title",
    "名称": "title",
    "创作者": "creator",
    "责任者": "creator",
    "作者": "creator",
    "主题": "subject",
    "描述": "description",
    "简介": "description",
    "出版者": "publisher",
    "其他责任者": "contributor",
    "日期": "date",
    "类型": "type",
    "格式": "format",
    "标识符": "identifier",
    "来源": "source",
    "语种": "language",
    "关联": "relation",
    "覆盖范围": "coverage",
    "权限": "rights",
    "地点": "place",
    "丛编": "series",
    "刊名": "series",
    "期号": "issue",
    "时长": "duration",
    "翻页方向": "direction",
    "文件": "files",
}
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,127}")
_ELEMENT = re.compile(r"[A-Za-z][0-9A-Za-z_.-]{0,63}")
_MAX_CELL = 1 << 20


@dataclass(frozen=True, slots=True)
class Record:
    """One item: where it was read (``metadata.csv:7``), its id, its files, and its line as it is packed."""

    where: str
    id: str
    files: tuple[str, ...]
    line: bytes


def read(name: str, data: bytes, first_line: int = 1) -> list[Record]:
    """Read all records of a metadata file, ``records.jsonl`` or ``metadata.csv``.

    Of ``records.jsonl`` the data may be a part of whole lines, which begins at ``first_line``.

    Raises Refused with every finding: file, line, and what is wrong there.
    """
    text = _decode(name, data)
    findings: list[Finding] = []
    rows = (
        _csv_rows(name, text, findings)
        if name.endswith(".csv")
        else _json_rows(name, text, first_line, findings)
    )
    records = [record for where, raw in rows if (record := _record(where, raw, findings)) is not None]
    first: dict[str, str] = {}
    for record in records:
        if (other := first.setdefault(record.id, record.where)) != record.where:
            findings.append(Finding(record.where, f"the id {record.id} stands at {other} already"))
    if not records and not findings:
        findings.append(Finding(name, "has no records"))
    if findings:
        raise Refused(findings)
    return records


def _decode(name: str, data: bytes) -> str:
    """Decode what admins have: UTF-8 with or without BOM, for CSV also GB18030 as Chinese Excel saves it."""
    for encoding in ("utf-8-sig", "gb18030") if name.endswith(".csv") else ("utf-8-sig",):
        try:
            return data.decode(encoding)
        except ValueError:
            continue
    raise refuse(
        name, "is neither UTF-8 nor GB18030" if name.endswith(".csv") else "is not UTF-8", "save it as UTF-8"
    )


def _json_rows(
    name: str, text: str, first_line: int, findings: list[Finding]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), first_line):
        if not line.strip():
            continue
        where = f"{name}:{number}"
        try:
            raw = json.loads(line)
        except (ValueError, RecursionError) as error:
            findings.append(Finding(where, f"is not JSON: {error}"))
            continue
        if isinstance(raw, dict):
            yield where, raw
        else:
            findings.append(Finding(where, "is not a JSON object"))


def _csv_rows(name: str, text: str, findings: list[Finding]) -> Iterator[tuple[str, dict[str, Any]]]:
    # The limit is the whole process's: other tables have their own.
    limit = csv.field_size_limit(_MAX_CELL)
    try:
        yield from _csv_table(name, text, findings)
    finally:
        csv.field_size_limit(limit)


def _csv_table(name: str, text: str, findings: list[Finding]) -> Iterator[tuple[str, dict[str, Any]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: list[str] = []
    while True:
        where = f"{name}:{reader.line_num + 1}"
        try:
            row = next(reader, None)
        except csv.Error as error:
            findings.append(
                Finding(where, f"is not CSV: {error}", "quote cells that hold commas, quotes or line ends")
            )
            return
        if row is None:
            return
        if not any(cell.strip() for cell in row):
            continue
        if not columns:
            columns = _columns(where, row, findings)
            if findings:
                return
        elif len(row) != len(columns):
            findings.append(Finding(where, f"has {len(row)} cells and the head has {len(columns)}"))
        else:
            yield where, _cells(columns, row)


def _columns(where: str, row: list[str], findings: list[Finding]) -> list[str]:
    columns = []
    for cell in row:
        name = cell.strip()
        column = _CHINESE.get(name) or (name.lower() if name.lower() in {*SINGLE, *MULTIPLE} else name)
        if not _ELEMENT.fullmatch(column):
            findings.append(Finding(where, f"the column {shown(name)!r} is no element of Dublin Core"))
        elif column in columns:
            findings.append(Finding(where, f"the column {column} stands twice"))
        columns.append(column)
    if "id" not in columns and "identifier" in columns:
        columns[columns.index("identifier")] = "id"
    findings.extend(
        Finding(where, f"the column {needed} is missing")
        for needed in ("id", "title", "files")
        if needed not in columns
    )
    return columns


def _cells(columns: list[str], row: list[str]) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for column, cell in zip(columns, row, strict=True):
        if not cell.strip():
            continue
        if column in MULTIPLE:
            raw[column] = [part.strip() for part in re.split("[;；]", cell) if part.strip()]
        else:
            raw[column] = _number(cell.strip()) if column == "duration" else cell.strip()
    return raw


def _number(cell: str) -> float | str:
    try:
        return int(cell) if cell.isdecimal() else float(cell)
    except ValueError:
        return cell


def _record(where: str, raw: dict[str, Any], findings: list[Finding]) -> Record | None:
    before = len(findings)
    clean = {name: _value(where, name, value, findings) for name, value in raw.items()}
    findings.extend(
        Finding(where, f"{needed} is missing") for needed in ("id", "title", "files") if not clean.get(needed)
    )
    if len(findings) > before:
        return None
    identifier, files = str(clean["id"]), tuple(clean["files"])
    if not _ID.fullmatch(identifier):
        findings.append(
            Finding(
                where,
                f"the id {shown(identifier)!r} cannot stand in an address",
                "use letters, digits, . _ and -",
            )
        )
    for file in files:
        if problem := unportable(file):
            findings.append(Finding(where, f"{problem}: {shown(file)}", "rename the file"))
    if len(set(files)) != len(files):
        findings.append(Finding(where, "a file is named twice"))
    if len(findings) > before:
        return None
    return Record(where, identifier, files, _line(clean))


def _value(where: str, name: str, value: Any, findings: list[Finding]) -> Any:
    if not _ELEMENT.fullmatch(name):
        findings.append(Finding(where, f"{shown(name)!r} is no element of Dublin Core"))
        return None
    if name in CHECKS:
        if problem := CHECKS[name](value):
            findings.append(Finding(where, f"{name} {problem}"))
        return value
    if name in MULTIPLE and isinstance(value, str):
        value = [value]
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in values) or (name in SINGLE and isinstance(value, list)):
        findings.append(
            Finding(where, f"{name} is not {'a list of texts' if name in MULTIPLE else 'a text'}")
        )
        return None
    if any(CONTROL.search(item) for item in values):
        findings.append(Finding(where, f"{name} has a control character"))
        return None
    return value


def _line(clean: dict[str, Any]) -> bytes:
    names = [name for name in _ORDER if clean.get(name)]
    names += sorted(name for name in clean if name not in _ORDER and name != "files" and clean[name])
    ordered = {name: clean[name] for name in (*names, "files")}
    return json.dumps(ordered, ensure_ascii=False).encode() + b"\n"
