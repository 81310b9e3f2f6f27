"""A province at a glance, HTML: a card a prefecture, a tile a library, and a legend that filters.

No script: the legend's radio buttons hide what is not meant by ``:has()``; a browser without it shows all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from shulu.campaign.marks import Mark

STYLE = """
*{box-sizing:border-box}
body{font:15px/1.45 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:0 auto;max-width:90rem;
padding:1rem 1.5rem;color:#1f2933;background:#fff}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:1.6rem 0 .5rem}
small{color:#52606d;font-weight:400}
.lead{margin:.2rem 0 1rem;color:#52606d}.lead .bar{margin:.5rem 0}
.sign{display:inline-block;min-width:1.5em;padding:0 .25em;text-align:center;border-radius:3px;color:#fff}
.bar{display:flex;height:.6rem;background:#e4e7eb;border-radius:.3rem;overflow:hidden;margin:.25rem 0}
.bar i{display:block;height:100%;background:#1d4ed8}
.legend{display:flex;flex-wrap:wrap;gap:.4rem .5rem;margin:1rem 0}
.legend label{border:1px solid #cbd2d9;border-radius:1rem;padding:.15rem .7rem;cursor:pointer}
.legend input{position:absolute;opacity:0}
.legend label:has(:checked){border-color:#1f2933;box-shadow:0 0 0 1px #1f2933}
.legend label:has(:focus-visible){outline:3px solid #93c5fd}
.places{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:.8rem}
.place{border:1px solid #e4e7eb;border-radius:.4rem;padding:.5rem .7rem}
.place h3{font-size:1rem;margin:0;display:flex;justify-content:space-between;gap:.5rem}
.tiles{display:flex;flex-wrap:wrap;gap:.3rem;margin-top:.4rem}
.tile{display:inline-flex;gap:.25rem;padding:.1rem .35rem .1rem .15rem;font-size:.85rem;text-decoration:none;
color:inherit;background:#f5f7fa;border-radius:3px}
.tile:hover,.tile:focus-visible{outline:2px solid #1f2933}
table{border-collapse:collapse;width:100%}
th,td{padding:.4rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid #e4e7eb}
th{position:sticky;top:0;background:#fff;white-space:nowrap}th small{display:block}td small{display:block}
.s:target td{background:#fef9c3}
@media(max-width:50rem){body{padding:.7rem}thead{display:none}table,tbody,tr,td{display:block}
tr{padding:.5rem 0;border-bottom:1px solid #cbd2d9}td{border:0;padding:.1rem 0}
td[data-head]:not(:empty)::before{content:attr(data-head)"："; color:#52606d}
.places{grid-template-columns:1fr}}
@media print{.legend,.s{break-inside:avoid}}
"""


@dataclass(frozen=True, slots=True)
class Tile:
    """One library: ``place`` is its prefecture's name, ``word`` that of its mark, ``title`` says more."""

    code: str
    name: str
    place: str
    word: str
    title: str = ""


def legend(marks: Mapping[str, Mark], tiles: Sequence[Tile]) -> str:
    """Return the marks that occur, with their counts; each shows only its libraries."""
    counts = Counter(tile.word for tile in tiles)
    labels = [f'<label><input type="radio" name="f" id="f-all" checked>全部 all {len(tiles)}</label>']
    rules = []
    for word, mark in marks.items():
        if not counts[word]:
            continue
        labels.append(
            f'<label><input type="radio" name="f" id="f-{word}">{sign(mark)} {mark.zh} '
            f"<small>{mark.en}</small> {counts[word]}</label>"
        )
        rules.append(f"body:has(#f-{word}:checked) .s:not(.s-{word}){{display:none}}")
    return f"<style>{''.join(rules)}</style><div class=legend>{''.join(labels)}</div>"


def places(marks: Mapping[str, Mark], tiles: Sequence[Tile], good: Collection[str], goal: str) -> str:
    """Return a card for each prefecture, by code; ``good`` are the words of those at the ``goal``."""
    by_place: dict[str, list[Tile]] = {}
    for tile in sorted(tiles, key=lambda each: each.code):
        by_place.setdefault(tile.place, []).append(tile)
    cards = [_card(marks, place, members, good, goal) for place, members in by_place.items()]
    return f"<div class=places>{''.join(cards)}</div>"


def sign(mark: Mark) -> str:
    """Return a mark's sign."""
    return f'<span class=sign style="background:{mark.colour}">{mark.sign}</span>'


def meter(marks: Mapping[str, Mark], words: Sequence[str]) -> str:
    """Return a bar of shares, the best first."""
    counts = Counter(words)
    shares = "".join(
        f'<i style="width:{100 * counts[word] / len(words):.2f}%;background:{mark.colour}"></i>'
        for word, mark in reversed(list(marks.items()))
        if counts[word]
    )
    return f"<div class=bar>{shares}</div>"


def _card(
    marks: Mapping[str, Mark], place: str, members: Sequence[Tile], good: Collection[str], goal: str
) -> str:
    words = [tile.word for tile in members]
    there = sum(word in good for word in words)
    links = "".join(
        f'<a class="tile s s-{tile.word}" href="#l{escape(tile.code)}" '
        f'title="{escape(" ".join([tile.code, tile.name, marks[tile.word].zh, tile.title]).strip())}">'
        f"{sign(marks[tile.word])}{escape(_short(tile.name, place))}</a>"
        for tile in members
    )
    return (
        f"<section class=place><h3>{escape(place)}<small>{goal} {there} / {len(words)}"
        f"</small></h3>{meter(marks, words)}<div class=tiles>{links}</div></section>"
    )


def _short(name: str, place: str) -> str:
    bare = name.removesuffix("图书馆")
    return (bare.removeprefix(place) or bare) or name
