"""What an audience sees of a catalogue."""

from __future__ import annotations

import sqlite3
from datetime import date

from shulu.catalogue.changes import Changes
from shulu.catalogue.hits import Few, Hits, Many, bitmap
from shulu.catalogue.items import items
from shulu.catalogue.layout import Layout
from shulu.catalogue.model import (
    Bag,
    Change,
    Count,
    Filters,
    Holding,
    Item,
    Lapse,
    LiveRelease,
    Page,
    Results,
)  # fmt: skip
from shulu.catalogue.names import created, creators, suggest
from shulu.catalogue.results import Search
from shulu.catalogue.search import Index
from shulu.catalogue.sorting import SORTS, letters, ordered
from shulu.catalogue.terms import Terms
from shulu.content.licence import Audience
from shulu.programme import collection, place


class View:
    """A catalogue as one audience sees it: whatever that may not read does not exist."""

    def __init__(
        self, db: sqlite3.Connection, layout: Layout, terms: Terms, index: Index, audience: Audience
    ) -> None:
        self._db = db
        self._layout = layout
        self._index = index
        self._audience = audience
        self._terms = terms
        self._seen = terms.seen(audience)
        self._in_order: dict[tuple[str, str], list[int]] = {}

    def release(self) -> LiveRelease:
        """Return the release that this catalogue describes."""
        return LiveRelease(*self._db.execute("SELECT epoch, serial, issued, expires FROM release").fetchone())

    def bags(self) -> list[Bag]:
        """Return the bags that have something to see, by id."""
        rows = self._db.execute("SELECT id, collection, version, bytes, files FROM bags ORDER BY id")
        return [Bag(*row) for row in rows if self._bits() & self._layout.bag_mask(row[0])]

    def holdings(self) -> list[Holding]:
        """Return the collections that have items here, in the programme's order."""
        values = self._layout.values("collection")
        counts = self._all().counts(self._layout, "collection")
        found = [Holding(collection(values[code]), count) for code, count in counts.items()]
        return sorted(found, key=lambda holding: place(holding.collection.id))

    def browse(
        self,
        collection_id: str,
        page: int,
        size: int,
        *,
        sort: str = "",
        year: str | None = None,
        creator: str | None = None,
    ) -> Page | None:
        """Return a page of a collection's items, all or those of a year, of a creator.

        ``sort`` is one of ``SORTS``, else they stand as the collection has them. Pages count from 1, beyond
        the last comes the last. Returns None where there is no such collection here.
        """
        layout = self._layout
        bits = self._bits() & layout.mask("collection", collection_id)
        if not bits:
            return None
        if year is not None:
            bits &= layout.mask("year", year)
        if creator is not None:
            bits &= bitmap(created(self._db, layout, creator), layout.width)
        held = Many(bits, layout.width)
        pages = max(1, -(-len(held) // size))
        page = min(max(1, page), pages)
        begin = (page - 1) * size
        if sort in SORTS:
            found = ordered(self._db, layout, held, sort, collection=collection_id, begin=begin, count=size)
        else:
            found = held.slice(begin, size)
        return Page(self._items(found), len(held), page, pages)

    def letters(self, collection_id: str) -> list[tuple[str, int]]:
        """Return the letters that a collection's titles begin with, and how many titles precede each.

        It takes long: remember the answer. "" stands for titles that begin with numbers and Latin.
        """
        return letters(self._db, self._layout, self._held(collection_id), collection_id)

    def creators(self, collection_id: str) -> list[Count]:
        """Return who made a collection's items, those with most first. It takes long: remember the answer."""
        return creators(self._db, self._layout, self._held(collection_id))

    def item(self, bag: str, record_id: str) -> Item | None:
        """Return one item; None where it is not here."""
        at = self._place(bag, record_id)
        return None if at is None else self._items([at])[0]

    def search(self, query: str, filters: Filters = Filters(), page: int = 1) -> Results:  # noqa: B008
        """Return a page of the hits of a query, pages counting from 1; beyond the last comes the last.

        All words of the query must be in a record, which has its title, creators, subjects, description and,
        of books and web documents, the whole text. Titles that are the query come first, then those that
        have it, then creators and subjects. A word of letters that nothing has is looked for as the initials
        in pinyin of a title. Without any query all items are hits, where a filter is set.
        """
        return Search(self._db, self._layout, self._index, self._seen).run(query, filters, page)

    def suggest(self, prefix: str, limit: int = 8) -> list[str]:
        """Return titles and creators that begin so, or with such initials in pinyin; at most ``limit``."""
        return suggest(self._db, self._layout, self._seen, prefix, limit)

    def newest(self, limit: int) -> list[Item]:
        """Return what came last, newest first."""
        found: list[Item] = []
        for moment in sorted(self._layout.values("since")[1:], reverse=True):
            came = Many(self._bits() & self._layout.mask("since", moment), self._layout.width)
            found += self._items(came.slice(0, limit - len(found)))
            if len(found) >= limit:
                break
        return found

    def lapsing(self, last: date) -> list[Lapse]:
        """Return what may be read now and no longer behind a day, by its own last day and by bag."""
        of = {span.bag: span.collection for span in self._layout.spans}
        found = self._terms.lapsing(self._audience, last)
        return [Lapse(collection(of[bag]), bag, until, count) for until, bag, count in found]

    def changed(
        self,
        since: str = "",
        until: str = "9999",
        collection_id: str | None = None,
        after: tuple[str, str, str] | None = None,
        limit: int = 100,
    ) -> list[Change]:
        """Return what changed from one moment to another, both inclusive, by moment, bag and id.

        ``after`` is the key of the change to go on behind.
        """
        start = max((since, "", ""), after or ("", "", ""))
        return self._changes().behind(start, until, collection_id, limit)

    def count_changed(self, since: str = "", until: str = "9999", collection_id: str | None = None) -> int:
        """Return how many changes there are from one moment to another, both inclusive."""
        return self._changes().count(since, until, collection_id)

    def last_change(self, bag: str, record_id: str) -> Change | None:
        """Return a record's last change, also where it is gone; None where it was never here."""
        item = self.item(bag, record_id)
        if item is not None:
            return Change(item.since, bag, record_id, item.collection.id, item)
        return self._changes().withdrawn(bag, record_id)

    def listed(self, begin: int, count: int) -> list[tuple[str, str, str]]:
        """Return the bag, the id and ``since`` of ``count`` items from a position on, in people's order."""
        numbers = map(self._layout.number, Many(self._bits(), self._layout.width).slice(begin, count))
        query = "SELECT bag, id, since FROM records WHERE number = ?"
        return [self._db.execute(query, (number,)).fetchone() for number in numbers]

    def series(self, name: str, collection_id: str) -> tuple[Item, ...]:
        """Return the items of a series in their order, none where there is no such series here."""
        return self._items(self._series(name, collection_id))

    def beside(self, item: Item, most: int) -> tuple[Item, ...]:
        """Return up to ``most`` items of an item's series, itself among them, none where it is in none."""
        at = self._place(item.bag, item.id)
        if at is None or not (series := item.record.get("series")):
            return ()
        order = self._series(series, item.collection.id)
        begin = max(0, min(order.index(at) - most // 2, len(order) - most))
        return self._items(order[begin : begin + most])

    def neighbours(self, item: Item) -> tuple[Item | None, Item | None]:
        """Return what comes before and after an item in its series, else in its collection."""
        at = self._place(item.bag, item.id)
        if at is None:
            return None, None
        if series := item.record.get("series"):
            return self._in_series(series, item.collection.id, at)
        held = Many(self._bits() & self._layout.mask("collection", item.collection.id), self._layout.width)
        before = (held.bits & ((1 << at) - 1)).bit_length() - 1
        behind = held.bits >> at + 1
        after = at + 1 + (behind & -behind).bit_length() - 1 if behind else -1
        return self._at(before), self._at(after)

    def _in_series(self, series: str, collection_id: str, at: int) -> tuple[Item | None, Item | None]:
        order = self._series(series, collection_id)
        here = order.index(at)
        before = order[here - 1] if here else -1
        after = order[here + 1] if here + 1 < len(order) else -1
        return self._at(before), self._at(after)

    def _series(self, name: str, collection_id: str) -> list[int]:
        """Return the places of a series in their order, looked up once: a page asks several times."""
        if (name, collection_id) not in self._in_order:
            self._in_order[name, collection_id] = self._looked_up(name, collection_id)
        return self._in_order[name, collection_id]

    def _looked_up(self, name: str, collection_id: str) -> list[int]:
        """Return the places of a series by date, and by place where dates are the same."""
        rows = self._db.execute(
            "SELECT number, ifnull(json_extract(record, '$.date'), '') FROM records"
            " WHERE series != '' AND series = ?",
            (name,),
        ).fetchall()
        placed = [(date, place) for number, date in rows if (place := self._layout.place(number)) is not None]
        seen = Few(sorted(place for _, place in placed))
        kept = set((seen & self._all()).places_())
        return [
            place
            for _, place in sorted(placed)
            if place in kept and self._layout.span(place).collection == collection_id
        ]

    def _changes(self) -> Changes:
        lapsed = self._terms.lapsed(self._audience)
        return Changes(self._db, self._layout, self._audience, self._seen, lapsed)

    def _place(self, bag: str, record_id: str) -> int | None:
        """Return the place of an item, None where it is not here."""
        row = self._db.execute(
            "SELECT number FROM records WHERE bag = ? AND id = ?", (bag, record_id)
        ).fetchone()
        at = self._layout.place(row[0]) if row else None
        if at is None or (self._seen is not None and not self._seen.bytes[at >> 3] >> (at & 7) & 1):
            return None
        return at

    def _held(self, collection_id: str) -> Many:
        """Return the places of a collection that are seen."""
        return Many(self._bits() & self._layout.mask("collection", collection_id), self._layout.width)

    def _bits(self) -> int:
        return self._layout.everything if self._seen is None else self._seen.bits

    def _all(self) -> Hits:
        return Many(self._bits(), self._layout.width)

    def _at(self, place: int) -> Item | None:
        return self._items([place])[0] if place >= 0 else None

    def _items(self, places: list[int]) -> tuple[Item, ...]:
        return items(self._db, [self._layout.number(place) for place in places])
