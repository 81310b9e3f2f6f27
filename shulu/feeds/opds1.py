"""OPDS 1.2: the catalogue for e-reader apps, as Atom feeds. Addresses are relative to the portal.

https://specs.opds.io/opds-1.2, RFC 4287; pages of images one by one as OPDS-PSE 1.1 has it.
"""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, abort, redirect
from werkzeug.wrappers import Response as Answer

from shulu.catalogue import media
from shulu.catalogue.model import Item
from shulu.feeds import lists, works
from shulu.feeds.lists import Listing
from shulu.feeds.source import base, issued, item, library, source
from shulu.feeds.xml import Element, add, answer

ROOT = "/opds"
NAVIGATION = "application/atom+xml;profile=opds-catalog;kind=navigation"
ACQUISITION = "application/atom+xml;profile=opds-catalog;kind=acquisition"
ENTRY = "application/atom+xml;type=entry;profile=opds-catalog"
OPENSEARCH = "application/opensearchdescription+xml"

_OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
_NAMES = {
    "xmlns": "http://www.w3.org/2005/Atom",
    "xmlns:dc": "http://purl.org/dc/terms/",
    "xmlns:opensearch": _OPENSEARCH,
    "xmlns:pse": "http://vaemendis.net/opds-pse/ns",
}
_REL = "http://opds-spec.org/"
_STREAM = "http://vaemendis.net/opds-pse/stream"

opds1 = Blueprint("opds1", __name__)


@opds1.get(ROOT, strict_slashes=False)
def root() -> Response:
    """Return the root of the catalogue: what is new, and the collections."""
    view = source().view()
    moment = issued()
    feed = _feed("", library(), NAVIGATION, ROOT, moment)
    ways = [("new", "新到资源", "New arrivals", "sort/new")]
    ways += [
        (f"collections/{held.collection.id}", held.collection.zh, f"{held.collection.en} · {held.count}", "")
        for held in view.holdings()
    ]
    for path, title, text, relation in ways:
        entry = add(feed, "entry")
        add(entry, "title", title)
        add(entry, "id", _id(path))
        add(entry, "updated", moment)
        add(entry, "content", text, type="text")
        _link(entry, _REL + relation if relation else "subsection", f"{ROOT}/{path}", ACQUISITION)
    return answer(feed, NAVIGATION)


@opds1.get(f"{ROOT}/collections/<collection_id>")
def collection(collection_id: str) -> Response:
    """Return a page of a collection."""
    return _acquisition(lists.of_collection(collection_id))


@opds1.get(f"{ROOT}/new")
def new() -> Response:
    """Return what came last."""
    return _acquisition(lists.newest())


@opds1.get(f"{ROOT}/search")
def search() -> Response:
    """Return a page of the hits of a query."""
    return _acquisition(lists.hits())


@opds1.get(f"{ROOT}/entries/<bag>/<record_id>")
def entry(bag: str, record_id: str) -> Response:
    """Return one item by itself."""
    found = item(bag, record_id)
    made = Element("entry", _NAMES)
    _fill(made, found)
    if not found.creators:
        add(add(made, "author"), "name", library())
    return answer(made, ENTRY)


@opds1.get(f"{ROOT}/pages/<bag>/<record_id>/<int:number>")
def page(bag: str, record_id: str, number: int) -> Answer:
    """Lead to the page image of this number, from 0, as OPDS-PSE counts."""
    found = item(bag, record_id)
    if found.kind != media.PAGES or number >= len(found.parts):
        abort(404)
    return redirect(found.address(found.parts[number]), 302)


