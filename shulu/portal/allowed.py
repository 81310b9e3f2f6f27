"""Answers the web server, which asks whether the reader may have a file of a bag with several licences."""

from __future__ import annotations

from flask import Blueprint

from shulu.catalogue.catalogue import Catalogue
from shulu.content.licence import Licence, permits
from shulu.portal import asked

allowed = Blueprint("allowed", __name__)


@allowed.get("/shulu-allowed/<bag>/files/<path:name>")
def file(bag: str, name: str) -> tuple[str, int]:
    """Answer 204 where the file, spelt exactly so, is of a record that the reader may see, 401 otherwise.

    Only the web server can ask (roles/portal, site.conf); 403 is its own word for those who are no readers.
    """
    live = asked.live()
    licences = live.remembered(("files", bag), lambda: _licences(live.catalogue(), bag))
    licence = licences.get(name)
    return ("", 204) if licence is not None and permits(licence, asked.audience()) else ("", 401)


def _licences(catalogue: Catalogue, bag: str) -> dict[str, Licence]:
    """Return a bag's files with their licences; none where the web server need not ask."""
    mixed = {held.id for held in catalogue.licences() if not held.is_one}
    return catalogue.files(bag) if bag in mixed else {}
