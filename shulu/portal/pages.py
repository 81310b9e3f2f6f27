"""The pages of what is here: home, collections, the search over them, the children's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request, url_for

from shulu.catalogue.media import BOOK, MEDIA, PAGES, PICTURE, VIDEO
from shulu.catalogue.model import Count, Facets, Filters, Holding, Item
from shulu.catalogue.sorting import SORTS
from shulu.catalogue.view import View
from shulu.portal import asked, describe
from shulu.portal.covers import picture
from shulu.portal.topic_pages import cards
from shulu.programme import GROUPS
from shulu.programme import collection as collection_of

PAGE_SIZE = 24
CHILDREN_PAGE_SIZE = 9
CHILDREN = "children"
NEWEST = 12
MAX_QUERY = 100
"""Characters of a query; what comes after them is not looked at."""
MAX_NAME, CREATORS = 300, 60
"""Characters of a creator's name, and how many creators a collection of documents lists."""
_FACES, _LOOKED_AT = 3, 8
"""Covers of a collection on the home page, and items that are looked at for those with a picture."""
SORT_NAMES = ((None, "馆藏顺序"), ("title", "题名拼音"), ("newest", "新到在前"), ("year", "年份"))
_ON_SHELVES = {BOOK, PAGES, PICTURE, VIDEO}
"""Kinds that are shown by their covers, unless the reader wants a list."""

pages = Blueprint("pages", __name__)


@pages.get("/")
def home() -> str:
    """Show the collections with their counts, what came last, and the topics of these days."""
    shelves, newest = asked.remembered("home", _home)
    return render_template(
        "home.html",
        shelves=shelves,
        newest=newest,
        groups=GROUPS,
        total=sum(holding.count for holding, _ in shelves),
        topics=cards(topic for topic in asked.topics().topics if topic.is_on(asked.audience().today)),
    )


def _home(view: View) -> tuple[list[tuple[Holding, list[Item]]], list[Item]]:
    shelves = [(holding, _faces(view, holding.collection.id)) for holding in view.holdings()]
    return shelves, _newest(view)


def _newest(view: View) -> list[Item]:
    """Return what came last; of what came together, the first of each collection before the second of any."""
    found = [
        (place, item)
        for collection_id in _held(view)
        if (page := view.browse(collection_id, 1, NEWEST, sort="newest"))
        for place, item in enumerate(page.items)
    ]
    found.sort(key=lambda one: one[0])
    found.sort(key=lambda one: one[1].since, reverse=True)
    return [item for _, item in found[:NEWEST]]


def _faces(view: View, collection_id: str) -> list[Item]:
    page = view.browse(collection_id, 1, _LOOKED_AT)
    items = () if page is None else page.items
    return sorted(items, key=lambda item: picture(item) is None)[:_FACES]


def ways() -> list[tuple[str, str, str]]:
    """Return where the head of every page leads: addresses, names in Chinese and English.

    Raises Unreadable where nothing is live.
    """
    held = asked.remembered("held", _held)
    found = [(url_for("pages.home"), "首页", "Home")]
    if asked.topics().topics:
        found.append((url_for("topics.index"), "专题", "Topics"))
    if CHILDREN in held:
        found.append((url_for("pages.children"), "少儿", "For children"))
    return found


def _held(view: View) -> dict[str, int]:
    """Return the collections that are here by their ids, and how many items each has."""
    return {holding.collection.id: holding.count for holding in view.holdings()}


@pages.get("/collections/<collection_id>")
def collection(collection_id: str) -> str:
    """Show a page of a collection's items, all or those of a year, of a creator, in an order."""
    view = asked.catalogue()
    year, creator = request.args.get("year") or None, request.args.get("creator", "")[:MAX_NAME] or None
    sort, said = request.args.get("sort"), request.args.get("view")
    sort, said = sort if sort in SORTS else None, said if said in {"shelf", "list"} else None
    number = asked.number("page")
    page = view.browse(collection_id, number, PAGE_SIZE, sort=sort or "", year=year, creator=creator)
    if page is None:
        abort(404)
    found = collection_of(collection_id)
    return render_template(
        [f"collection_{found.group}.html", "collection.html"],
        collection=found,
        total=asked.remembered("held", _held)[collection_id],
        page=page,
        years=_years(collection_id, creator),
        creators=_creators(collection_id) if found.group == "web" else (),
        sorts=SORT_NAMES,
        letters=_letters(collection_id)
        if sort == "title" and page.total > PAGE_SIZE and not (year or creator)
        else (),
        view=said or ("shelf" if page.items and page.items[0].kind in _ON_SHELVES else "list"),
        chosen={"year": year, "creator": creator, "sort": sort, "view": said},
    )


