"""The pages of one item: its medium, one of its parts, its description, and the reader of a book."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from flask import Blueprint, abort, render_template

from shulu.catalogue import media
from shulu.catalogue.model import File, Item
from shulu.portal import asked

_ONLY_COUNTED = re.compile(r"[A-Za-z]*[ _-]?[0-9]+")

items = Blueprint("items", __name__)


@items.get("/items/<bag>/<record_id>")
def item(bag: str, record_id: str) -> str:
    """Show an item: what its medium needs, one of its parts, and its description."""
    found = asked.item(bag, record_id)
    parts = found.parts
    number = min(asked.number("n"), len(parts))
    part = parts[number - 1]
    return render_template(
        f"item_{found.kind}.html",
        item=found,
        parts=parts,
        number=number,
        part=part,
        labels=[_label(file) for file in parts],
        tracks=_tracks(found, part),
        poster=next((file for file in found.files if file.type.startswith("image/")), None),
    )


@items.get("/items/<bag>/<record_id>/read")
def read(bag: str, record_id: str) -> str:
    """Show an EPUB in the reader."""
    found = asked.item(bag, record_id)
    parts = found.parts
    number = min(asked.number("n"), len(parts))
    if parts[number - 1].type != media.TYPES["epub"]:
        abort(404)
    return render_template("read.html", item=found, part=parts[number - 1], number=number)


def _label(file: File) -> str:
    """Return the name of a part as far as it says more than a number."""
    stem = PurePosixPath(file.path).stem
    return "" if _ONLY_COUNTED.fullmatch(stem) else stem


def _tracks(found: Item, part: File) -> list[File]:
    """Return the subtitles of a film: WebVTT files that are called as it is (``1.vtt``, ``1.en.vtt``)."""
    stem = PurePosixPath(part.path).with_suffix("")
    return [
        file
        for file in found.files
        if file.type == media.TYPES["vtt"] and f"{PurePosixPath(file.path)}".startswith(f"{stem}.")
    ]
