"""What changed in a catalogue, for those who gather its records again and again (OAI-PMH)."""

from __future__ import annotations

import heapq
import itertools
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
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


Key = tuple[str, str, str]
"""Moment, bag, id: what changes are sorted by."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes that an audience is told of; ``lapsed`` are places whose licence ended, bag by bag."""

    db: sqlite3.Connection
    layout: Layout
    audience: Audience
    seen: Many | None
    lapsed: list[tuple[int, Licence]]

    def behind(self, start: Key, until: str, collection_id: str | None, limit: int) -> list[Change]:
        """Return the changes behind a key, up to a moment."""
        found = heapq.merge(
            self._live(start, until), sorted(self._gone(start, until)), *self._ended(start, until)
        )
        wanted = (row for row in found if collection_id in (None, row.collection))
        return [
            Change(
                *row[:4],
                items(self.db, [row.number])[0] if row.number >= 0 else None,
            )
            for row in itertools.islice(wanted, limit)
        ]

    def count(self, since: str, until: str, collection_id: str | None) -> int:
        """Return how many changes there are, without looking at each."""
        layout = self.layout
        within = layout.everything if collection_id is None else layout.mask("collection", collection_id)
        here = within if self.seen is None else within & self.seen.bits
        live = sum(
            (here & layout.coded("since", code)).bit_count()
            for code, moment in enumerate(layout.values("since"))
            if code and since <= moment <= until
        )
        gone = sum(collection_id in (None, row.collection) for row in self._gone((since, "", ""), until))
        ended = sum(
            (within & bits).bit_count()
            for bits, licence in self.lapsed
            if licence.until is not None and since <= _end(licence.until) <= until
        )
        return live + gone + ended

    def withdrawn(self, bag: str, record_id: str) -> Change | None:
        """Return how a record went away that the audience could see once; None where it never could."""
        row = self.db.execute(
            "SELECT since, collection, had, has FROM gone WHERE bag = ? AND id = ?", (bag, record_id)
        ).fetchone()
        if row is not None and self._lost(*row[2:]):
            return Change(row[0], bag, record_id, row[1], None)
        query = "SELECT number FROM records WHERE bag = ? AND id = ?"
        row = self.db.execute(query, (bag, record_id)).fetchone()
        place = self.layout.place(row[0]) if row else None
        if place is not None:
            for bits, licence in self.lapsed:
                if bits >> place & 1 and licence.until is not None:
                    collection_id = self.layout.span(place).collection
                    return Change(_end(licence.until), bag, record_id, collection_id, None)
        return None

    def _live(self, start: Key, until: str) -> Iterator[Row]:
        rows = self.db.execute(
            "SELECT since, bag, id, number FROM records WHERE (since, bag, id) > (?, ?, ?) AND since <= ?"
            " ORDER BY since, bag, id",
            (*start, until),
        )
        for moment, bag, record_id, number in rows:
            place = self.layout.place(number)
            if place is not None and (self.seen is None or _has(self.seen, place)):
                yield Row(moment, bag, record_id, self.layout.span(place).collection, number)

    def _gone(self, start: Key, until: str) -> Iterator[Row]:
        rows = self.db.execute(
            "SELECT since, bag, id, collection, had, has FROM gone"
            " WHERE (since, bag, id) > (?, ?, ?) AND since <= ?",
            (*start, until),
        )
        for moment, bag, record_id, collection_id, had, has in rows:
            if self._lost(had, has):
                yield Row(moment, bag, record_id, collection_id, -1)

    def _lost(self, had: str, has: str) -> bool:
        """Tell whether the audience is in the scope that a record had, and not in the one that it has."""
        return permits(Licence(had), self.audience) and not permits(Licence(has), self.audience)

    def _ended(self, start: Key, until: str) -> Iterator[Iterator[Row]]:
        """Yield what ended, for each licence of a bag in the order of the records' ids."""
        for bits, licence in self.lapsed:
            if not bits or licence.until is None:
                continue
            moment, span = _end(licence.until), self.layout.span((bits & -bits).bit_length() - 1)
            if start[:2] <= (moment, span.bag) and moment <= until:
                behind = start[2] if start[:2] == (moment, span.bag) else ""
                like = Row(moment, span.bag, behind, span.collection, -1)
                yield self._ended_in(Many(bits, self.layout.width), like)

    def _ended_in(self, ended: Many, like: Row) -> Iterator[Row]:
        query = "SELECT id, number FROM records WHERE bag = ? AND id > ? ORDER BY id"
        for record_id, number in self.db.execute(query, (like.bag, like.id)):
            place = self.layout.place(number)
            if place is not None and _has(ended, place):
                yield like._replace(id=record_id)


def _has(places: Many, place: int) -> bool:
    return bool(places.bytes[place >> 3] >> (place & 7) & 1)


def _end(last: date) -> str:
    """Return the moment at which what may be read until a day is as good as taken away."""
    return f"{last + timedelta(days=1)}T00:00:00Z"
