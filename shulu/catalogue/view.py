"""What an audience sees of a catalogue."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from datetime import date

from shulu.catalogue import media
from shulu.catalogue.model import (
    Bag,
    Change,
    Count,
    Facets,
    File,
    Filters,
    Holding,
    Item,
    Lapse,
    LiveRelease,
    Page,
    Results,
)  # fmt: skip
from shulu.catalogue.normalise import normalise
from shulu.catalogue.search import PAGE_SIZE, matches
from shulu.content.licence import Audience, Licence, permits
from shulu.programme import collection, place

_COLUMNS = (
    "number, records.bag, bags.version, bags.collection, records.id, kind, record, sizes, scope, until, since"
)
_FROM = " FROM records JOIN bags ON bags.id = records.bag "


class View:
    """A catalogue as one audience sees it: whatever that may not read does not exist."""

    def __init__(self, db: sqlite3.Connection, audience: Audience) -> None:
        self._db = db
        terms = db.execute("SELECT DISTINCT scope, until FROM records").fetchall()
        seen = [row for row in terms if permits(_licence(*row), audience)]
        shown = (f"scope = '{scope}' AND until IS {_quoted(until)}" for scope, until in seen)
        self._where = f"({' OR '.join(shown) or '0'})"

    def release(self) -> LiveRelease:
        """Return the release that this catalogue describes."""
        return LiveRelease(*self._db.execute("SELECT epoch, serial, issued, expires FROM release").fetchone())

    def bags(self) -> list[Bag]:
        """Return the bags that have something to see, by id."""
        return [
            Bag(*row)
            for row in self._db.execute(
                "SELECT id, collection, version, bytes, files FROM bags WHERE EXISTS"  # noqa: S608
                f" (SELECT 1 FROM records WHERE bag = bags.id AND {self._where}) ORDER BY id"
            )
        ]

    def holdings(self) -> list[Holding]:
        """Return the collections that have items here, in the programme's order."""
        rows = self._db.execute(f"SELECT bags.collection, count(*){_FROM}WHERE {self._where} GROUP BY 1")
        return [Holding(collection(name), count) for name, count in sorted(rows, key=lambda r: place(r[0]))]

    def browse(self, collection_id: str, page: int, size: int) -> Page | None:
        """Return a page of a collection's items; None where there is no such collection here."""
        narrowed = f"{_FROM}WHERE bags.collection = ? AND {self._where}"
        total = self._db.execute(f"SELECT count(*){narrowed}", (collection_id,)).fetchone()[0]
        if not total:
            return None
        pages = -(-total // size)
        page = min(max(1, page), pages)
        rows = self._db.execute(
            f"SELECT {_COLUMNS}{narrowed} ORDER BY number LIMIT ? OFFSET ?",
            (collection_id, size, (page - 1) * size),
        )
        return Page(tuple(map(_item, rows)), total, page, pages)

    def item(self, bag: str, record_id: str) -> Item | None:
        """Return one item; None where it is not here."""
        return next(iter(self._items("records.bag = ? AND records.id = ?", bag, record_id)), None)

    def search(self, query: str, filters: Filters = Filters(), page: int = 1) -> Results:  # noqa: B008
        """Return a page of the hits of a query, pages counting from 1; beyond the last comes the last.

        All words of the query must be in a record, which has its title, creators, subjects, description and,
        of books and web documents, the whole text. Without any query all items are hits, where a filter is
        set.
        """
        seen = {
            row[0]: row[1:]
            for row in self._db.execute(
                f"SELECT number, bags.collection, kind, year, language{_FROM}WHERE {self._where}"
            )
        }
        numbers = [number for number in matches(self._db, query) if number in seen]
        if not query.strip() and filters != Filters():
            numbers = sorted(seen)
        chosen = (filters.collection, filters.medium, filters.year, filters.language)
        found = [
            number
            for number in numbers
            if all(want is None or want == has for want, has in zip(chosen, seen[number], strict=True))
        ]
        pages = max(1, -(-len(found) // PAGE_SIZE))
        page = min(max(1, page), pages)
        shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        items = tuple(item for number in shown for item in self._items("number = ?", number))
        counts = []
        for facet in range(4):
            counts.append(
                Counter(
                    seen[number][facet]
                    for number in numbers
                    if all(
                        other == facet or want is None or want == seen[number][other]
                        for other, want in enumerate(chosen)
                    )
                )
            )
        return Results(items, len(found), page, pages, _facets(counts), tuple(() for _ in items))

    def suggest(self, prefix: str, limit: int = 8) -> list[str]:
        """Return titles and creators that begin so, at most ``limit``."""
        start = normalise(prefix).strip()
        if not start:
            return []
        found: dict[str, None] = {}
        for item in self._items("1"):
            for text in (item.title, *item.creators):
                if normalise(text).strip().startswith(start):
                    found[text] = None
        return list(found)[:limit]

    def newest(self, limit: int) -> list[Item]:
        """Return what came last, newest first."""
        return list(self._items("1", order="since DESC, number", limit=limit))

    def lapsing(self, last: date) -> list[Lapse]:
        """Return what may be read now and no longer behind a day, by its own last day and by bag."""
        rows = self._db.execute(
            f"SELECT bags.collection, records.bag, until, count(*){_FROM}WHERE until <= ? AND {self._where}"
            " GROUP BY 2, 3 ORDER BY 3, 2",
            (last.isoformat(),),
        )
        return [
            Lapse(collection(name), bag, date.fromisoformat(until), count) for name, bag, until, count in rows
        ]

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
        changes = sorted(
            (
                Change(item.since, item.bag, item.id, item.collection.id, item)
                for item in self._items("since BETWEEN ? AND ?", since, until)
                if collection_id in (None, item.collection.id)
            ),
            key=lambda change: change.key,
        )
        return [change for change in changes if after is None or change.key > after][:limit]

    def neighbours(self, item: Item) -> tuple[Item | None, Item | None]:
        """Return what comes before and after an item in its series, else in its collection."""
        series = item.record.get("series", "")
        row = self._db.execute(
            "SELECT number FROM records WHERE bag = ? AND id = ?", (item.bag, item.id)
        ).fetchone()
        if row is None:
            return None, None
        within = "bags.collection = ? AND series = ? AND number"
        values = (item.collection.id, series, row[0])
        before = self._items(f"{within} < ?", *values, order="number DESC", limit=1)
        after = self._items(f"{within} > ?", *values, limit=1)
        return next(iter(before), None), next(iter(after), None)

    def _items(
        self, condition: str, *values: object, order: str = "number", limit: int = -1
    ) -> Iterable[Item]:
        statement = f"SELECT {_COLUMNS}{_FROM}WHERE {condition} AND {self._where} ORDER BY {order} LIMIT ?"
        return map(_item, self._db.execute(statement, (*values, limit)))


def _facets(counts: list[Counter[str]]) -> Facets:
    by_place, by_medium, by_year, by_language = counts
    return Facets(
        tuple(Count(value, by_place[value]) for value in sorted(by_place, key=place)),
        _most(by_medium),
        tuple(Count(value, by_year[value]) for value in sorted(by_year, reverse=True) if value),
        _most(by_language),
    )


def _most(counted: Counter[str]) -> tuple[Count, ...]:
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Count(value, count) for value, count in ordered if value)


def _quoted(until: str | None) -> str:
    return "NULL" if until is None else f"'{until}'"


def _licence(scope: str, until: str | None) -> Licence:
    return Licence(scope, None if until is None else date.fromisoformat(until))


def _item(row: tuple[int, str, str, str, str, str, str, str, str, str | None, str]) -> Item:
    _, bag, version, collection_id, record_id, kind, text, sizes, scope, until, since = row
    record = json.loads(text)
    files = tuple(
        File(path, size, media.type_of(path))
        for path, size in zip(record["files"], json.loads(sizes), strict=True)
    )
    licence = _licence(scope, until)
    return Item(bag, version, collection(collection_id), record_id, kind, record, files, licence, since)
