"""From the bytes of a spreadsheet's export to rows: encodings, line ends, delimiters, quotes (RFC 4180)."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shulu.findings import Finding, refuse
from shulu.registry.columns import Column, column_of, nearest

# What stands between fields: Excel in Chinese also saves tabs, and people type full-width commas.
_DELIMITERS = ",\t;，；"
_ENCODINGS = (
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"), (b"", "utf-8"), (b"", "gb18030"),
)  # fmt: skip
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\x00"))


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row by column name, and the line in the file where the row begins, from 1."""

    line: int
    cells: dict[str, str]


def decode(data: bytes, where: str) -> str:
    """Return the text of a file in UTF-8, UTF-16 with BOM, or GB18030, tidied for the reader.

    Raises Refused where it is none of them.
    """
    return tidy(decode_as(data, where)[2])


def decode_as(data: bytes, where: str) -> tuple[bytes, str, str]:
    """Return a file's BOM, its encoding, and its text as it stands there. Raises Refused as above."""
    for bom, encoding in _ENCODINGS:
        if data.startswith(bom):
            try:
                return bom, encoding, data[len(bom) :].decode(encoding)
            except UnicodeDecodeError:
                continue
    raise refuse(where, "is not text in UTF-8 or GB18030", "save it as “CSV UTF-8（逗号分隔）”")


def tidy(text: str) -> str:
    """Return a text with ``\\n`` as line end and without the characters that nobody sees."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_INVISIBLE)


def rows(text: str, where: str) -> tuple[list[Row], list[Finding]]:
    """Split text into rows by its heading. Returns what could be read, and the findings.

    Raises Refused where no heading can be found, since nothing else can be told then.
    """
    return under_heading(list(records(text, where)), where)


def under_heading(lines: Sequence[tuple[int, list[str]]], where: str) -> tuple[list[Row], list[Finding]]:
    """Name the cells of a table's rows by its heading, the first row that holds anything; as ``rows``."""
    filled = [(line, fields) for line, fields in lines if any(map(str.strip, fields))]
    if not filled:
        raise refuse(where, "holds no rows", "write a heading and one row a library")
    heading_line, heading = filled[0]
    places, findings = places_of(heading, f"{where}:{heading_line}")
    result = []
    for line, fields in filled[1:]:
        if any(map(str.strip, fields[len(heading) :])):
            problem = f"has {len(fields)} fields, the heading has {len(heading)}"
            findings.append(Finding(f"{where}:{line}", problem, "put a cell that holds a comma into quotes"))
            continue
        cells = {name: fields[place] if place < len(fields) else "" for name, place in places.items()}
        if any(map(str.strip, cells.values())):
            result.append(Row(line, cells))
        elif any(text.strip() for text, title in zip(fields, heading, strict=False) if not title.strip()):
            # Passed over, a whole sheet would say nothing when its heading is parted otherwise than its rows.
            problem = "holds something only where the heading has no name"
            findings.append(
                Finding(f"{where}:{line}", problem, "name the column in the heading, or empty it")
            )
    return result, findings


def records(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Part a tidied text into the fields of its records, each with the line it begins in, blank ones too."""
    lines = text.split("\n")
    first = _first(lines)
    delimiter = delimiter_of(text)
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


def delimiter_of(text: str) -> str:
    """Return what stands between the fields of a text: what its first line holds most of."""
    first = _first(text.split("\n"))
    return max(_DELIMITERS, key=first.count) if any(map(first.count, _DELIMITERS)) else ","


def _first(lines: list[str]) -> str:
    return next((line for line in lines if line.strip(_DELIMITERS + " \u3000")), "")


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


def places_of(heading: Sequence[str], where: str) -> tuple[dict[str, int], list[Finding]]:
    """Tell in which place of a row each column stands, and which headings name none or one twice.

    Raises Refused where no heading names a column.
    """
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
