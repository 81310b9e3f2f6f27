"""The province's status as one page that needs nothing beside it: no script, no outside request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from shulu.campaign import overview
from shulu.campaign.overview import Tile
from shulu.campaign.standing import MARKS, WORKING, remedy
from shulu.campaign.status import last_receipt, moment, state
from shulu.page import document
from shulu.progress import human_bytes, human_seconds

_HEADS = (
    ("图书馆", "library"),
    ("状态", "state"),
    ("下发批次", "release"),
    ("最近联系", "last contact"),
    ("怎么办", "what to do"),
)
_ROUTES = {"network": "网络", "disk": "硬盘", "remote": "远程"}
_TIERS = {"province": "省", "city": "市", "county": "县", "station": "基层"}


def page(
    rows: Sequence[Mapping[str, Any]],
    awaiting: Sequence[Mapping[str, Any]],
    province: str,
    written: str,
) -> str:
    """Return the page, HTML, of ranked rows. ``written`` is the moment it speaks of."""
    tiles = [
        Tile(row["library"], row["name"], row["prefecture"], row["standing"], state(row)) for row in rows
    ]
    heads = "".join(f"<th>{zh}<small>{en}</small></th>" for zh, en in _HEADS)
    waiting = "、".join(escape(f"{each['name']} {each['code']}") for each in awaiting)
    title = escape(f"{province}资源状态")
    return document(
        title,
        overview.STYLE,
        [
            f"<h1>{title}</h1>",
            f"<div class=lead>{_lead(rows, awaiting)}截至 {escape(moment(written))} 世界时 (UTC)</div>",
            overview.legend(MARKS, tiles),
            "<h2>各地 <small>by prefecture</small></h2>",
            overview.places(MARKS, tiles, {"live"}, "已上线"),
            "<h2>各馆 <small>libraries, worst first</small></h2>",
            f"<table><thead><tr>{heads}</tr></thead>\n<tbody>",
            *map(_row, rows),
            "</tbody></table>",
            f"<h2>待接入 <small>awaiting enrolment</small></h2><p>{waiting}</p>" if waiting else "",
        ],
    )


def _lead(rows: Sequence[Mapping[str, Any]], awaiting: Sequence[Mapping[str, Any]]) -> str:
    live = sum(row["standing"] == "live" for row in rows)
    busy = [row["activity"] for row in rows if row["standing"] == "work"]
    parts = [f"已接入 {len(rows)} 馆，已上线 {live} 馆"]
    if awaiting:
        parts.append(f"待接入 {len(awaiting)} 馆")
    if busy:
        rate = sum(each.get("rate") or 0 for each in busy)
        left = [each["seconds_left"] for each in busy if each.get("seconds_left") is not None]
        longest = f"，最慢的约剩 {human_seconds(max(left))}" if left else ""
        parts.append(f"{len(busy)} 馆传输中，共 {human_bytes(rate)}/s{longest}")
    bar = overview.meter(MARKS, [row["standing"] for row in rows]) if rows else ""
    return f"{escape('；'.join(parts))}{bar}"


def _row(row: Mapping[str, Any]) -> str:
    mark = MARKS[row["standing"]]
    where = [row["library"], row["prefecture"], _TIERS.get(row["tier"], ""), _ROUTES.get(row["route"], "")]
    where.append(f"第 {row['wave']} 批" if row["wave"] else "")
    live = row["live"]
    number = f"{live['epoch']}-{live['serial']}" if live else ""
    since = f"自 {moment(live['since'])}" if live else ""
    content = f"{len(live['bags'])} 个资源包，{human_bytes(live['bytes'])}" if live else ""
    free = "" if row["free_bytes"] is None else f"余 {human_bytes(row['free_bytes'])}"
    receipt = last_receipt(row["receipt"])
    advice = remedy(row)
    cells = (
        f"{escape(row['name'])}<small>{escape(' · '.join(filter(None, where)))}</small>",
        f"{overview.sign(mark)} {mark.zh} <small>{escape(state(row))}</small>{_bar(row)}",
        f"{number}<small>{escape('，'.join(filter(None, (since, content, free))))}</small>",
        f"{escape(moment(row['contact']))}" + (f"<small>回执 {escape(receipt)}</small>" if receipt else ""),
        escape(advice[0]) + (f"<small>{escape(advice[1])}</small>" if advice[1] != advice[0] else ""),
    )
    shown = "".join(f'<td data-head="{zh}">{cell}</td>' for (zh, _), cell in zip(_HEADS, cells, strict=True))
    return f'<tr class="s s-{mark.word}" id="l{escape(row["library"])}">{shown}</tr>'


def _bar(row: Mapping[str, Any]) -> str:
    activity = row["activity"] or {}
    total = activity.get("total_bytes") or 0
    if row["reach"] != "answers" or activity.get("state") not in WORKING | {"paused"} or not total:
        return ""
    share = min(100, 100 * (activity.get("done_bytes") or 0) // total)
    return f'<div class=bar><i style="width:{share:.0f}%"></i></div>'
