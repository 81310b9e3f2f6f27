"""Read a catalogue: its release, its collections, its items."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from shulu.catalogue import media
from shulu.catalogue.schema import CATALOGUE_FILE, FORMAT
from shulu.catalogue.search import Hits, search
from shulu.programme import Collection, collection


class Unreadable(Exception):  # noqa: N818 - it says what the file is
    """A catalogue that is missing, or is none."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of an item; ``path`` is relative to the bag's ``data/files``, ``bytes`` its size."""

    path: str
    bytes: int
    type: str


@dataclass(frozen=True, slots=True)
class Item:
    """One record with its place: its bag and that bag's version, its collection, and the kind of its medium.

    ``record`` is the whole descriptive record. ``parts`` are the files to read, look at or listen to, in
    order; ``files`` has the others too.
    """

    bag: str
    version: str
    collection: Collection
    id: str
    kind: str
    record: dict[str, Any]
    files: tuple[File, ...]

    @property
    def title(self) -> str:
        """The record's title."""
        return str(self.record["title"])

    @property
    def creators(self) -> list[str]:
        """The record's creators, maybe none."""
        return list(self.record.get("creator", ()))

    @property
    def parts(self) -> list[File]:
        """The files that make up the item."""
        return [self.files[n] for n in media.main_files([file.path for file in self.files], self.kind)]

    def address(self, file: File) -> str:
        """Return the address of a file's content; it names the version, so that caches never mix two."""
        return f"/content/{self.bag}/files/{quote(file.path)}?v={quote(self.version)}"


@dataclass(frozen=True, slots=True)
class Holding:
    """A collection as far as it is here: how many items."""

    collection: Collection
    count: int


@dataclass(frozen=True, slots=True)
class Bag:
    """A bag that is live; ``bytes`` and ``files`` are of its payload."""

    id: str
    collection: str
    version: str
    bytes: int
    files: int


@dataclass(frozen=True, slots=True)
class LiveRelease:
    """The release that the catalogue describes; moments in ISO 8601, UTC."""

    epoch: int
    serial: int
    issued: str
    expires: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of items: pages count from 1, ``total`` is the number of all items."""

    items: tuple[Item, ...]
    total: int
    page: int
    pages: int


class Catalogue:
    """A release's catalogue, opened read-only. Not for more than one thread at a time."""

    def __init__(self, release_folder: Path) -> None:
        """Open ``catalogue.db`` of a release's folder; raises Unreadable."""
        path = release_folder / CATALOGUE_FILE
        try:
            # Immutable: no locks and no look for a journal; a new release has a new file.
            self._db = sqlite3.connect(f"file:{quote(str(path))}?immutable=1&mode=ro", uri=True)
            found = self._db.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error as error:
            raise Unreadable(f"{path}: {error}") from error
        if found != FORMAT:
            self._db.close()
            raise Unreadable(f"{path} has the format {found}, this program reads {FORMAT}")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def release(self) -> LiveRelease:
        """Return the release that this catalogue describes."""
        return LiveRelease(*self._db.execute("SELECT epoch, serial, issued, expires FROM release").fetchone())

    def bags(self) -> list[Bag]:
        """Return the bags that are here, by id."""
        return [
            Bag(*row)
            for row in self._db.execute("SELECT id, collection, version, bytes, files FROM bags ORDER BY id")
        ]

    def holdings(self) -> list[Holding]:
        """Return the collections that have items here, in the programme's order."""
        rows = self._db.execute("SELECT id, last - first + 1 FROM collections ORDER BY place")
        return [Holding(collection(name), count) for name, count in rows]

    def browse(self, collection_id: str, page: int, size: int) -> Page | None:
        """Return a page of a collection's items; None where there is no such collection here."""
        row = self._db.execute(
            "SELECT first, last FROM collections WHERE id = ?", (collection_id,)
        ).fetchone()
        if row is None:
            return None
        first, last = row
        total = last - first + 1
        pages = -(-total // size)
        page = min(max(1, page), pages)
        begin = first + (page - 1) * size
        return Page(self._items(range(begin, min(begin + size, last + 1))), total, page, pages)

    def item(self, bag: str, record_id: str) -> Item | None:
        """Return one item; None where it is not here."""
        row = self._db.execute(
            "SELECT number FROM records WHERE bag = ? AND id = ?", (bag, record_id)
        ).fetchone()
        return next(iter(self._items(row)), None) if row else None

    def search(self, query: str, collection_id: str | None, page: int) -> Page:
        """Search, as ``shulu.catalogue.search`` does, and return the hits as items."""
        hits: Hits = search(self._db, query, collection_id, page)
        return Page(self._items(hits.numbers), hits.total, hits.page, hits.pages)

    def _items(self, numbers: Iterable[int]) -> tuple[Item, ...]:
        statement = (
            "SELECT records.bag, bags.version, bags.collection, records.id, kind, record, sizes"
            " FROM records JOIN bags ON bags.id = records.bag WHERE number = ?"
        )
        return tuple(_item(self._db.execute(statement, (number,)).fetchone()) for number in numbers)


def _item(row: tuple[str, str, str, str, str, str, str]) -> Item:
    bag, version, collection_id, record_id, kind, text, sizes = row
    record = json.loads(text)
    files = tuple(
        File(path, size, media.type_of(path))
        for path, size in zip(record["files"], json.loads(sizes), strict=True)
    )
    return Item(bag, version, collection(collection_id), record_id, kind, record, files)
