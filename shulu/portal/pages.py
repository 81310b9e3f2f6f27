"""The pages: which address shows what."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from flask import Blueprint, abort, current_app, render_template, request

from shulu.catalogue import media
from shulu.catalogue.catalogue import Catalogue, File, Item
from shulu.portal.live import Away, Live
from shulu.programme import GROUPS

PAGE_SIZE = 24
MAX_QUERY = 100
"""Characters of a query; what comes after them is not looked at."""

_ONLY_COUNTED = re.compile(r"[A-Za-z]*[ _-]?[0-9]+")

pages = Blueprint("pages", __name__)


@pages.get("/")
def home() -> str:
    """Show the collections with their counts."""
    holdings = _catalogue().holdings()
    total = sum(holding.count for holding in holdings)
    return render_template("home.html", holdings=holdings, groups=GROUPS, total=total)


@pages.get("/collections/<collection_id>")
def collection(collection_id: str) -> str:
    """Show a page of a collection's items."""
    page = _catalogue().browse(collection_id, _number("page"), PAGE_SIZE)
    if page is None:
        abort(404)
    return render_template("collection.html", page=page, collection=page.items[0].collection)


@pages.get("/items/<bag>/<record_id>")
def item(bag: str, record_id: str) -> str:
    """Show an item: what its medium needs, one of its parts, and its description."""
    found = _item(bag, record_id)
    parts = found.parts
    number = min(_number("n"), len(parts))
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


@pages.get("/items/<bag>/<record_id>/read")
def read(bag: str, record_id: str) -> str:
    """Show an EPUB in the reader."""
    found = _item(bag, record_id)
    parts = found.parts
    number = min(_number("n"), len(parts))
    if parts[number - 1].type != media.TYPES["epub"]:
        abort(404)
    return render_template("read.html", item=found, part=parts[number - 1], number=number)


@pages.get("/search")
def search() -> str:
    """Show a page of the hits of a query."""
    catalogue = _catalogue()
    query = request.args.get("q", "")[:MAX_QUERY].strip()
    within = request.args.get("in") or None
    page = catalogue.search(query, within, _number("page"))
    return render_template(
        "search.html", query=query, within=within, page=page, holdings=catalogue.holdings()
    )


@pages.get("/about")
def about() -> str:
    """Show what is live: the release and its bags."""
    catalogue = _catalogue()
    return render_template(
        "about.html", release=catalogue.release(), bags=catalogue.bags(), holdings=catalogue.holdings()
    )


@pages.get("/content/<bag>/<path:_name>")
def content(bag: str, _name: str) -> str:
    """Say why there is no such file: the web server asks here for what it has not found."""
    _require(bag)
    abort(404)


def _catalogue() -> Catalogue:
    return _live().catalogue()


def _live() -> Live:
    live: Live = current_app.extensions["live"]
    return live


def _require(bag: str) -> None:
    if _live().is_away(bag):
        raise Away


def _item(bag: str, record_id: str) -> Item:
    found = _catalogue().item(bag, record_id)
    if found is None:
        abort(404)
    _require(bag)
    return found


def _number(name: str) -> int:
    """Return a number of the query, 1 where it is none, as addresses are typed by people too."""
    text = request.args.get(name, "").strip()
    if not text.isdecimal() or len(text) > 9:
        return 1
    return max(1, int(text))


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
