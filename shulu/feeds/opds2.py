"""OPDS 2.0: the same catalogue as JSON (Readium Web Publication Manifest). https://drafts.opds.io/opds-2.0

What names a feed or a publication itself has to be absolute; all other addresses are relative to the portal.
"""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from shulu.catalogue.model import Item
from shulu.feeds import lists, works
from shulu.feeds.json import Json, answer_json
from shulu.feeds.lists import Listing
from shulu.feeds.source import base, issued, item, library, source

ROOT = "/opds2"
FEED = "application/opds+json"
PUBLICATION = "application/opds-publication+json"
_ACQUISITION = "http://opds-spec.org/acquisition/open-access"

opds2 = Blueprint("opds2", __name__)


@opds2.get(ROOT, strict_slashes=False)
def root() -> Response:
    """Return the root of the catalogue: what is new, and the collections."""
    view = source().view()
    new = {"href": f"{ROOT}/new", "title": "新到资源", "type": FEED, "rel": "http://opds-spec.org/sort/new"}
    navigation: list[Json] = [new]
    for held in view.holdings():
        href = f"{ROOT}/collections/{held.collection.id}"
        link = {"href": href, "title": held.collection.zh, "type": FEED, "rel": "subsection"}
        navigation.append({**link, "properties": {"numberOfItems": held.count}})
    metadata = {"title": library(), "modified": issued()}
    return answer_json({"metadata": metadata, "links": _links(ROOT), "navigation": navigation}, FEED)


@opds2.get(f"{ROOT}/collections/<collection_id>")
def collection(collection_id: str) -> Response:
    """Return a page of a collection."""
    return _publications(lists.of_collection(collection_id))


@opds2.get(f"{ROOT}/new")
def new() -> Response:
    """Return what came last."""
    return _publications(lists.newest())


@opds2.get(f"{ROOT}/search")
def search() -> Response:
    """Return a page of the hits of a query."""
    return _publications(lists.hits())


@opds2.get(f"{ROOT}/publications/<bag>/<record_id>")
def publication(bag: str, record_id: str) -> Response:
    """Return one item by itself."""
    return answer_json(_publication(item(bag, record_id)), PUBLICATION)


def _publications(listing: Listing) -> Response:
    links = _links(listing.address(ROOT, listing.page))
    links += [{"rel": name, "href": href, "type": FEED} for name, href in listing.ways(ROOT)]
    metadata = {
        "title": listing.title,
        "modified": listing.updated,
        "numberOfItems": listing.total,
        "itemsPerPage": listing.size,
        "currentPage": listing.page,
    }
    found = [_publication(one) for one in listing.items]
    return answer_json({"metadata": metadata, "links": links, "publications": found}, FEED)


def _links(address: str) -> list[Json]:
    return [
        {"rel": "self", "href": base() + address, "type": FEED},
        {"rel": "start", "href": ROOT, "type": FEED},
        {"rel": "search", "href": f"{ROOT}/search{{?query}}", "type": FEED, "templated": True},
    ]


def _publication(item: Item) -> Json:
    said: Json = {
        "author": item.creators,
        "contributor": works.values(item, "contributor"),
        "publisher": works.values(item, "publisher"),
        "subject": works.values(item, "subject"),
        "description": works.first(item, "description"),
        "language": works.language(item),
        "duration": works.duration(item),
        "readingProgression": works.first(item, "direction"),
    }
    day = works.date(item)
    if len(day) == len("2014-03-02"):
        said["published"] = day
    if series := works.first(item, "series"):
        said["belongsTo"] = {"series": [{"name": series}]}
    metadata: Json = {
        "@type": f"http://schema.org/{works.kind_of_work(item)}",
        "title": item.title,
        "identifier": works.identifier(item.bag, item.id),
        "modified": item.since,
        **{name: value for name, value in said.items() if value},
    }
    links: list[Json] = [
        {"rel": "self", "href": f"{base()}{ROOT}/publications/{item.bag}/{item.id}", "type": PUBLICATION},
        {"rel": "alternate", "href": works.page_of(item), "type": "text/html"},
    ]
    for way in works.acquisitions(item):
        link: Json = {"rel": _ACQUISITION, "href": way.href, "type": way.type}
        if way.title:
            link["title"] = way.title
        if way.length is not None:
            link["size"] = way.length
        links.append(link)
    return {"metadata": metadata, "links": links, "images": [_image(item)]}


def _image(item: Item) -> Json:
    """Return the item's picture, a drawn cover where it has none: each publication must have one."""
    if found := works.cover(item):
        return {"href": item.address(found), "type": found.type}
    return {"href": url_for("static", filename="cover.png"), "type": "image/png", "width": 300, "height": 400}