def _letters(collection_id: str) -> list[tuple[str, int, int]]:
    """Return the letters of a collection's titles, each with the page and the entry that it begins at."""

    def letters(view: View) -> list[tuple[str, int, int]]:
        found = view.letters(collection_id)
        return [(letter, before // PAGE_SIZE + 1, before % PAGE_SIZE + 1) for letter, before in found]

    return asked.remembered(f"letters {collection_id}", letters)


def _years(collection_id: str, creator: str | None) -> tuple[Count, ...]:
    """Return how many items of a collection, maybe of a creator, each year has, latest first."""

    def years(view: View) -> tuple[Count, ...]:
        return view.search("", Filters(collection=collection_id, creator=creator)).facets.year

    return years(asked.catalogue()) if creator else asked.remembered(f"years {collection_id}", years)


def _creators(collection_id: str) -> list[Count]:
    return asked.remembered(f"creators {collection_id}", lambda view: view.creators(collection_id)[:CREATORS])


@pages.get("/children")
def children() -> str:
    """Show the children's collection to children: large pictures, few words."""
    page = asked.catalogue().browse(CHILDREN, asked.number("page"), CHILDREN_PAGE_SIZE)
    if page is None:
        abort(404)
    return render_template("children.html", page=page)


@pages.get("/search")
def search() -> str:
    """Show a page of the hits of a query, and what they can be narrowed to."""
    query = request.args.get("q", "")[:MAX_QUERY].strip()
    names = ("in", "medium", "year", "language")
    chosen = {"q": query, **{name: request.args.get(name, "")[:MAX_QUERY] or None for name in names}}
    filters = Filters(*(chosen[name] for name in names))
    found = asked.catalogue().search(query, filters, asked.number("page"))
    wanted = bool(query) or filters != Filters()
    return render_template(
        "search.html",
        query=query,
        chosen=chosen,
        asked=wanted,
        page=found,
        facets=_facets(found.facets),
        shelves=() if wanted else _shelves(),
        removable=list(_removable(chosen)),
    )


def _shelves() -> list[tuple[str, str, int]]:
    """Return where a reader may begin who asks for nothing: collections by id, with name and count."""
    return [(held, collection_of(held).zh, count) for held, count in asked.remembered("held", _held).items()]


def _facets(facets: Facets) -> list[tuple[str, str, list[tuple[str, str, int]]]]:
    """Return each facet that parts the hits: its title, its name in addresses, and its values."""
    shown = (("资源库", "in", facets.collection), ("类型", "medium", facets.medium))
    rest = (("年份", "year", facets.year), ("语种", "language", facets.language))
    return [
        (title, name, _values(name, counts)) for title, name, counts in (*shown, *rest) if len(counts) > 1
    ]


def _values(name: str, counts: Iterable[Count]) -> list[tuple[str, str, int]]:
    return [(count.value, _label(name, count.value), count.count) for count in counts]


def _label(name: str, value: str) -> str:
    if name == "in":
        return collection_of(value).zh
    if name == "medium":
        return MEDIA[value][0] if value in MEDIA else value
    return describe.language_name(value) if name == "language" else value


def _removable(chosen: Mapping[str, str | None]) -> Iterable[tuple[str, str]]:
    for name, value in chosen.items():
        if value and name != "q":
            rest: dict[str, Any] = {other: said for other, said in chosen.items() if said and other != name}
            yield url_for("pages.search", **rest), _label(name, value)


@pages.get("/suggest")
def suggest() -> Response:
    """Return, as JSON, titles and creators that go on as a query begins."""
    query = request.args.get("q", "")[:MAX_QUERY].strip()
    return jsonify(suggestions=asked.catalogue().suggest(query) if query else [])


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
    if bag in asked.remembered("bags", lambda view: {held.id for held in view.bags()}):
        asked.require(bag)
    abort(404)
