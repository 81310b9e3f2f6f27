"""A table of the report as HTML: what is a number, what must not break, how much of a long list is shown."""

from __future__ import annotations

from html import escape

from shulu.report.tables import GROUNDS, Share, Size, Table, Value
from shulu.report.words import tb

MOST_ROWS = 1000
"""Rows of a table that the page shows; the workbook has all."""
_SMALL = {"各馆", "回执", "未计入", "依据文件", "损坏文件", "资源库", "时间与问题"}
_WHOLE = {"各馆", "损坏文件"}
# Percent by column of lists that may be long: finding widths by content takes most of a PDF's time.
_WIDTHS = {
    "各馆": (7, 15, 7, 5, 11.5, 7, 7, 7, 12, 12, 9.5),
    "回执": (4, 6.5, 12.5, 6, 6, 12, 6.5, 5.5, 19.5, 21.5),
    "未计入": (7, 13, 26, 27, 27),
}
_BREAKABLE = {" class=g", " class=h"}
_UNBROKEN = {"馆代码", "地市", "级别", "批次", "下发批次", "推送方式", "首馆上线", "末馆上线", "计划完成",
             "首次上线", "最近回执", "完成（北京时间）", "月份", "号", "资源库", "项目",
             "馆名", "资源表数量", "原因", "状态"}  # fmt: skip


def shown(table: Table) -> str:
    """Return a table under its title, or that there is none."""
    title, note = f"<h3>{escape(table.title)}</h3>", f"<p>{escape(table.note)}</p>" if table.note else ""
    if not table.rows:
        return f"{title}<p>无。</p>"
    if len(table.rows) > MOST_ROWS:
        left = (
            f"共 {len(table.rows):,} 行，此处列出前 {MOST_ROWS:,} 行，其余见 report.xlsx“{table.sheet}”表。"
        )
        note = f"<p>{left}</p>{note}"
    rows = table.rows[:MOST_ROWS]
    numbers = {
        place
        for place, _ in enumerate(table.heads)
        if any(isinstance(row[place], int | float) for row in rows) or all(row[place] is None for row in rows)
    }
    heads = "".join(
        f"<th{' class=n' if place in numbers else ''}>{_head(head, [row[place] for row in rows])}</th>"
        for place, head in enumerate(table.heads)
    )
    body = "\n".join(
        "<tr>"
        + "".join(_cell(head, value, place in numbers) for place, (head, value) in enumerate(pairs))
        + "</tr>"
        for pairs in (list(zip(table.heads, row, strict=True)) for row in rows)
    )
    return (
        f'{title}<div class="{_kind(table)}"><table>{_columns(table)}<thead><tr>{heads}</tr></thead>'
        f"<tbody>\n{body}</tbody></table></div>{note}"
    )


def _kind(table: Table) -> str:
    found = ["wide"]
    if table.sheet in _SMALL:
        found.append("small")
    if table.sheet in _WIDTHS:
        found.append("fixed")
    if table.sheet in _WHOLE:
        found.append("all")
    elif len(table.heads) <= 4:
        found.append("slim")
    return " ".join(found)


def _columns(table: Table) -> str:
    widths = "".join(f'<col style="width:{width}%">' for width in _WIDTHS.get(table.sheet, ()))
    return f"<colgroup>{widths}</colgroup>" if widths else ""


def _head(head: str, values: list[Value]) -> str:
    # The page shows each size in a unit that fits.
    return head.replace("（TB）", "") if any(isinstance(value, Size) for value in values) else head


def _cell(head: str, value: Value, number: bool) -> str:
    told = escape(text(value))
    if number:
        kind = " class=n"
    elif head == GROUNDS:
        kind = " class=g"
    elif head in {"SHA-256", "文件名"}:
        kind = " class=h"
    else:
        kind = " class=nb" if head in _UNBROKEN else ""
    return f'<td data-head="{head}"{kind}>{_broken(told) if kind in _BREAKABLE else told}</td>'


def _broken(text: str) -> str:
    """Let lines break behind the folders of a path, and not within a range of numbers."""
    return text.replace("/", "/<wbr>").replace("～", "&#8288;～&#8288;")


def text(value: Value) -> str:
    """Return a value as people read it."""
    if value is None:
        return "—"
    if isinstance(value, Size):
        return tb(value)
    if isinstance(value, Share):
        return f"{100 * value:.1f}%" if value >= 0.001 or not value else "<0.1%"
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else value
