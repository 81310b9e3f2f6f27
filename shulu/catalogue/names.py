"""Suggest titles and creators while somebody types."""

from __future__ import annotations

import sqlite3

from shulu.catalogue.entry import name_key
from shulu.catalogue.hits import Many
from shulu.catalogue.layout import Layout

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
