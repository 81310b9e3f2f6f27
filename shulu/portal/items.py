"""The pages of one item: its medium, one of its parts, its description, and the reader of a book."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from shulu.catalogue import media
from shulu.portal import asked
from shulu.portal.parts import parts_of

items = Blueprint("items", __name__)


@items.get("/items/<bag>/<record_id>")
def item(bag: str, record_id: str) -> str:
    """Show an item: what its medium needs, one of its parts, and its description."""
    found = asked.item(bag, record_id)
    listed = parts_of(found)
    number = min(asked.number("n"), len(listed))
    before, after = asked.catalogue().neighbours(found)
    return render_template(
        f"item_{found.kind}.html",
        item=found,
        parts=[part.file for part in listed],
        part=listed[number - 1].file,
        labels=[part.label for part in listed],
        listed=listed,
        number=number,
        before=before,
        after=after,
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
