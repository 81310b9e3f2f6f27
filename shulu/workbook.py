"""Workbooks as every room writes them: names are no formulas, and no moment of writing stays in them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

Cell = str | int | float | None
_EPOCH = (1980, 1, 1, 0, 0, 0)


def sheet(
    sheet: Worksheet,
    title: str,
    heads: Sequence[str],
    body: Sequence[Sequence[Cell]],
    widths: Sequence[int],
) -> None:
    """Fill a sheet: a bold heading that stays in sight and filters, a row a row, widths in characters."""
    sheet.title = title
    sheet.append(list(heads))
    for line, row in enumerate(body, 2):
        for column, value in enumerate(row, 1):
            if isinstance(value, str):
                # A name that begins with "=" is a name.
                sheet.cell(line, column, ILLEGAL_CHARACTERS_RE.sub(" ", value)).data_type = "s"
            elif value is not None:
                sheet.cell(line, column, value)
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E3E8EE")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "C2" if len(heads) > 3 else "A2"
    sheet.auto_filter.ref = sheet.dimensions
    # On paper: all columns on a page, the heading on each.
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"


def saved(book: openpyxl.Workbook, moment: str = "1980-01-01T00:00:00Z") -> bytes:
    """Return a workbook's bytes, the same for the same content: ``moment`` stands for when it was written."""
    target = io.BytesIO()
    book.save(target)
    undated = io.BytesIO()
    with (
        zipfile.ZipFile(target) as source,
        zipfile.ZipFile(undated, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb">[0-9T:Z-]+</dcterms", f">{moment}</dcterms".encode(), content)
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, content)
    return undated.getvalue()
