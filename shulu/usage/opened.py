"""What one line of the web server's tells: that a page, an item or a file was opened. Never by whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from shulu.catalogue import media

_LINE = re.compile(rb"<[0-9]{1,3}>.{15} shulu: (200|206|304) (/[^\x00-\x20]*)", re.DOTALL)
_SHELF = re.compile(r"/collections/([a-z0-9-]{1,64})")
_ITEM = re.compile(r"/items/([a-z0-9-]{1,64})/([^/]{1,200})(/read)?")
_FILE = re.compile(r"/content/(?!kit/)([a-z0-9-]{1,64})/files/(.{1,1000})")
_PAGES = re.compile(r"/|/children|/search|/about|/topics(?:/[^/]+)?")
_FETCHED = frozenset({media.BOOK, media.WEB, media.VIDEO, media.AUDIO, media.OTHER})
_SERVES = frozenset({"css", "js", "mjs", "vtt", "woff", "woff2", "ttf", "json"})


@dataclass(frozen=True, slots=True)
class Opened:
    """Something that was opened: ``collection`` is "" for pages of none, ``item`` an id, ``file`` a path.

    With ``item`` it is the item's page or its reader, with ``file`` a file of the bag, else any other page.
    """

    collection: str
    bag: str = ""
    item: str = ""
    file: str = ""


def read_line(datagram: bytes) -> Opened | None:
    """Return what a line tells, None where it tells nothing that counts.

    A line is ``<PRIORITY>Mmm dd hh:mm:ss shulu: STATUS PATH`` (docs/formats.md, "Usage").
    """
    found = _LINE.fullmatch(datagram)
    if found is None:
        return None
    status, path = found[1], unquote(found[2].decode("ascii", "replace"))
    if named := _FILE.fullmatch(path):
        counts = status != b"304" and _is_fetched(named[2])
        return Opened(collection_of(named[1]), named[1], file=named[2]) if counts else None
    if status == b"206":
        return None
    if named := _ITEM.fullmatch(path):
        return Opened(collection_of(named[1]), named[1], item=named[2])
    if named := _SHELF.fullmatch(path):
        return Opened(named[1])
    return Opened("") if _PAGES.fullmatch(path) else None


def collection_of(bag: str) -> str:
    """Return a bag's collection, which its id names: ``<collection>-<volume>``."""
    return bag.rpartition("-")[0]


def _is_fetched(path: str) -> bool:
    """Tell whether a file may be what somebody came for: pictures are looked at within their item's page."""
    return (
        media.kind_of_type(media.type_of(path)) in _FETCHED and path.rpartition(".")[2].lower() not in _SERVES
    )
