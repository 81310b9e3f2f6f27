"""What is offered to televisions: films, recordings and pictures that a reader on the LAN may have.

Which those are, the links of ``readers/lan/`` in the live release say, as they say it to the web server. Each
file is reached through them, so that it cannot be opened any more from the moment on in which its link goes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from shulu.catalogue import media
from shulu.catalogue.catalogue import Catalogue
from shulu.catalogue.model import Item
from shulu.catalogue.readers import ASKED, READERS
from shulu.catalogue.view import View
from shulu.content.licence import Audience, today

AUDIENCE = "lan"
_PLAYED = frozenset({"mp4", "m4v", "mp3", "m4a", "flac", "ogg", "oga", "wav", "jpg", "jpeg"})
"""Extensions of what the server that is kept lists; WebM, Opus, PNG and drawings are not among them."""
_KINDS = frozenset({media.VIDEO, media.AUDIO, media.PICTURE})
_READ = frozenset({"books", "journals", "web"})
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Piece:
    """One file that is played or looked at; ``place`` is below the store, ``ending`` has the dot."""

    title: str
    place: str
    ending: str
    is_film: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One item as a television shows it: a file, or a folder of several; ``text`` is its description."""

    title: str
    series: str
    date: str
    text: str
    pieces: tuple[Piece, ...]


def offered(store: Path) -> Iterator[tuple[str, list[Shown]]]:
    """Yield the collections by their Chinese names, with their items in people's order.

    Raises Unreadable where the live release has no catalogue.
    """
    with closing(Catalogue(store / "live")) as catalogue:
        view = catalogue.view(Audience(AUDIENCE, today()))
        doors = _doors(catalogue, store)
        for holding in view.holdings():
            if holding.collection.group not in _READ:
                items = (_shown(item, doors) for item in _items(view, holding.collection.id))
                if shown := [item for item in items if item.pieces]:
                    yield holding.collection.zh, shown


@dataclass(frozen=True, slots=True)
class _Door:
    """The link through which a bag's files are reached, and which of them: None means all."""

    link: str
    files: frozenset[str] | None
    folder: str


def _doors(catalogue: Catalogue, store: Path) -> dict[str, _Door]:
    """Return the bags that have a link.

    Of a bag with records of several licences only those files count that may be read for as long as the bag:
    of the others the link would not tell when they lapse.
    """
    found = {}
    for bag in catalogue.licences():
        whole, asked = (f"live/{READERS}/{AUDIENCE}{part}/{bag.id}@{bag.version}" for part in ("", ASKED))
        link = whole if bag.is_one else asked
        if not os.path.isdir(store / link / "data"):  # noqa: PTH112 - errors of a pulled disk are no answer
            continue
        kept = None
        if not bag.is_one:
            terms = catalogue.files(bag.id)
            kept = frozenset(path for path, terms in terms.items() if terms.until == bag.licence.until)
        found[bag.id] = _Door(link, kept, os.path.realpath(store / link / "data" / "files"))
    return found


def _items(view: View, collection: str) -> Iterator[Item]:
    number, pages = 1, 1
    while number <= pages and (page := view.browse(collection, number, _PAGE)) is not None:
        yield from page.items
        number, pages = number + 1, page.pages


def _shown(item: Item, doors: dict[str, _Door]) -> Shown:
    door = doors.get(item.bag)
    pieces = tuple(_pieces(item, door)) if door is not None and item.kind in _KINDS else ()
    record = item.record
    return Shown(
        item.title, record.get("series", ""), record.get("date", ""), record.get("description", ""), pieces
    )


def _pieces(item: Item, door: _Door) -> Iterator[Piece]:
    parts = item.parts
    titles = [part.get("title", "") for part in item.record.get("parts", ())]
    for number, file in enumerate(parts):
        ending = PurePosixPath(file.path).suffix.lower()
        if ending[1:] not in _PLAYED or not (door.files is None or file.path in door.files):
            continue
        # As for the web server: within a bag no link is followed.
        if os.path.realpath(f"{door.folder}/{file.path}") != f"{door.folder}/{file.path}":
            continue
        title = titles[number] if len(parts) > 1 and number < len(titles) and titles[number] else item.title
        place = f"{door.link}/data/files/{file.path}"
        yield Piece(title, place, ending, item.kind == media.VIDEO)
