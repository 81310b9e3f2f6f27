"""Where the hits of a page have what was looked for, cut out of their descriptions and texts."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence

from shulu.catalogue.marks import holds, snippet
from shulu.catalogue.model import Item, Snippet

_PARTS = 64
"""A snippet is looked for in so many parts of a text at most, half a million characters."""


def snippets(
    db: sqlite3.Connection, shown: Sequence[Item], numbers: Sequence[int], words: list[str]
) -> tuple[Snippet, ...]:
    """Return a snippet for each item, () where its title, creators or subjects have one of the words."""
    asked = {
        number: item for number, item in zip(numbers, shown, strict=True) if words and not _says(item, words)
    }
    # Most have it where their text begins: one look for all, and a further one for those few that have not.
    begins = dict(
        db.execute(
            "SELECT number, text FROM json_each(?) JOIN texts ON number = value WHERE part = 0",
            (json.dumps(list(asked)),),
        ).fetchall()
    )
    found = {
        number: snippet(_passages(db, item, number, begins.get(number)), words)
        for number, item in asked.items()
    }
    return tuple(found.get(number, ()) for number in numbers)


def _says(item: Item, words: list[str]) -> bool:
    return holds("\n".join([item.title, *item.creators, *item.record.get("subject", ())]), words)


def _passages(db: sqlite3.Connection, item: Item, number: int, begin: bytes | None) -> Iterator[str]:
    """Yield the description and the parts of the text, of which the first was read already."""
    yield item.record.get("description", "")
    if begin is None:
        return
    yield zlib.decompress(begin).decode()
    for (packed,) in db.execute(
        "SELECT text FROM texts WHERE number = ? AND part BETWEEN 1 AND ? ORDER BY part", (number, _PARTS - 1)
    ):
        yield zlib.decompress(packed).decode()
