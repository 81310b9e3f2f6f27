"""From the bytes of a spreadsheet's export to rows: encodings, line ends, delimiters, quotes (RFC 4180)."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shulu.findings import Finding, refuse
from shulu.registry.columns import Column, column_of, nearest

# What stands between fields: Excel in Chinese also saves tabs, and people type full-width commas.
_DELIMITERS = ",\t;，；"
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\x00"))


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row by column name, and the line in the file where the row begins, from 1."""

    line: int
    cells: dict[str, str]


def decode(data: bytes, where: str) -> str:
    """Return the text of a file in UTF-8, UTF-16 with BOM, or GB18030, without BOM; line ends are ``\\n``.

    Raises Refused where it is none of them.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text.replace("\r\n", "\n").replace("\r", "\n").translate(_INVISIBLE)
    raise refuse(where, "is not text in UTF-8 or GB18030", "save it as “CSV UTF-8（逗号分隔）”")


def rows(text: str, where: str) -> tuple[list[Row], list[Finding]]:
    """Split text into rows by its heading. Returns what could be read, and the findings.

    Raises Refused where no heading can be found, since nothing else can be told then.
    """
    records = [(line, fields) for line, fields in _records(text, where) if any(map(str.strip, fields))]
    if not records:
        raise refuse(where, "holds no rows", "write a heading and one row a library")
    heading_line, heading = records[0]
    places, findings = _places(heading, f"{where}:{heading_line}")
    result = []
    for line, fields in records[1:]:
        if any(map(str.strip, fields[len(heading) :])):
            problem = f"has {len(fields)} fields, the heading has {len(heading)}"
            findings.append(Finding(f"{where}:{line}", problem, "put a cell that holds a comma into quotes"))
            continue
        cells = {name: fields[place] if place < len(fields) else "" for name, place in places.items()}
        if any(map(str.strip, cells.values())):
            result.append(Row(line, cells))
    return result, findings


def _records(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    lines = text.split("\n")
    first = next((line for line in lines if line.strip(_DELIMITERS + " \u3000")), "")
    delimiter = max(_DELIMITERS, key=first.count) if any(map(first.count, _DELIMITERS)) else ","
    # A heading never holds a comma itself, so both widths part it, whichever the rows use.
    width = len(re.split(f"[{_DELIMITERS}]", first))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise refuse(
                f"{where}:{line}",
                f"cannot be parted into cells ({error})",
                'close every quote: "..."',
            ) from error
        if len(fields) < width and len(fields) > 0:
            typed = _part_by_either_width("\n".join(lines[line - 1 : reader.line_num]), delimiter)
            fields = typed if len(typed) == width else fields
        yield line, fields
        line = reader.line_num + 1


def _part_by_either_width(record: str, delimiter: str) -> list[str]:
    twins = {",": "，", "，": ",", ";": "；", "；": ";"}
    twin = twins.get(delimiter)
    if twin is None:
        return []
    outside = "".join(
        part if index % 2 else part.replace(twin, delimiter)
        for index, part in enumerate(re.split(r'("(?:[^"]|"")*")', record))
    )
    return next(csv.reader(io.StringIO(outside, newline=""), delimiter=delimiter), [])


def _places(heading: list[str], where: str) -> tuple[dict[str, int], list[Finding]]:
    places: dict[str, int] = {}
    findings = []
    for place, title in enumerate(map(str.strip, heading)):
        if not title or title.startswith("#"):
            continue
        column = column_of(title)
        if column is None:
            findings.append(
                Finding(f"{where}, {title}", "is no column of a registry", _rename(nearest(title)))
            )
        elif column.name in places:
            findings.append(Finding(f"{where}, {title}", f"{column} is there twice", "keep one of them"))
        else:
            places[column.name] = place
    if not places:
        raise refuse(
            where, "is not the heading of a registry", "begin with the names of the columns: docs/registry.md"
        )
    return places, findings


def _rename(guess: Column | None) -> str:
    ignore = "begin its name with # to keep it for yourself"
    return f"is it {guess}? Or {ignore}" if guess else ignore
