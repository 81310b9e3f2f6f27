"""This week's counts as a piece of a page, which a remote library's own web server puts into its upstream's.

The upstream makes a remote library's pages and does not know what that library's readers open.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from shulu.programme import collection, place

_HEADS = ("访问", "阅览", "下载")
_PROMISE = "只记次数，不记是谁、用哪台电脑、检索了什么。"
_IN_ENGLISH = "Counts only: never who, from where, or what was searched for."
_TITLE = '<h2 id="usage">本周使用 <span class="en" lang="en">Use this week</span></h2>'


def section(said: Mapping[str, Any], more: str = "") -> str:
    """Return figures (``figures.build``) as a section, HTML; ``more`` is HTML that stands below the table."""
    since = f"计数始于 {escape(str(said['since']))}。" if said["since"] else ""
    promise = f'<p class="quiet">{_PROMISE}{since}<span class="en" lang="en">{_IN_ENGLISH}</span></p>'
    table = _table(said["week"])
    begin = '<section class="panel" aria-labelledby="usage">'
    return "\n".join([begin, _TITLE, *table, more, promise, "</section>\n"])


def _table(week: Mapping[str, Any]) -> list[str]:
    counts = week["counts"]
    visits, views, downloads = (sum(each[at] for each in counts.values()) for at in range(3))
    total = f"访问 {visits:,} 次，阅览 {views:,} 次，下载和播放 {downloads:,} 次。"
    lines = [f"<p>自 {escape(str(week['from']))} 起：{total}</p>"]
    if not counts:
        return lines
    heads = "".join(f'<th scope="col" class="number">{head}</th>' for head in _HEADS)
    return [
        *lines,
        '<div class="scroll" tabindex="0" role="region" aria-labelledby="usage">',
        f'<table>\n<thead><tr><th scope="col">资源库</th>{heads}</tr></thead>\n<tbody>',
        *(_row(each, counts[each]) for each in sorted(counts, key=_shelf)),
        "</tbody>\n</table>\n</div>",
    ]


def _row(collection_id: str, counts: list[int]) -> str:
    name = collection(collection_id).zh if collection_id else "首页、检索等"
    cells = "".join(f'<td class="number">{count:,}</td>' for count in counts)
    return f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'


def _shelf(collection_id: str) -> tuple[bool, int, str]:
    return (not collection_id, *place(collection_id))
