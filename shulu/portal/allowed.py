"""Answers the web server, which asks whether the reader may have a file of a bag with several licences."""

from __future__ import annotations

from flask import Blueprint

from shulu.catalogue.catalogue import Catalogue
from shulu.content.licence import permits
from shulu.portal import asked

allowed = Blueprint("allowed", __name__)


@allowed.get("/shulu-allowed/<bag>/files/<path:name>")
def file(bag: str, name: str) -> tuple[str, int]:
    """Answer 204 where the file, spelt exactly so, is of a record that the reader may see, 401 otherwise.

    Only the web server can ask (roles/portal, site.conf); 403 is its own word for those who are no readers.
    """
    live = asked.live()
    # Anybody can make up names of bags: nothing is remembered for one of which the web server need not ask.
    if bag not in live.remembered("mixed", lambda: _mixed(live.catalogue())):
        return "", 401
    licence = live.remembered(("files", bag), lambda: live.catalogue().files(bag)).get(name)
    return ("", 204) if licence is not None and permits(licence, asked.audience()) else ("", 401)


def _mixed(catalogue: Catalogue) -> frozenset[str]:
    """Return the bags whose records have several licences, whoever asks: only of them the web server asks."""
    return frozenset(held.id for held in catalogue.licences() if not held.is_one)
