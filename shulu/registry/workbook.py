"""From an XLSX file, as Excel, WPS and LibreOffice save it (ECMA-376), to rows of text.

A sheet may come from anybody, so what it unpacks to is bounded before openpyxl sees it. A cell whose text
cannot be told for certain reads as "" and is kept as a doubt: it only counts where its column is read.
"""

from __future__ import annotations

import codecs
import datetime
import io
import math
import re
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import defusedxml  # noqa: F401 - openpyxl takes it where it is there; where it is not, this fails
import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment
from openpyxl.utils.cell import get_column_letter, range_boundaries
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from shulu.findings import refuse
from shulu.registry.cells import Unclear
from shulu.registry.table import tidy

MAX_BYTES = 64 << 20
MAX_CELLS = 600_000
MAX_COLUMNS = 200
_OLD = b"\xd0\xcf\x11\xe0"  # [MS-CFB]: the old .xls and .et, and any file with a password
_AS_TEXT = "set the column's format to text and type the cell anew"


@dataclass(slots=True)
class Grid:
    """The rows of one sheet with their numbers in it, from 1; doubts by row number and place from 0."""

    title: str
    rows: list[tuple[int, list[str]]]
    doubts: dict[tuple[int, int], Unclear] = field(default_factory=dict)


def is_workbook(data: bytes) -> bool:
    """Tell whether a file is a workbook by its first bytes: names lie."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLD))


def read(data: bytes, where: str) -> list[Grid]:
    """Return the visible sheets that hold anything. Raises Refused where it is no sound, small workbook."""
    if data.startswith(_OLD):
        problem = "is an old .xls or .et workbook, or one with a password"
        raise refuse(where, problem, "save it as .xlsx without a password, or as “CSV UTF-8（逗号分隔）”")
    try:
        _bounded(data, where)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data))
        grids = [_grid(sheet) for sheet in book.worksheets if sheet.sheet_state == "visible"]
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise refuse(where, "is a damaged workbook: it may have been cut off", "send it anew") from error
    except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError, IndexError,
            SyntaxError, OverflowError, NotImplementedError, RuntimeError, OSError) as error:  # fmt: skip
        # What openpyxl says of a broken part is not for readers, and is of any of these kinds.
        problem = f"is no workbook that can be read ({type(error).__name__})"
        raise refuse(where, problem, "open it in Excel or WPS and save it as .xlsx anew") from error
    grids = [grid for grid in grids if grid.rows]
    if not grids:
        raise refuse(where, "holds no rows", "write a heading and one row a library")
    return grids


def _bounded(data: bytes, where: str) -> None:
    """Refuse what unpacks to more than any registry, however it is meant to grow."""
    smaller = "delete the empty rows below the libraries and all other sheets, and save it anew"
    anew = "open it in Excel or WPS and save it as .xlsx anew"
    cells = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_BYTES:
            raise refuse(where, f"unpacks to more than {MAX_BYTES >> 20} MB", smaller)
        for part in archive.infolist():
            text = archive.read(part)
            # A worksheet may have any name; other encodings would hide from the patterns below.
            if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"\0", b"<\0")) or re.match(
                rb"\s*<\?xml[^>]*encoding=['\"](?!utf-8|us-ascii)", text, re.IGNORECASE
            ):
                raise refuse(where, f"holds {part.filename} in an encoding other than UTF-8", anew)
            if re.search(rb"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
                raise refuse(where, f"defines entities in {part.filename}", anew)
            cells += len(re.findall(rb"<(?:\w+:)?c[\s/>]", text))
            cells += sum(
                map(_area, re.findall(rb"<(?:\w+:)?(?:mergeCell|hyperlink)\b[^>]*\bref=.([^'\"]+)", text))
            )
    if cells > MAX_CELLS:
        raise refuse(where, f"holds {cells} cells, more than {MAX_CELLS}", smaller)


def _area(reference: bytes) -> int:
    left, top, right, bottom = range_boundaries(reference.decode("ascii", "replace"))
    return ((right or 16_384) - (left or 1) + 1) * ((bottom or 1_048_576) - (top or 1) + 1)


def _grid(sheet: Worksheet) -> Grid:
    grid = Grid(sheet.title, [])
    by_row: dict[int, dict[int, str]] = {}
    # Only cells that are there, not the rectangle around them: one cell far out would make it huge.
    for (row, column), cell in sorted(sheet._cells.items()):
        if not isinstance(cell, Cell) or cell.value is None or column > MAX_COLUMNS:
            continue
        try:
            text = _text(cell)
        except Unclear as unclear:
            grid.doubts[row, column - 1] = unclear
            text = ""
        by_row.setdefault(row, {})[column - 1] = text
    grid.rows = [(row, [found.get(at, "") for at in range(max(found) + 1)]) for row, found in by_row.items()]
    for merged in sheet.merged_cells.ranges:
        problem = f"is merged with others ({merged.coord})"
        doubt = Unclear(problem, "split the cells and fill in each of them")
        for row in by_row.keys() & set(range(merged.min_row, merged.max_row + 1)):
            for column in range(merged.min_col, min(merged.max_col, MAX_COLUMNS) + 1):
                grid.doubts.setdefault((row, column - 1), doubt)
    return grid


def _text(cell: Cell) -> str:
    value = cell.value
    if cell.data_type == "f":
        raise Unclear("is a formula", "copy the column and paste it as values")
    if cell.data_type == "e":
        raise Unclear(f"is an error of the spreadsheet ({value})", "type the cell anew")
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        raise Unclear(f"was taken for a date or a time ({value})", _AS_TEXT)
    if isinstance(value, (int, float)):
        if abs(value) >= 1e15 or math.isnan(value):
            raise Unclear("is a number of more than 15 digits, the last ones lost", _AS_TEXT)
        whole = f"{value:.15g}" if value != int(value) else str(int(value))
        zeros = re.fullmatch(r"0+", str(cell.number_format))
        return whole.zfill(len(zeros[0])) if zeros else whole
    return tidy(str(value))


def written(rows: Sequence[Sequence[str]], widths: Sequence[int]) -> bytes:
    """Return a workbook of one sheet. All cells are text, so that no spreadsheet makes dates of them."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    for cells in sheet.iter_rows(max_row=len(rows) + 200, max_col=len(widths)):
        for cell in cells:
            cell.number_format = "@"
            cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
