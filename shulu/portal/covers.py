"""What an item looks like on a shelf: a picture of its own, or the colour of the cover drawn for it."""

from __future__ import annotations

import zlib

from shulu.catalogue import media
from shulu.catalogue.model import File, Item

TONES = 5
"""Colours of book covers in shelves.css."""

_NO_COVER = {media.WEB, media.OTHER}
"""Kinds whose pictures are part of the text, a seal or a map, and say nothing on a shelf."""


def picture(item: Item) -> File | None:
    """Return the picture that stands for an item: itself, its first page, its poster; None for none."""
    if item.kind in _NO_COVER:
        return None
    return next((file for file in item.files if file.type.startswith("image/")), None)


def tone(item: Item) -> int:
    """Return the number of an item's colour, always the same, so that a reader finds the book again."""
    return zlib.crc32(f"{item.bag}/{item.id}".encode()) % TONES
