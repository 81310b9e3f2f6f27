"""The verdicts of preflight on all libraries, for people: worst first, as a table and as a page.

A verdict has ``library`` (the code), ``name``, ``route``, ``tier``, ``wave``, ``prefecture``, ``rtt_ms``
(None where it was not reached), ``remarks`` (dictionaries of a Remark); once ranked, ``as_of``, ``verdict``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from shulu.campaign import overview
from shulu.campaign.marks import Mark
from shulu.campaign.overview import Choice, Tile, tile_of
from shulu.campaign.preflight import NOTE, STOP
from shulu.campaign.style import style
from shulu.campaign.table import render
from shulu.chinese import ELSEWHERE, chinese
from shulu.findings import refuse
from shulu.moment import moment
from shulu.page import document

GO = "go"
MARKS = {
    mark.word: mark
    for mark in (
        Mark(STOP, "否", "未就绪", "no-go", "#b91c1c", wrong=True),
        Mark(NOTE, "注", "可行，有提示", "go, with notes", "#a16207"),
        Mark(GO, "可", "就绪", "go", "#15803d"),
    )
}
_PLACES = {word: place for place, word in enumerate(MARKS)}
_COLUMNS = ["library", "name", "prefecture", "route", "rtt ms", "verdict", "finding", "remedy"]
_HEADS = (("图书馆", "library"), ("结论", "verdict"), ("问题和办法", "findings, and what to do"))

Verdict = Mapping[str, Any]


def word(verdict: Verdict) -> str:
    """Return how a library stands: no-go, note or go."""
    weights = {remark["weight"] for remark in verdict["remarks"]}
    return next((each for each in (STOP, NOTE) if each in weights), GO)


def rank(verdicts: Iterable[Verdict], written: str, before: Mapping[str, Verdict]) -> list[dict[str, Any]]:
    """Return the verdicts of this run, and those that an earlier one gave of other libraries (by code).

    The worst first: what cannot go, by how much stands against it, then what has notes, then the others.
    """
    fresh = [dict(each) | {"as_of": written} for each in verdicts]
    asked = {each["library"] for each in fresh}
    known = [*fresh, *(dict(each) for code, each in before.items() if code not in asked)]
    told = [each | {"verdict": word(each), "remarks": _gravest_first(each)} for each in known]
    return sorted(told, key=lambda each: (_PLACES[each["verdict"]], -len(each["remarks"])))


def _gravest_first(verdict: Verdict) -> list[Mapping[str, Any]]:
    return sorted(verdict["remarks"], key=lambda remark: _PLACES[remark["weight"]])


def chosen(verdicts: Iterable[Verdict], only: Iterable[str]) -> list[Verdict]:
    """Return those whose word is one of these, all without any. Raises Refused on an unknown word."""
    words = [each.strip() for each in only if each.strip()]
    unknown = sorted(set(words) - MARKS.keys())
    if unknown:
        raise refuse("preflight_only", f"{', '.join(unknown)} is no verdict", f"there are {', '.join(MARKS)}")
    return [each for each in verdicts if not words or word(each) in words]


def table(verdicts: Sequence[Verdict], written: str, only: Iterable[str] = ()) -> str:
    """Show the ranked verdicts of this run: a row a finding; what all of them share stands once.

    ``only`` are words that the table keeps to; empty for all. Raises Refused on an unknown one.
    """
    fresh = [each for each in verdicts if each["as_of"] == written]
    meant = chosen(fresh, only)
    shared = _shared(fresh)
    rows: list[dict[str, object]] = [
        {"library": "all", "verdict": weight, "finding": problem, "remedy": remedy}
        for weight, problem, remedy in shared
    ]
    for each in meant:
        head = {key: each[key] for key in ("library", "name", "prefecture", "route")}
        head |= {"rtt ms": each["rtt_ms"]}
        own = [remark for remark in each["remarks"] if _key(remark) not in shared]
        if not own:
            rows.append(head | {"verdict": STOP if word(each) == STOP else GO})
        for place, remark in enumerate(own):
            finding = {"verdict": remark["weight"], "finding": remark["problem"], "remedy": remark["remedy"]}
            rows.append(finding if place else head | finding)
    lines = [render(rows, _COLUMNS, numbers=("rtt ms",))]
    if len(meant) < len(fresh):
        lines.append(f"({len(fresh) - len(meant)} others are left out by preflight_only)")
    return "\n".join([*lines, "", summary(fresh)])


def summary(verdicts: Sequence[Verdict]) -> str:
    """Count the libraries that can go."""
    ready = sum(word(each) != STOP for each in verdicts)
    return f"{ready} of {len(verdicts)} libraries are ready"


def page(verdicts: Sequence[Verdict], province: str, written: str, unasked: Sequence[str] = ()) -> str:
    """Return ranked verdicts as a page that needs nothing beside it. ``written`` is the moment it speaks of.

    ``unasked`` are codes of libraries that no run was for yet.
    """
    title = escape(f"{province}行前检查")
    tiles = [tile_of(each, word(each), _problems(each), written) for each in verdicts]
    choice = Choice(MARKS, tiles)
    shared = _shared(verdicts)
    heads = "".join(
        f"<th class=v{place}>{zh}<small>{en}</small></th>" for place, (zh, en) in enumerate(_HEADS, 1)
    )
    common = [{"weight": weight, "problem": problem, "remedy": remedy} for weight, problem, remedy in shared]
    return document(
        title,
        style(MARKS),
        [
            f"<h1>{title} <small>preflight</small></h1>",
            f"<div class=lead>{_lead(tiles, written)}</div>",
            f"<h2>各馆共有 <small>of all libraries</small></h2>{_list(common)}" if common else "",
            choice.html(),
            "<h2>各地 <small>by prefecture</small></h2>",
            choice.places({GO, NOTE}, "就绪"),
            "<h2>各馆 <small>libraries, worst first</small></h2>",
            f"<table><thead><tr>{heads}</tr></thead>\n<tbody>",
            *(
                row_of(each, choice.classes(tile), tile.as_of, shared)
                for each, tile in zip(verdicts, tiles, strict=True)
            ),
            "</tbody></table><p>以上 <span class=rows></span> 馆</p>",
            *overview.others("尚未检查 <small>not looked at yet</small>", unasked),
        ],
    )


def _lead(tiles: Sequence[Tile], written: str) -> str:
    ready = sum(tile.word != STOP for tile in tiles)
    lines = [f"<p>{len(tiles)} 馆中 {ready} 馆就绪</p>"]
    if tiles:
        lines.append(overview.meter(MARKS, [tile.word for tile in tiles]))
    lines.append(f"<p>截至 {escape(moment(written))}（北京时间，下同）</p>")
    return "".join([*lines, overview.earlier_note(tiles)])


def row_of(
    verdict: Verdict, classes: str = "", as_of: str = "", shared: Sequence[tuple[str, str, str]] = ()
) -> str:
    """Return a row of the page's table; ``as_of`` is the earlier run that it is of, "" for this one."""
    mark = MARKS[word(verdict)]
    where = [verdict["library"], verdict["prefecture"], overview.TIERS.get(verdict["tier"], "")]
    where += [overview.ROUTES.get(verdict["route"], "")]
    where += [f"第 {verdict['wave']} 批"] if verdict.get("wave") else []
    where += [] if verdict["rtt_ms"] is None else [f"{verdict['rtt_ms']:.0f} 毫秒"]
    own = [remark for remark in verdict["remarks"] if _key(remark) not in shared]
    cells = (
        f"{escape(verdict['name'])}<small>{escape(' · '.join(filter(None, where)))}</small>",
        f"{overview.sign(mark)} {mark.zh}{overview.old(as_of)}",
        _list(own) if own else "",
    )
    shown = "".join(f'<td data-head="{zh}">{cell}</td>' for (zh, _), cell in zip(_HEADS, cells, strict=True))
    return f'<tr class="{classes}" id="l{escape(verdict["library"])}">{shown}</tr>'


def _list(remarks: Sequence[Mapping[str, str]]) -> str:
    return f"<ul>{''.join(map(_item, remarks))}</ul>"


def _item(remark: Mapping[str, str]) -> str:
    problem, remedy = (chinese(remark[key]) or ELSEWHERE for key in ("problem", "remedy"))
    mark = MARKS[remark["weight"]]
    english = escape(f"{remark['problem']}; {remark['remedy']}")
    return (
        f"<li>{overview.sign(mark)} {escape(problem)}。<b>{escape(remedy)}</b>"
        f"<small lang=en>{english}</small></li>"
    )


def _problems(verdict: Verdict) -> str:
    return "；".join(chinese(remark["problem"]) or ELSEWHERE for remark in verdict["remarks"])


def _key(remark: Mapping[str, Any]) -> tuple[str, str, str]:
    return remark["weight"], remark["problem"], remark["remedy"]


def _shared(verdicts: Sequence[Verdict]) -> list[tuple[str, str, str]]:
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    for each in verdicts:
        for key in {_key(remark): None for remark in each["remarks"]}:
            counts[key] += 1
    return [key for key, count in counts.items() if count == len(verdicts) > 1]
