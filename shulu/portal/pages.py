"""The pages: which address shows what."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from shulu.catalogue.model import Filters
from shulu.portal import asked
from shulu.programme import GROUPS

PAGE_SIZE = 24
MAX_QUERY = 100
"""Characters of a query; what comes after them is not looked at."""

pages = Blueprint("pages", __name__)


@pages.get("/")
def home() -> str:
    """Show the collections with their counts."""
    holdings = asked.catalogue().holdings()
    total = sum(holding.count for holding in holdings)
    return render_template("home.html", holdings=holdings, groups=GROUPS, total=total)


@pages.get("/collections/<collection_id>")
def collection(collection_id: str) -> str:
    """Show a page of a collection's items."""
    page = asked.catalogue().browse(collection_id, asked.number("page"), PAGE_SIZE)
    if page is None:
        abort(404)
    return render_template("collection.html", page=page, collection=page.items[0].collection)


@pages.get("/search")
def search() -> str:
    """Show a page of the hits of a query."""
    catalogue = asked.catalogue()
    query = request.args.get("q", "")[:MAX_QUERY].strip()
    within = request.args.get("in") or None
    page = catalogue.search(query, Filters(collection=within), asked.number("page"))
    return render_template(
        "search.html", query=query, within=within, page=page, holdings=catalogue.holdings()
    )


@pages.get("/about")
def about() -> str:
    """Show what is live: the release and its bags."""
    catalogue = asked.catalogue()
    return render_template(
        "about.html", release=catalogue.release(), bags=catalogue.bags(), holdings=catalogue.holdings()
    )


@pages.get("/content/<bag>/<path:_name>")
def content(bag: str, _name: str) -> str:
    """Say why there is no such file: the web server asks here for what it has not found."""
    asked.require(bag)
    abort(404)