@opds1.get(f"{ROOT}/opensearch.xml")
def description() -> Response:
    """Describe the search, for browsers and for both versions of OPDS."""
    made = Element("OpenSearchDescription", {"xmlns": _OPENSEARCH})
    name = library()
    add(made, "ShortName", name[:16])
    add(made, "Description", f"检索{name}的资源")
    add(made, "InputEncoding", "UTF-8")
    add(made, "OutputEncoding", "UTF-8")
    templates = (
        (ACQUISITION, f"{ROOT}/search?q={{searchTerms}}&page={{startPage?}}"),
        ("application/opds+json", "/opds2/search?query={searchTerms}&page={startPage?}"),
        ("text/html", "/search?q={searchTerms}"),
    )
    for content_type, template in templates:
        add(made, "Url", type=content_type, template=base() + template)
    return answer(made, OPENSEARCH)


def _acquisition(listing: Listing) -> Response:
    path = listing.address("", 1).lstrip("/")
    feed = _feed(path, listing.title, ACQUISITION, listing.address(ROOT, listing.page), listing.updated)
    _link(feed, "up", ROOT, NAVIGATION)
    for relation, href in listing.ways(ROOT):
        _link(feed, relation, href, ACQUISITION)
    add(feed, "opensearch:totalResults", str(listing.total))
    add(feed, "opensearch:itemsPerPage", str(listing.size))
    add(feed, "opensearch:startIndex", str((listing.page - 1) * listing.size + 1))
    for one in listing.items:
        _fill(add(feed, "entry"), one)
    return answer(feed, ACQUISITION)


def _feed(path: str, title: str, content_type: str, address: str, updated: str) -> Element:
    feed = Element("feed", _NAMES)
    add(feed, "id", _id(path))
    add(feed, "title", title)
    add(feed, "updated", updated)
    add(add(feed, "author"), "name", library())
    add(feed, "icon", "/static/mark.svg")
    _link(feed, "self", address, content_type)
    _link(feed, "start", ROOT, NAVIGATION)
    _link(feed, "search", f"{ROOT}/opensearch.xml", OPENSEARCH)
    return feed


def _fill(entry: Element, item: Item) -> None:
    """Write an item into an entry."""
    add(entry, "title", item.title)
    add(entry, "id", works.identifier(item.bag, item.id))
    add(entry, "updated", item.since)
    for person, names in (("author", item.creators), ("contributor", works.values(item, "contributor"))):
        for name in names:
            add(add(entry, person), "name", name)
    for subject in works.values(item, "subject"):
        add(entry, "category", term=subject, label=subject)
    for tag, name in (("summary", "description"), ("rights", "rights")):
        for text in works.values(item, name)[:1]:
            add(entry, tag, text, type="text")
    dated = (("language", works.language(item)), ("issued", works.date(item)))
    named = (("publisher", works.first(item, "publisher")), ("identifier", works.first(item, "identifier")))
    for name, value in (*dated, *named):
        if value:
            add(entry, f"dc:{name}", value)
    _links(entry, item)


def _links(entry: Element, item: Item) -> None:
    _link(entry, "self", f"{ROOT}/entries/{item.bag}/{item.id}", ENTRY)
    _link(entry, "alternate", works.page_of(item), "text/html")
    if picture := works.cover(item):
        for relation in ("image", "image/thumbnail"):
            _link(entry, _REL + relation, item.address(picture), picture.type)
    for way in works.acquisitions(item):
        more = {"title": way.title} if way.title else {}
        if way.length is not None:
            more["length"] = str(way.length)
        _link(entry, f"{_REL}acquisition/open-access", way.href, way.type, **more)
    images = {part.type for part in item.parts}
    if item.kind == media.PAGES and len(images) == 1:
        href = f"{ROOT}/pages/{item.bag}/{item.id}/{{pageNumber}}"
        _link(entry, _STREAM, href, images.pop(), **{"pse:count": str(len(item.parts))})


def _link(parent: Element, relation: str, href: str, content_type: str, **more: str) -> None:
    add(parent, "link", rel=relation, href=href, type=content_type, **more)


def _id(path: str) -> str:
    """Return the identifier of a list: each library has lists of its own."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{library()} {ROOT}/{path}").urn
