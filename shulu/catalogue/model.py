"""What a catalogue tells: items, collections, pages of them, results of a search, changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote

from shulu.catalogue import media
from shulu.content.licence import Licence
from shulu.programme import Collection


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
    order; ``files`` has the others too. ``licence`` is the narrower of bag and record. ``since`` is the
    moment from which it is here as it is, ISO 8601 in UTC.
    """

    bag: str
    version: str
    collection: Collection
    id: str
    kind: str
    record: dict[str, Any]
    files: tuple[File, ...]
    licence: Licence
    since: str

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
class Lapse:
    """Records of a bag whose licence ends: ``until`` is their last day."""

    collection: Collection
    bag: str
    until: date
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
class Licensed:
    """A bag that is live, whoever may read it; ``is_one`` tells that it holds for all its records."""

    id: str
    version: str
    licence: Licence
    is_one: bool


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


@dataclass(frozen=True, slots=True)
class Filters:
    """What hits are narrowed to: a collection's id, a kind of ``media.MEDIA``, a year, a language, a creator.

    The creator is its whole name, as a record has it.
    """

    collection: str | None = None
    medium: str | None = None
    year: str | None = None
    language: str | None = None
    creator: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """One value of a facet: how many hits have it, were it the only value of that facet chosen."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts over all hits; each facet heeds the filters of the others, and not its own.

    Collections stand in the programme's order, years newest first, the others most frequent first. Values
    that no hit has are left out.
    """

    collection: tuple[Count, ...] = ()
    medium: tuple[Count, ...] = ()
    year: tuple[Count, ...] = ()
    language: tuple[Count, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, and whether it is what was looked for."""

    text: str
    hit: bool = False


Snippet = tuple[Piece, ...]
"""Where a hit is, cut out of a longer text; empty where it is in the title, the creators or the subjects."""


@dataclass(frozen=True, slots=True)
class Results:
    """One page of hits, titles first: ``snippets`` has one for each of the items."""

    items: tuple[Item, ...] = ()
    total: int = 0
    page: int = 1
    pages: int = 1
    facets: Facets = field(default_factory=Facets)
    snippets: tuple[Snippet, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A record's last change: ``item`` is None where it is gone. ``moment`` is ISO 8601 in UTC."""

    moment: str
    bag: str
    id: str
    collection: str
    item: Item | None

    @property
    def key(self) -> tuple[str, str, str]:
        """What changes are sorted by, and what ``View.changed`` goes on after."""
        return (self.moment, self.bag, self.id)
