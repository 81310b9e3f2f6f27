"""The page of one item: its medium, one of its parts, its description."""

from __future__ import annotations

from flask import Blueprint, render_template

from shulu.catalogue import media
from shulu.portal import asked
from shulu.portal.parts import parts_of
from shulu.portal.reading import document

BESIDE, PICTURES = 24, 12
"""Items of a series that the page of one of them lists, and pictures."""

items = Blueprint("items", __name__)


@items.get("/items/<bag>/<record_id>")
def item(bag: str, record_id: str) -> str:
    """Show an item: what its medium needs, one of its parts, and its description."""
    found = asked.item(bag, record_id)
    listed = parts_of(found)
    number = min(asked.number("n"), len(listed))
    view = asked.catalogue()
    before, after = view.neighbours(found)
    return render_template(
        f"item_{found.kind}.html",
        item=found,
        parts=[part.file for part in listed],
        part=listed[number - 1].file,
        labels=[part.label for part in listed],
        listed=listed,
        number=number,
        document=document(found, listed[number - 1].file) if found.kind == media.WEB else None,
        before=before,
        after=after,
        beside=view.beside(found, PICTURES if found.kind == media.PICTURE else BESIDE),
        poster=next((file for file in found.files if file.type.startswith("image/")), None),
    )
