"""``libraries.csv`` as it lies there, for changing cells and adding rows without touching anything else.

What is not changed keeps its bytes: encoding, BOM, line ends, quotes, order, hand-made columns.
"""

from __future__ import annotations

import csv
import io
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shulu.findings import Refused, refuse
from shulu.registry import cells, table
from shulu.registry.columns import COLUMNS

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_COLUMN = {column.name: column for column in COLUMNS}


@dataclass(slots=True)
class Record:
    """A row: its text in the file with its line end ("" once it is changed), and its cells.

    ``line`` is where it began in the file, 0 for a new one. ``touched`` are the columns that were written,
    and ``origin`` is where their values came from.
    """

    raw: str
    fields: list[str]
    line: int
    origin: int = 0
    touched: frozenset[str] = frozenset()


class Document:
    """A registry's file: a heading, and a record a library."""

    def __init__(self, data: bytes, where: str) -> None:
        """Read the file. Raises Refused where it cannot be written back as it is, or has no good heading."""
        self.where = where
        self._bom, self._encoding, text = table.decode_as(data, where)
        if text.encode(self._encoding) != data[len(self._bom) :]:
            problem = f"holds characters that are written in more than one way in {self._encoding}"
            raise refuse(where, problem, "save it once as “CSV UTF-8（逗号分隔）”")
        tidy = table.tidy(text)
        self._delimiter = table.delimiter_of(tidy)
        self.records = _records(text, list(table.records(tidy, where)))
        ends = Counter(re.findall(r"\r\n|\r|\n", text))
        self._newline = ends.most_common(1)[0][0] if ends else "\n"
        place = next((i for i, each in enumerate(self.records) if any(map(str.strip, each.fields))), None)
        if place is None:
            raise refuse(where, "holds no rows", "write a heading and one row a library")
        self._heading = place
        self.places, findings = table.places_of(
            self.records[place].fields, f"{where}:{self.records[place].line}"
        )
        if findings:
            raise Refused(findings)
        if "code" not in self.places:
            raise refuse(where, f"has no column {_COLUMN['code']}", "add it to the heading")

    def libraries(self) -> list[tuple[str, Record]]:
        """Return the rows below the heading with their codes; a code that cannot be read is ""."""
        return [
            (_code(self.cell(each, "code")), each)
            for each in self.records[self._heading + 1 :]
            if any(map(str.strip, each.fields))
        ]

    def cell(self, record: Record, column: str) -> str:
        """Return what a row says in a column; "" where it says nothing."""
        place = self.places.get(column)
        return record.fields[place] if place is not None and place < len(record.fields) else ""

    def change(self, record: Record, values: Mapping[str, str], origin: int) -> None:
        """Write cells of a row; a column that is not there yet is added at the end."""
        for column in values:
            self._ensure(column)
        self._pad(record)
        for column, value in values.items():
            record.fields[self.places[column]] = value
        record.raw, record.origin = "", origin
        record.touched |= values.keys()

    def add(self, rows: Sequence[tuple[Mapping[str, str], int]]) -> None:
        """Add rows, each with its origin: where the code belongs if the file is sorted by it, else last."""
        known = [code for code, _ in self.libraries()]
        filled = [i for i, each in enumerate(self.records) if any(map(str.strip, each.fields))]
        in_order = known == sorted(known)
        placed = []
        for values, origin in sorted(rows, key=lambda row: row[0]["code"]):
            record = Record("", [], 0)
            self.change(record, values, origin)
            # The first of the filled records is the heading, so the n-th library stands at filled[n].
            after = bisect_right(known, values["code"]) if in_order else len(known)
            placed.append((filled[after] + 1, record))
        for place, record in reversed(placed):
            self.records.insert(place, record)

    def encode(self) -> bytes:
        """Return the file's bytes."""
        texts: list[str] = []
        for record in self.records:
            if texts and not texts[-1].endswith(("\n", "\r")):
                texts[-1] += self._newline
            texts.append(record.raw or self._written(record.fields))
        return self._bom + "".join(texts).encode(self._encoding)

    def lines(self) -> dict[int, Record]:
        """Return which record begins in which line of what ``encode`` gives."""
        found, line = {}, 1
        for record in self.records:
            found[line] = record
            text = record.raw or self._written(record.fields)
            line += max(len(re.findall(r"\r\n|\r|\n", text)), 1)
        return found

    def _ensure(self, column: str) -> None:
        if column in self.places:
            return
        heading = self.records[self._heading]
        english = heading.fields[self.places["code"]].isascii()
        self.places[column] = len(heading.fields)
        heading.fields.append(column if english else _COLUMN[column].zh)
        heading.raw = ""
        # A row shorter than its heading might be parted anew at a full-width comma.
        for record in self.records[self._heading + 1 :]:
            if any(map(str.strip, record.fields)):
                self._pad(record)
                record.raw = ""

    def _pad(self, record: Record) -> None:
        width = len(self.records[self._heading].fields)
        record.fields.extend([""] * (width - len(record.fields)))

    def _written(self, fields: list[str]) -> str:
        text = io.StringIO(newline="")
        # The writer quotes a line end inside a cell only if the row's end holds it too.
        csv.writer(text, delimiter=self._delimiter, lineterminator="\r\n").writerow(fields)
        return text.getvalue().removesuffix("\r\n") + self._newline


def _records(text: str, parted: list[tuple[int, list[str]]]) -> list[Record]:
    lines = _LINE.findall(text)
    begins = [line - 1 for line, _ in parted]
    return [
        Record("".join(lines[begin:end]), fields, begin + 1)
        for begin, end, (_, fields) in zip(begins, [*begins[1:], len(lines)], parted, strict=False)
    ]


def _code(text: str) -> str:
    try:
        return cells.code(text)
    except cells.Unclear:
        return ""
