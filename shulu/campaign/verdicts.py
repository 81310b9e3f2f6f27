"""The verdicts of preflight on all libraries, for people: worst first, as a table and as a page.

A verdict has ``library`` (the code), ``name``, ``route``, ``tier``, ``prefecture``, ``rtt_ms`` (None where it
was not reached) and ``remarks`` (dictionaries of a Remark).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from shulu.campaign import overview
from shulu.campaign.marks import Mark
from shulu.campaign.overview import Tile
from shulu.campaign.preflight import NOTE, STOP
from shulu.campaign.table import render
from shulu.findings import refuse
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
_HEADS = (("图书馆", "library"), ("结论", "verdict"), ("发现的问题", "findings"), ("怎么办", "what to do"))

Verdict = Mapping[str, Any]


def word(verdict: Verdict) -> str:
    """Return how a library stands: no-go, note or go."""
    weights = {remark["weight"] for remark in verdict["remarks"]}
    return next((each for each in (STOP, NOTE) if each in weights), GO)


def worst_first(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Sort them: what cannot go, by how much stands against it, then what has notes, then the others."""
    return sorted(verdicts, key=lambda each: (_PLACES[word(each)], -len(each["remarks"])))


def chosen(verdicts: Iterable[Verdict], only: Iterable[str]) -> list[Verdict]:
    """Return those whose word is one of these, all without any. Raises Refused on an unknown word."""
    words = [each.strip() for each in only if each.strip()]
    unknown = sorted(set(words) - MARKS.keys())
    if unknown:
        raise refuse("preflight_only", f"{', '.join(unknown)} is no verdict", f"there are {', '.join(MARKS)}")
    return [each for each in verdicts if not words or word(each) in words]


def table(verdicts: Sequence[Verdict], only: Sequence[Verdict] | None = None) -> str:
    """Show ranked verdicts, or ``only`` some of them: a row a finding; what all share stands once."""
    shared = _shared(verdicts)
    rows: list[dict[str, object]] = [
        {"library": "all", "verdict": weight, "finding": problem, "remedy": remedy}
        for weight, problem, remedy in shared
    ]
    for each in verdicts if only is None else only:
        head = {key: each[key] for key in ("library", "name", "prefecture", "route")}
        head |= {"rtt ms": each["rtt_ms"]}
        own = [remark for remark in each["remarks"] if _key(remark) not in shared]
        if not own:
            rows.append(head | {"verdict": STOP if word(each) == STOP else GO})
        for place, remark in enumerate(own):
            finding = {"verdict": remark["weight"], "finding": remark["problem"], "remedy": remark["remedy"]}
            rows.append(finding if place else head | finding)
    hidden = 0 if only is None else len(verdicts) - len(only)
    left_out = f"\n({hidden} others are left out by preflight_only)" if hidden else ""
    return f"{render(rows, _COLUMNS, numbers=('rtt ms',))}{left_out}\n\n{summary(verdicts)}"


def summary(verdicts: Sequence[Verdict]) -> str:
    """Count the libraries that can go."""
    ready = sum(word(each) != STOP for each in verdicts)
    return f"{ready} of {len(verdicts)} libraries are ready"


def page(verdicts: Sequence[Verdict], province: str, written: str) -> str:
    """Return ranked verdicts as a page that needs nothing beside it. ``written`` is its moment."""
    title = escape(f"{province}行前检查")
    tiles = [
        Tile(each["library"], each["name"], each["prefecture"], word(each), _problems(each))
        for each in verdicts
    ]
    ready = sum(tile.word != STOP for tile in tiles)
    bar = overview.meter(MARKS, [tile.word for tile in tiles]) if tiles else ""
    heads = "".join(f"<th>{zh}<small>{en}</small></th>" for zh, en in _HEADS)
    return document(
        title,
        overview.STYLE,
        [
            f"<h1>{title} <small>preflight</small></h1>",
            f"<div class=lead>{len(tiles)} 馆中 {ready} 馆就绪{bar}截至 {escape(written)} 世界时 (UTC)</div>",
            overview.legend(MARKS, tiles),
            "<h2>各地 <small>by prefecture</small></h2>",
            overview.places(MARKS, tiles, {GO, NOTE}, "就绪"),
            "<h2>各馆 <small>libraries, worst first</small></h2>",
            f"<table><thead><tr>{heads}</tr></thead>\n<tbody>",
            *map(_row, verdicts),
            "</tbody></table>",
        ],
    )


def _row(verdict: Verdict) -> str:
    mark = MARKS[word(verdict)]
    rtt = "" if verdict["rtt_ms"] is None else f" · {verdict['rtt_ms']:.0f} ms"
    where = escape(f"{verdict['library']} · {verdict['prefecture']} · {verdict['route']}{rtt}")
    remarks = verdict["remarks"]
    cells = (
        f"{escape(verdict['name'])}<small>{where}</small>",
        f"{overview.sign(mark)} {mark.zh}",
        "<br>".join(escape(remark["problem"]) for remark in remarks),
        "<br>".join(escape(remark["remedy"]) for remark in remarks),
    )
    shown = "".join(f'<td data-head="{zh}">{cell}</td>' for (zh, _), cell in zip(_HEADS, cells, strict=True))
    return f'<tr class="s s-{mark.word}" id="l{escape(verdict["library"])}">{shown}</tr>'


def _problems(verdict: Verdict) -> str:
    return "; ".join(remark["problem"] for remark in verdict["remarks"])


def _key(remark: Mapping[str, Any]) -> tuple[str, str, str]:
    return remark["weight"], remark["problem"], remark["remedy"]


def _shared(verdicts: Sequence[Verdict]) -> list[tuple[str, str, str]]:
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    for each in verdicts:
        for key in {_key(remark): None for remark in each["remarks"]}:
            counts[key] += 1
    return [key for key, count in counts.items() if count == len(verdicts) > 1]
