"""Which of an item's files stands for it where it is but listed."""

from __future__ import annotations

from shulu.catalogue import media
from shulu.catalogue.model import File, Item

_NO_COVER = {media.WEB, media.OTHER}
"""Kinds whose pictures are part of the text, a seal or a map, and say nothing on a shelf."""


def picture(item: Item) -> File | None:
    """Return the picture that stands for an item: itself, its first page, its poster; None for none."""
    if item.kind in _NO_COVER:
        return None
    return next((file for file in item.files if file.type.startswith("image/")), None)
