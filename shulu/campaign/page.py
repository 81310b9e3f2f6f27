"""The province's status as one page that needs nothing beside it: no script, no outside request."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from shulu.campaign import lapsing, overview
from shulu.campaign.overview import ROUTES, TIERS, Choice, tile_of
from shulu.campaign.standing import MARKS, WORKING, remedy
from shulu.campaign.status import state, took
from shulu.campaign.style import style
from shulu.campaign.used import week
from shulu.chinese import ELSEWHERE, chinese, span
from shulu.moment import moment
from shulu.page import document
from shulu.progress import human_bytes, human_seconds

_HEADS = (
    ("图书馆", "library"),
    ("状态", "state"),
    ("下发批次", "release"),
    ("最近联系", "last contact"),
    ("怎么办", "what to do"),
)
_COMMAND = re.compile(r"([a-z]+\.yml) (--limit \w+)")
_DOING = {"fetching": "取数", "importing": "导入", "verifying": "校验", "waiting": "等待", "paused": "暂停"}


def page(
    rows: Sequence[Mapping[str, Any]],
    awaiting: Sequence[Mapping[str, Any]],
    province: str,
    written: str,
    unasked: Sequence[str] = (),
) -> str:
    """Return the page, HTML, of ranked rows. ``written`` is the moment it speaks of.

    ``unasked`` are codes of libraries that no run was for yet.
    """
    tiles = [tile_of(row, row["standing"], doing(row), written) for row in rows]
    choice = Choice(MARKS, tiles)
    heads = "".join(
        f"<th class=w{place}>{zh}<small>{en}</small></th>" for place, (zh, en) in enumerate(_HEADS, 1)
    )
    title = escape(f"{province}资源状态")
    return document(
        title,
        style(MARKS),
        [
            f"<h1>{title}</h1>",
            f"<div class=lead>{_lead(rows, awaiting, unasked, written)}{overview.earlier_note(tiles)}</div>",
            choice.html(),
            "<h2>各地 <small>by prefecture</small></h2>",
            choice.places({"live"}, "已上线"),
            "<h2>各馆 <small>libraries, worst first</small></h2>",
            f"<table><thead><tr>{heads}</tr></thead>\n<tbody>",
            *(row_of(row, choice.classes(tile), tile.as_of) for row, tile in zip(rows, tiles, strict=True)),
            "</tbody></table><p>以上 <span class=rows></span> 馆</p>",
            *overview.others(
                "60 天内到期的授权 <small>licences that end soon</small>",
                lapsing.names(lapsing.gathered(rows, written)),
            ),
            *overview.others(
                "待接入 <small>awaiting enrolment</small>", [f"{e['name']} {e['code']}" for e in awaiting]
            ),
            *overview.others("尚未查询 <small>not asked yet</small>", unasked),
        ],
    )


def _lead(
    rows: Sequence[Mapping[str, Any]],
    awaiting: Sequence[Mapping[str, Any]],
    unasked: Sequence[str],
    written: str,
) -> str:
    live = sum(row["standing"] == "live" for row in rows)
    busy = [row["activity"] for row in rows if row["standing"] == "work"]
    parts = [f"已接入 {len(rows) + len(unasked)} 馆，已上线 {live} 馆"]
    parts += [f"待接入 {len(awaiting)} 馆"] if awaiting else []
    if busy:
        rate = sum(each.get("rate") or 0 for each in busy)
        left = [each["seconds_left"] for each in busy if each.get("seconds_left") is not None]
        longest = f"，最慢的约剩 {span(human_seconds(max(left)))}" if left else ""
        parts.append(f"{len(busy)} 馆传输中，共 {human_bytes(rate)}/s{longest}")
    lines = [f"<p>{escape('；'.join(parts))}</p>"]
    if rows:
        lines.append(overview.meter(MARKS, [row["standing"] for row in rows]))
    return "".join([*lines, f"<p>截至 {escape(moment(written))}（北京时间，下同）</p>"])


def row_of(row: Mapping[str, Any], classes: str = "", as_of: str = "") -> str:
    """Return a ranked row of the table; ``as_of`` is the earlier run that it is of, "" for this one."""
    mark = MARKS[row["standing"]]
    where = [row["library"], row["prefecture"], TIERS.get(row["tier"], ""), ROUTES.get(row["route"], "")]
    where.append(f"第 {row['wave']} 批" if row["wave"] else "")
    live = row["live"]
    number = f"{live['epoch']}-{live['serial']}" if live else ""
    since = f"自 {moment(live['since'])}" if live else ""
    content = f"{len(live['bags'])} 个资源包，{human_bytes(live['bytes'])}" if live else ""
    free = "" if row["free_bytes"] is None else f"余 {human_bytes(row['free_bytes'])}"
    cells = (
        f"{escape(row['name'])}<small>{escape(' · '.join(filter(None, where)))}</small>",
        f"{overview.sign(mark)} {mark.zh}{_detail(row)}{overview.old(as_of)}",
        f"{escape(number)}{_small('，'.join(filter(None, (since, content, free))))}{_small(_used(row))}",
        f"{escape(moment(row['contact']))}{_small(_receipt(row['receipt']))}",
        _COMMAND.sub(r"<code>\1</code> <code>\2</code>", escape(remedy(row)[0])),
    )
    shown = "".join(f'<td data-head="{zh}">{cell}</td>' for (zh, _), cell in zip(_HEADS, cells, strict=True))
    return f'<tr class="{classes}" id="l{escape(row["library"])}">{shown}</tr>'


def _used(row: Mapping[str, Any]) -> str:
    counts = week(row)
    return "本周访问 {:,}，阅览 {:,}，下载 {:,}".format(*counts) if counts else ""


def doing(row: Mapping[str, Any]) -> str:
    """Say in Chinese what a library does, or why nothing is known of it; "" where its mark says it all."""
    if row["reach"] != "answers":
        return (chinese(row["problem"]) or ELSEWHERE) if row["problem"] else ""
    activity = row["activity"] or {}
    if row["standing"] == "work":
        return "，".join([_DOING[activity["state"]], *_progress(activity)])
    message = state(row).partition(": ")[2]
    zh = (chinese(message) or ELSEWHERE) if message else ""
    paused = _progress(activity)[:1] if activity.get("state") == "paused" else []
    return "，".join(filter(None, [zh, *paused]))


def _detail(row: Mapping[str, Any]) -> str:
    zh = doing(row)
    told = f"<div>{escape(zh)}</div>{_bar(row)}" if zh else _bar(row)
    # What a server said in words of its own stands beside; figures need no translation.
    if row["standing"] == "work" or not zh:
        return told
    return f"{told}<small lang=en>{escape(state(row))}</small>"


def _progress(activity: Mapping[str, Any]) -> list[str]:
    done, total = activity.get("done_bytes") or 0, activity.get("total_bytes") or 0
    parts = [f"{100 * done / total:.0f} %（{human_bytes(done)} / {human_bytes(total)}）"] if total else []
    if rate := activity.get("rate"):
        parts.append(f"{human_bytes(rate)}/s")
    left = activity.get("seconds_left")
    return parts if left is None else [*parts, f"约剩 {span(human_seconds(left))}"]


def _receipt(receipt: Mapping[str, Any] | None) -> str:
    if not receipt:
        return ""
    number = receipt["release"]
    name = f"{number['epoch']}-{number['serial']}"
    return f"回执 {name}，{moment(receipt['ended'])}，用时 {span(took(receipt))}"


def _small(text: str) -> str:
    return f"<small>{escape(text)}</small>" if text else ""


def _bar(row: Mapping[str, Any]) -> str:
    activity = row["activity"] or {}
    total = activity.get("total_bytes") or 0
    if row["reach"] != "answers" or activity.get("state") not in WORKING | {"paused"} or not total:
        return ""
    share = min(100, 100 * (activity.get("done_bytes") or 0) // total)
    return f'<div class=bar><i class=done style="width:{share:.0f}%"></i></div>'
