"""A province at a glance, HTML: a card a prefecture, a tile a library, and what to choose libraries by.

No script: the legend's radio buttons and the lists beside it hide what is not meant by ``:has()``; a browser
without it shows all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from shulu.campaign.marks import Mark
from shulu.moment import moment

ROUTES = {"network": "网络", "disk": "硬盘", "remote": "远程"}
TIERS = {"province": "省馆", "city": "市馆", "county": "县馆", "station": "基层"}


@dataclass(frozen=True, slots=True)
class Tile:
    """One library: ``place`` is its prefecture's name, ``word`` that of its mark, ``title`` says more.

    ``as_of`` is the moment of an earlier run that it is known from, "" where this run was for it.
    """

    code: str
    name: str
    place: str
    word: str
    tier: str = ""
    route: str = ""
    wave: int = 0
    title: str = ""
    as_of: str = ""


def tile_of(row: Mapping[str, Any], word: str, title: str, written: str) -> Tile:
    """Return the tile of a row of ``status.json`` or ``preflight.json``."""
    return Tile(
        code=row["library"],
        name=row["name"],
        place=row["prefecture"],
        word=word,
        tier=row["tier"],
        route=row["route"],
        wave=row.get("wave", 0),
        title=title,
        as_of="" if row["as_of"] == written else row["as_of"],
    )


class Choice:
    """What a page's libraries can be chosen by; ``classes`` are what a library's parts are told by."""

    def __init__(self, marks: Mapping[str, Mark], tiles: Sequence[Tile]) -> None:
        """Read from the tiles what there is to choose."""
        self._marks, self._tiles = marks, sorted(tiles, key=lambda tile: tile.code)
        self._lists = {
            name: (zh, list(dict.fromkeys(self._values(tile)[name] for tile in self._tiles)))
            for name, zh in (("p", "地市"), ("t", "级别"), ("w", "批次"), ("r", "推送方式"))
        }
        self._lists["w"][1].sort(key=lambda text: (len(text), text))

    @staticmethod
    def _values(tile: Tile) -> dict[str, str]:
        return {
            "p": tile.place,
            "t": TIERS.get(tile.tier, tile.tier),
            "w": f"第 {tile.wave} 批" if tile.wave else "",
            "r": ROUTES.get(tile.route, tile.route),
        }

    def classes(self, tile: Tile) -> str:
        """Return the classes of a library's row or tile."""
        values = self._values(tile)
        chosen = [
            f"{name} {name}-{values_of.index(values[name])}" for name, (_, values_of) in self._lists.items()
        ]
        return " ".join([f"s s-{tile.word}", *chosen])

    def place_class(self, place: str) -> str:
        """Return the class of a prefecture's card."""
        return f"p p-{self._lists['p'][1].index(place)}"

    def html(self) -> str:
        """Return the legend of marks with their counts, and a list for each of the others."""
        counts = Counter(tile.word for tile in self._tiles)
        total = len(self._tiles)
        labels = [f'<label><input type=radio name=s id="c-s" checked>全部 <small>all</small> {total}</label>']
        rules = []
        for word, mark in self._marks.items():
            if counts[word]:
                labels.append(
                    f'<label><input type=radio name=s id="c-s-{word}">{sign(mark)} {mark.zh} '
                    f"<small>{mark.en}</small> {counts[word]}</label>"
                )
                rules.append(f"body:has(#c-s-{word}:checked) .s:not(.s-{word}){{display:none}}")
        lists = []
        for name, (zh, values) in self._lists.items():
            if len(values) < 2:
                continue
            options = [f"<option selected>全部{zh}</option>"]
            for number, value in enumerate(values):
                options.append(f'<option id="c-{name}-{number}">{escape(value) or "未定"}</option>')
                hidden = f".{name}:not(.{name}-{number})"
                rules.append(f"body:has(#c-{name}-{number}:checked) {hidden}{{display:none}}")
            lists.append(f"<label>{zh} <select autocomplete=off>{''.join(options)}</select></label>")
        return (
            f"<style>{''.join(rules)}</style><form class=choice autocomplete=off>"
            f"<div class=legend>{''.join(labels)}</div><div class=lists>{''.join(lists)}"
            "<button type=reset>重置 <small>reset</small></button></div></form>"
        )

    def places(self, good: Collection[str], goal: str) -> str:
        """Return a card for each prefecture, by code; ``good`` are the words of those at the ``goal``."""
        by_place: dict[str, list[Tile]] = {}
        for tile in self._tiles:
            by_place.setdefault(tile.place, []).append(tile)
        cards = [self._card(place, members, good, goal) for place, members in by_place.items()]
        return f"<div class=places>{''.join(cards)}</div>"

    def _card(self, place: str, members: Sequence[Tile], good: Collection[str], goal: str) -> str:
        words = [tile.word for tile in members]
        there = sum(word in good for word in words)
        return (
            f'<section class="place {self.place_class(place)}"><h3>{escape(place)}<small>{goal} {there} / '
            f"{len(words)}</small></h3>{meter(self._marks, words)}"
            f"<div class=tiles>{''.join(map(self._link, members))}</div></section>"
        )

    def _link(self, tile: Tile) -> str:
        mark = self._marks[tile.word]
        title = " ".join(filter(None, [tile.code, tile.name, mark.zh, tile.title]))
        old = " earlier" if tile.as_of else ""
        return (
            f'<a class="tile {self.classes(tile)}{old}" href="#l{escape(tile.code)}" title="{escape(title)}">'
            f"{sign(mark)}{escape(_short(tile.name, tile.place))}</a>"
        )


def sign(mark: Mark) -> str:
    """Return a mark's sign."""
    return f'<span class="sign m-{mark.word}">{mark.sign}</span>'


def meter(marks: Mapping[str, Mark], words: Sequence[str]) -> str:
    """Return a bar of shares, the best first."""
    counts = Counter(words)
    shares = "".join(
        f'<i class="m-{word}" style="width:{100 * counts[word] / len(words):.2f}%"></i>'
        for word in reversed(list(marks))
        if counts[word]
    )
    return f"<div class=bar>{shares}</div>"


def earlier_note(tiles: Sequence[Tile]) -> str:
    """Say which libraries the last run was not for, HTML; "" where it was for all."""
    earlier = [tile.as_of for tile in tiles if tile.as_of]
    if not earlier:
        return ""
    return (
        f"<p class=asof>本次只查了 {len(tiles) - len(earlier)} 馆；其余 {len(earlier)} 馆（虚线框）"
        f"是以前查到的情况，最早的为 {escape(moment(min(earlier)))}</p>"
    )


def old(as_of: str) -> str:
    """Say that a row is of an earlier run, HTML; "" where it is not."""
    return f"<small class=asof>截至 {escape(moment(as_of))} 的情况</small>" if as_of else ""


def others(title: str, names: Sequence[str]) -> list[str]:
    """Return a section of mere names, HTML; nothing without any."""
    return [f"<h2>{title}</h2><p>{'、'.join(map(escape, names))}</p>"] if names else []


def _short(name: str, place: str) -> str:
    bare = name.removesuffix("图书馆")
    return (bare.removeprefix(place) or bare) or name
