"""Titles and creators by name: suggested while somebody types, counted, found."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator

from shulu.catalogue.entry import name_key
from shulu.catalogue.hits import Many
from shulu.catalogue.layout import Layout
from shulu.catalogue.model import Count
from shulu.catalogue.schema import BLOCK, BLOCK_BITS, KIND_CREATOR

_CHOSEN_FROM = 400
"""Names that suggestions are chosen from: where a prefix begins more, the first by their keys."""
_ROWS = 20_000
"""Rows read for suggestions at most, so that they come while somebody types, whatever is not seen."""
_ALIKE = 50
"""Rows of a key and a block that may tell nothing new in a row: a journal's issues all have its title."""
_FOLLOWING = """SELECT name, kind, key, number FROM names
  WHERE (key, number) > (?, ?) AND key < ? ORDER BY key, number LIMIT ?"""
_SHOWN = 40
"""Characters of a name that is suggested: a longer title is no word to look for."""


def suggest(db: sqlite3.Connection, layout: Layout, seen: Many | None, prefix: str, limit: int) -> list[str]:
    """Return names that begin with a prefix, titles before creators, short ones first.

    The names are titles and creators of records that are seen, and titles whose initials in pinyin begin so.
    """
    key = name_key(prefix)
    if not key:
        return []
    found: dict[str, tuple[int, int, str]] = {}
    for name, kind in _seen_names(db, layout, seen, key):
        if len(name) <= _SHOWN:
            found[name] = (kind, len(name), name)
        if len(found) == _CHOSEN_FROM:
            break
    return sorted(found, key=found.__getitem__)[:limit]


def _seen_names(
    db: sqlite3.Connection, layout: Layout, seen: Many | None, begin: str
) -> Iterator[tuple[str, int]]:
    """Yield each name of records that are seen once, with its kind, in the order of keys that begin so.

    A key and a block with many rows that tell nothing new are left: what else they have is the same.
    """
    told: set[str] = set()
    idle, here = 0, ("", -1)
    rows = _Rows(db, begin)
    for name, kind, key, number in rows:
        visible = _visible(layout, seen, number)
        if visible and name not in told:
            told.add(name)
            idle = 0
            yield name, kind
            continue
        before, here = here, (key, number >> BLOCK_BITS)
        idle = idle + 1 if here == before else 1
        if idle % _ALIKE == 0 and (visible or _dark(layout, seen, number)):
            rows.leap(key, number)


class _Rows:
    """Rows of ``names`` whose keys begin so, in order; a leap spares those that a key has in a block."""

    def __init__(self, db: sqlite3.Connection, begin: str) -> None:
        self._db = db
        self._begin = begin
        self._after: tuple[str, int] | None = (begin, -1)

    def __iter__(self) -> Iterator[tuple[str, int, str, int]]:
        left = _ROWS
        while self._after:
            after, self._after = self._after, None
            for row in self._db.execute(_FOLLOWING, (*after, self._begin + "\U0010ffff", left)):
                left -= 1
                yield row
                if self._after:
                    break

    def leap(self, key: str, number: int) -> None:
        """Go on behind the last row that a key can have in the block of a number."""
        self._after = key, number | BLOCK - 1


def _visible(layout: Layout, seen: Many | None, number: int) -> bool:
    place = layout.place(number)
    return place is not None and (seen is None or bool(seen.bytes[place >> 3] >> (place & 7) & 1))


def _dark(layout: Layout, seen: Many | None, number: int) -> bool:
    """Return whether nothing is seen of the block of a number, as where a whole bag is not permitted."""
    first = layout.first.get(number >> BLOCK_BITS)
    if first is None or seen is None:
        return first is None
    end = first + layout.span(first).count + 7
    return not seen.bytes[first >> 3 : end >> 3].strip(b"\0")


def created(db: sqlite3.Connection, layout: Layout, creator: str) -> list[int]:
    """Return the places of what a creator made, in order."""
    rows = db.execute(
        "SELECT number FROM names WHERE key = ? AND kind = ? AND name = ?",
        (name_key(creator), KIND_CREATOR, creator),
    )
    return sorted(layout.places(number for (number,) in rows))


def creators(db: sqlite3.Connection, layout: Layout, held: Many) -> list[Count]:
    """Return the creators of what is held, most first; every name of the catalogue is looked at."""
    counts: Counter[str] = Counter()
    for name, number in db.execute("SELECT name, number FROM names WHERE kind = ?", (KIND_CREATOR,)):
        place = layout.place(number)
        if place is not None and held.bytes[place >> 3] >> (place & 7) & 1:
            counts[name] += 1
    return [Count(*one) for one in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
