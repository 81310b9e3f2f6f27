"""What an item looks like on a shelf: a picture of its own, or the colour of the cover drawn for it."""

from __future__ import annotations

import zlib

from shulu.catalogue.model import Item
from shulu.catalogue.pictures import picture

__all__ = ["TONES", "picture", "tone"]

TONES = 5
"""Colours of book covers in shelves.css."""


def tone(item: Item) -> int:
    """Return the number of an item's colour, always the same, so that a reader finds the book again."""
    return zlib.crc32(f"{item.bag}/{item.id}".encode()) % TONES
