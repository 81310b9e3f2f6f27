"""The province's status as one page that needs nothing beside it: no script, no outside request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from shulu.campaign.status import shown, summary

_HEADINGS = {
    "library": "馆代码",
    "name": "馆名",
    "route": "推送方式",
    "release": "下发批次",
    "bags": "资源包",
    "bytes": "数据量",
    "state": "状态",
    "free": "剩余空间",
    "last receipt": "最近回执",
}
_STYLE = """
body{font:16px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:2rem}
body{color:#222;background:#fff}
h1{font-size:1.4rem;margin:0}p{margin:.3rem 0 1rem;color:#555}
table{border-collapse:collapse;width:100%}
th,td{padding:.4rem .6rem;text-align:left;border-bottom:1px solid #ddd}
th small{display:block;font-weight:400;color:#777}.silent,.broken{background:#fdecea}.new{color:#777}
.bar{height:.4rem;background:#e3e8ee;margin-top:.2rem}.bar i{display:block;height:100%;background:#2b6cb0}
@media(max-width:50rem){thead{display:none}tr,td{display:block;border:0;padding:.1rem .6rem}
tr{border-bottom:1px solid #ddd}}
"""


def page(
    rows: Sequence[Mapping[str, Any]],
    awaiting: Sequence[Mapping[str, Any]],
    province: str,
    written: str,
) -> str:
    """Return the page, HTML. ``written`` is the moment it speaks of."""
    heads = "".join(f"<th>{zh}<small>{en}</small></th>" for en, zh in _HEADINGS.items())
    body = "\n".join(_row(each, cells) for each, cells in zip(rows, shown(rows), strict=True))
    waiting = "、".join(escape(f"{each['name']} {each['code']}") for each in awaiting)
    title = escape(f"{province}资源状态")
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{title}</h1>"
        f"<p>{escape(summary(rows, awaiting))}<br>{escape(written)}</p>\n"
        f"<table><thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table>\n"
        + (f"<p>待接入 awaiting enrolment: {waiting}</p>\n" if waiting else "")
        + "</body></html>\n"
    )


def _row(row: Mapping[str, Any], cells: Mapping[str, object]) -> str:
    activity = row["activity"] or {}
    total, done = activity.get("total_bytes") or 0, activity.get("done_bytes") or 0
    share = min(100, 100 * done // total) if total and activity.get("state") not in {"live", "idle"} else None
    bar = "" if share is None else f'<div class="bar"><i style="width:{share:.0f}%"></i></div>'
    parts = "".join(
        f"<td>{'' if cells[name] is None else escape(str(cells[name]))}{bar if name == 'state' else ''}</td>"
        for name in _HEADINGS
    )
    return f'<tr class="{escape(row["reach"])}">{parts}</tr>'
