"""What feeds of every kind say of an item in the same words."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

from shulu.catalogue import media
from shulu.catalogue.model import File, Item
from shulu.catalogue.pictures import picture

NAMESPACE = "oai:shulu.internal:"
"""Before bag and id: a record has the same identifier in every library. ``internal`` is nobody's domain."""

TYPES = {
    media.BOOK: "Book",
    media.PAGES: "PublicationIssue",
    media.PICTURE: "ImageObject",
    media.VIDEO: "VideoObject",
    media.AUDIO: "AudioObject",
    media.WEB: "Article",
    media.OTHER: "CreativeWork",
}
"""schema.org's type for each kind of item."""

_SHOWABLE = {"image/jpeg", "image/png", "image/gif"}
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_NO_LANGUAGE = {"zxx", "und", "mul", "mis"}
_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
_FIRST_DAY = "-01-01"
_MAX_SECONDS = 10_000_000


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One way to get an item, or a part of it: ``length`` in bytes, None where it is no file."""

    href: str
    type: str
    length: int | None
    title: str


def identifier(bag: str, record_id: str) -> str:
    """Return a record's identifier, a URI."""
    return f"{NAMESPACE}{bag}/{record_id}"


def page_of(item: Item) -> str:
    """Return the address of an item's page, without scheme and host."""
    return f"/items/{item.bag}/{item.id}"


def kind_of_work(item: Item) -> str:
    """Return schema.org's type for an item; page images are an issue only where they are of a journal."""
    if item.kind == media.PAGES and item.collection.group != "journals":
        return TYPES[media.BOOK]
    return TYPES[item.kind]


def cover(item: Item) -> File | None:
    """Return an item's picture where every program shows its format."""
    found = picture(item)
    return found if found is not None and found.type in _SHOWABLE else None


def acquisitions(item: Item) -> list[Acquisition]:
    """Return the ways to get an item, at least one.

    Many page images are of no use to a program that fetches files: it is led to the page that shows them.
    """
    parts = item.parts
    if not parts or (item.kind == media.PAGES and len(parts) > 1):
        return [Acquisition(page_of(item), "text/html", None, item.title)]
    said = item.record.get("parts", ())
    names = [part.get("title", "") for part in said] if len(said) == len(parts) else [""] * len(parts)
    return [
        Acquisition(item.address(part), part.type, part.bytes, name)
        for part, name in zip(parts, names, strict=True)
    ]


def values(item: Item, name: str) -> list[str]:
    """Return the values of an element of the record, maybe none."""
    value = item.record.get(name)
    found: Iterable[object] = value if isinstance(value, list) else [value]
    return [text for text in found if isinstance(text, str) and text.strip()]


def first(item: Item, name: str) -> str:
    """Return the first value of an element, "" for none."""
    return next(iter(values(item, name)), "")


def language(item: Item) -> str:
    """Return the language of an item (BCP 47), "" where the record names none."""
    said = first(item, "language").strip()
    return said if _LANGUAGE.fullmatch(said) and said not in _NO_LANGUAGE else ""


def date(item: Item) -> str:
    """Return the date of an item as far as it is known: year, month or day of ISO 8601, "" for none."""
    said = first(item, "date").strip()
    return said if _DATE.fullmatch(said) and first_day(said) else ""


def first_day(date: str) -> str:
    """Return the first day of a year, a month or a day, "" where the calendar has none such."""
    day = date + _FIRST_DAY[len(date) - 4 :]
    try:
        return datetime.date.fromisoformat(day).isoformat()
    except ValueError:
        return ""


def duration(item: Item) -> float:
    """Return the length of an item in seconds, 0 where the record names none."""
    said = item.record.get("duration")
    known = isinstance(said, int | float) and not isinstance(said, bool) and 0 < said <= _MAX_SECONDS
    return float(said) if known and said is not None else 0.0
