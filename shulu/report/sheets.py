"""The report as a workbook with charts; the same bytes for the same document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import openpyxl
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from shulu.report import tables
from shulu.report.tables import Document, Share, Size, Table, Value
from shulu.workbook import Cell, saved, sheet

_LIVE, _PENDING, _AWAITING = "2B6CB0", "DD9A3C", "C9D1DA"


def as_xlsx(document: Document) -> bytes:
    """Return ``report.xlsx``: the summary with its notes, then a sheet a table."""
    book = openpyxl.Workbook()
    rows: list[list[Cell]] = [
        [f"{name}（TB）" if isinstance(value, Size) else name, _plain(value), of]
        for name, value, of in tables.summary(document)
    ]
    rows += [["说明", note, ""] for note in document["notes"]]
    sheet(book.worksheets[0], "概况", ("项目", "数值", "说明"), rows, (20, 22, 60))
    by_tier, by_prefecture = tables.coverage(document)
    add(book, by_tier)
    covered = add(book, by_prefecture)
    if by_prefecture.rows:
        chart = stacked(covered, len(by_prefecture.rows), "各地市上线情况（家）")
        covered.add_chart(chart, f"A{len(by_prefecture.rows) + 4}")
    collections = tables.collections(document)
    _collections_chart(add(book, collections), len(collections.rows) - 1)
    add(book, tables.routes(document))
    _days(add(book, tables.waves(document)), document["dates"]["daily"])
    others = [tables.plan(document), *tables.failures(document), *tables.usage(document)]
    for table in (*others, tables.libraries(document), *tables.receipts(document)):
        if table is not None:
            add(book, table)
    return saved(book, document["as_of"] or "1980-01-01T00:00:00Z")


def add(book: openpyxl.Workbook, table: Table) -> Worksheet:
    """Add a table as a sheet."""
    made: Worksheet = book.create_sheet()
    body = [[_plain(value) for value in row] for row in table.rows]
    sheet(made, table.sheet, table.heads, body, table.widths)
    for line, row in enumerate(table.rows, 2):
        made.cell(line, len(row)).alignment = Alignment(wrap_text=True, vertical="top")
        for column, value in enumerate(row, 1):
            if isinstance(value, Share):
                made.cell(line, column).number_format = "0.0%"
            elif isinstance(value, Size):
                made.cell(line, column).number_format = "#,##0.000000"
            elif isinstance(value, int | float):
                made.cell(line, column).number_format = "#,##0.##" if isinstance(value, float) else "#,##0"
    if table.note:
        made.cell(len(table.rows) + 3, 1, table.note)
    return made


def _plain(value: Value) -> Cell:
    if isinstance(value, Size):
        return round(int(value) / 1e12, 9)
    if isinstance(value, Share):
        return round(float(value), 6)
    return value


def stacked(made: Worksheet, count: int, title: str) -> BarChart:
    """Draw the first rows of a sheet of coverage: live, enrolled, awaited."""
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap = "bar", "stacked", 100
    chart.title, chart.width, chart.height = title, 26, 4 + 0.7 * count
    chart.y_axis.majorGridlines = None
    for column, colour in ((4, _LIVE), (6, _PENDING), (7, _AWAITING)):
        chart.add_data(Reference(made, min_col=column, min_row=1, max_row=count + 1), titles_from_data=True)
        chart.series[-1].graphicalProperties = GraphicalProperties(solidFill=colour)
    chart.set_categories(Reference(made, min_col=1, min_row=2, max_row=count + 1))
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.delete = chart.y_axis.delete = False
    return chart


def _collections_chart(made: Worksheet, count: int) -> None:
    chart = BarChart()
    chart.type, chart.title, chart.width, chart.height = "bar", "资源表与本批次（TB）", 26, 4 + 0.9 * count
    for column, colour in ((2, _AWAITING), (4, _LIVE)):
        chart.add_data(Reference(made, min_col=column, min_row=1, max_row=count + 1), titles_from_data=True)
        chart.series[-1].graphicalProperties = GraphicalProperties(solidFill=colour)
    chart.set_categories(Reference(made, min_col=1, min_row=2, max_row=count + 1))
    chart.x_axis.scaling.orientation = "maxMin"
    # The greatest is thousands of times the least.
    chart.y_axis.scaling.logBase, chart.y_axis.scaling.min = 10, 0.0001
    chart.x_axis.delete = chart.y_axis.delete = False
    made.add_chart(chart, f"A{count + 7}")


def _days(made: Worksheet, daily: Sequence[Document]) -> None:
    """Write how many were live day by day beside the waves, and draw it."""
    if not daily:
        return
    made.cell(1, 10, "日期")
    made.cell(1, 11, "已上线累计")
    for line, row in enumerate(daily, 2):
        made.cell(line, 10, date.fromisoformat(row["day"])).number_format = "yyyy-mm-dd"
        made.cell(line, 11, row["live"])
    made.column_dimensions["J"].width = 12
    chart = LineChart()
    chart.title, chart.width, chart.height = "已上线馆数（累计）", 26, 9
    chart.add_data(Reference(made, min_col=11, min_row=1, max_row=len(daily) + 1), titles_from_data=True)
    chart.set_categories(Reference(made, min_col=10, min_row=2, max_row=len(daily) + 1))
    chart.x_axis.number_format = "mm-dd"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.legend = None
    made.add_chart(chart, f"A{max(made.max_row, 4) + 3}")
