"""What changed in a catalogue, for those who gather its records again and again (OAI-PMH)."""

from __future__ import annotations

import heapq
import itertools
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from shulu.catalogue.hits import Many
from shulu.catalogue.items import items
from shulu.catalogue.layout import Layout
from shulu.catalogue.model import Change
from shulu.content.licence import Audience, Licence, permits


class Row(NamedTuple):
    """A change before its item is read: ``number`` is -1 where the record is gone."""

    moment: str
    bag: str
    id: str
    collection: str
    number: int


Lapsed = list[tuple[int, Licence]]
"""Places whose licence ended, as bitmaps, with that licence."""


def changed(  # noqa: PLR0917
    db: sqlite3.Connection,
    layout: Layout,
    audience: Audience,
    seen: Many | None,
    lapsed: Lapsed,
    since: str,
    until: str,
    collection_id: str | None,
    after: tuple[str, str, str] | None,
    limit: int,
) -> list[Change]:
    """Return the changes of ``View.changed``."""
    begin = max(since, after[0]) if after else since
    found = heapq.merge(
        _live(db, layout, seen, begin, until),
        _gone(db, audience, begin, until),
        sorted(_ended(db, layout, lapsed, begin, until)),
    )
    wanted = (
        row for row in found if (after is None or row[:3] > after) and collection_id in (None, row.collection)
    )
    return [
        Change(
            row.moment,
            row.bag,
            row.id,
            row.collection,
            items(db, [row.number])[0] if row.number >= 0 else None,
        )
        for row in itertools.islice(wanted, limit)
    ]


def _live(db: sqlite3.Connection, layout: Layout, seen: Many | None, since: str, until: str) -> Iterator[Row]:
    rows = db.execute(
        "SELECT since, bag, id, number FROM records WHERE since BETWEEN ? AND ? ORDER BY since, bag, id",
        (since, until),
    )
    for moment, bag, record_id, number in rows:
        place = layout.place(number)
        if place is None or (seen is not None and not seen.bytes[place >> 3] >> (place & 7) & 1):
            continue
        yield Row(moment, bag, record_id, layout.span(place).collection, number)


def _gone(db: sqlite3.Connection, audience: Audience, since: str, until: str) -> list[Row]:
    rows = db.execute(
        "SELECT since, bag, id, collection, scope FROM gone WHERE since BETWEEN ? AND ?", (since, until)
    )
    return sorted(
        Row(moment, bag, record_id, collection_id, -1)
        for moment, bag, record_id, collection_id, scope in rows
        if permits(Licence(scope), audience)
    )


def _ended(db: sqlite3.Connection, layout: Layout, lapsed: Lapsed, since: str, until: str) -> Iterator[Row]:
    """Yield what ended: as if it had been taken away at the beginning of the day after its last."""
    for bits, licence in lapsed:
        if licence.until is None:
            continue
        moment = f"{licence.until + timedelta(days=1)}T00:00:00Z"
        if not since <= moment <= until:
            continue
        for place in Many(bits, layout.width).places_():
            bag, record_id = db.execute(
                "SELECT bag, id FROM records WHERE number = ?", (layout.number(place),)
            ).fetchone()
            yield Row(moment, bag, record_id, layout.span(place).collection, -1)
