"""What an admin sends in: a sheet of libraries as XLSX or CSV, read into rows by column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shulu.findings import Finding, Refused, refuse
from shulu.registry import cells, table, workbook
from shulu.registry.columns import COLUMNS, column_of
from shulu.registry.table import Row
from shulu.registry.workbook import Grid

MAX_FILE_BYTES = 32 << 20
# A sheet for people often begins with its title.
_TITLE_ROWS = 10
_COLUMN = {column.name: column for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's name, its rows by column, and what is wrong with it as far as it can be told by itself."""

    where: str
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]


def load(path: Path) -> bytes:
    """Return a file that somebody sent in. Raises Refused where it cannot be read, or is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        raise refuse(str(path), problem, "name the file that is there") from error
    if len(data) > MAX_FILE_BYTES:
        problem = f"is larger than {MAX_FILE_BYTES >> 20} MB"
        raise refuse(str(path), problem, "send the sheet alone, without pictures")
    return data


def grids(data: bytes, where: str) -> list[Grid]:
    """Return the tables of a workbook, or the one of a text. Raises Refused."""
    if workbook.is_workbook(data):
        return workbook.read(data, where)
    return [Grid("", list(table.records(table.decode(data, where), where)))]


def read(path: Path) -> Sheet:
    """Read a sheet of libraries. Raises Refused where no heading can be found; other findings are kept."""
    return parse(load(path), path.name)


def parse(data: bytes, where: str) -> Sheet:
    """Read a sheet from its bytes; ``where`` names it in findings."""
    found = [(grid, start) for grid in grids(data, where) if (start := _heading(grid.rows)) is not None]
    if not found:
        problem = f"has no heading with {_COLUMN['code']} in its first {_TITLE_ROWS} rows"
        raise refuse(where, problem, "begin with the names of the columns: docs/registry.md")
    if len(found) > 1:
        titles = "、".join(grid.title for grid, _ in found)
        raise refuse(where, f"holds several sheets of libraries ({titles})", "keep one of them")
    grid, start = found[0]
    rows, findings = table.under_heading(grid.rows[start:], where)
    heading_line, heading = grid.rows[start]
    places, _ = table.places_of(heading, f"{where}:{heading_line}")
    for (line, place), unclear in sorted(grid.doubts.items()):
        if line == heading_line and place < len(heading):
            findings.append(Finding(f"{where}:{line}, {heading[place]}", unclear.problem, unclear.remedy))
        column = next((name for name, at in places.items() if at == place), None)
        if line > heading_line and column is not None:
            findings.append(Finding(at(where, line, column), unclear.problem, unclear.remedy))
    findings.extend(_unsafe(rows, where))
    return Sheet(where, tuple(rows), tuple(findings))


def at(where: str, line: int, column: str) -> str:
    """Name a place of a sheet as findings do: file, row, column."""
    return f"{where}:{line}, {_COLUMN[column]}"


def _heading(rows: Sequence[tuple[int, list[str]]]) -> int | None:
    filled = [place for place, (_, fields) in enumerate(rows) if any(map(str.strip, fields))]
    for place in filled[:_TITLE_ROWS]:
        if any((column := column_of(title)) and column.name == "code" for title in rows[place][1]):
            return place
    return None


def _unsafe(rows: Sequence[Row], where: str) -> list[Finding]:
    findings = []
    for row in rows:
        for column, text in row.cells.items():
            try:
                cells.harmless(text)
            except cells.Unclear as unclear:
                findings.append(Finding(at(where, row.line, column), unclear.problem, unclear.remedy))
    return findings


def refuse_if(findings: Sequence[Finding]) -> None:
    """Raise Refused with these findings, in the order of their rows, if there are any."""
    if findings:
        raise Refused(findings)
