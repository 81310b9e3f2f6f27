"""Places in an order that a reader chose, a page of them at a time."""

from __future__ import annotations

import sqlite3
from itertools import compress, islice, pairwise

from shulu.catalogue.hits import Many
from shulu.catalogue.layout import Layout

SORTS = ("title", "newest", "year")
"""By the title in pinyin; what came last to this library first; by year, the latest first, none last."""

_BY = {"newest": "since", "year": "year"}
_FLAGS = bytes.maketrans(b"01", b"\0\1")


def ordered(
    db: sqlite3.Connection, layout: Layout, held: Many, sort: str, *, collection: str, begin: int, count: int
) -> list[int]:
    """Return ``count`` of the places of a collection that are held, by an order of ``SORTS``."""
    if sort == "title":
        titles = layout.by_title(db, collection).places
        if len(held) == len(titles):
            return titles[begin : begin + count].tolist()
        kept = compress(titles, map(_flags(held).__getitem__, titles))
        return list(islice(kept, begin, begin + count))
    name, left = _BY[sort], held
    found: list[int] = []
    values = layout.values(name)
    for code in sorted(range(len(values)), key=values.__getitem__, reverse=True):
        # The code of none comes last, and has all that is left.
        here = Many(left.bits & layout.coded(name, code), layout.width) if code else left
        if begin < len(here):
            found += here.slice(begin, count - len(found))
        if len(found) == count:
            break
        begin = max(0, begin - len(here))
        left = Many(left.bits & ~here.bits, layout.width)
    return found


def letters(db: sqlite3.Connection, layout: Layout, held: Many, collection: str) -> list[tuple[str, int]]:
    """Return which letters the titles that are held begin with in pinyin, and how many titles precede each.

    "" stands for titles that begin with numbers and Latin.
    """
    titles = layout.by_title(db, collection)
    flags = b"" if len(held) == len(titles.places) else _flags(held)
    found, before = [], 0
    for (letter, begin), (_, end) in pairwise([*titles.begins, ("", len(titles.places))]):
        count = sum(map(flags.__getitem__, titles.places[begin:end])) if flags else end - begin
        if count:
            found.append((letter, before))
        before += count
    return found


def _flags(held: Many) -> bytes:
    """Return a byte for each place, 1 where it is held."""
    return f"{held.bits:0{held.width}b}"[::-1].encode().translate(_FLAGS)
