"""Titles and creators by name: suggested while somebody types, counted, found."""

from __future__ import annotations

import sqlite3
from collections import Counter

from shulu.catalogue.entry import name_key
from shulu.catalogue.hits import Many
from shulu.catalogue.layout import Layout
from shulu.catalogue.model import Count
from shulu.catalogue.schema import KIND_CREATOR

_LOOKED_AT = 400
_SHOWN = 40
"""Characters of a name that is suggested: a longer title is no word to look for."""


def suggest(db: sqlite3.Connection, layout: Layout, seen: Many | None, prefix: str, limit: int) -> list[str]:
    """Return names that begin with a prefix, creators and short names first.

    The names are titles and creators of records that are seen, and titles whose initials in pinyin begin so.
    """
    key = name_key(prefix)
    if not key:
        return []
    rows = db.execute(
        "SELECT name, kind, number FROM names WHERE key >= ? AND key < ? LIMIT ?",
        (key, key + "\U0010ffff", _LOOKED_AT),
    )
    found: dict[str, tuple[int, int, str]] = {}
    for name, kind, number in rows:
        if name in found or len(name) > _SHOWN:
            continue
        place = layout.place(number)
        if place is None or (seen is not None and not seen.bytes[place >> 3] >> (place & 7) & 1):
            continue
        found[name] = (kind, len(name), name)
    return sorted(found, key=found.__getitem__)[:limit]


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
