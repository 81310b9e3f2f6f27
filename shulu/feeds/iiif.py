"""IIIF Presentation 3: journals and pictures as manifests for any viewer; plain images, no tiles.

https://iiif.io/api/presentation/3.0
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request

from shulu.catalogue import media
from shulu.catalogue.model import File, Item
from shulu.feeds import works
from shulu.feeds.images import size
from shulu.feeds.json import Json, answer_json
from shulu.feeds.source import base, item, library, source

CONTEXT = "http://iiif.io/api/presentation/3/context.json"
TYPE = f'application/ld+json;profile="{CONTEXT}"'
_LABELS = (
    ("creator", "责任者", "Creator"),
    ("contributor", "其他责任者", "Contributor"),
    ("subject", "主题", "Subject"),
    ("publisher", "出版者", "Publisher"),
    ("date", "日期", "Date"),
    ("issue", "期次", "Issue"),
    ("place", "地点", "Place"),
    ("source", "来源", "Source"),
)
_MOST_ISSUES = 5000
_MAX_NAME = 300

iiif = Blueprint("iiif", __name__)


@iiif.get("/iiif/<bag>/<record_id>/manifest.json")
def manifest(bag: str, record_id: str) -> Response:
    """Return the manifest of a journal's issue or a picture; 404 where it is no images, or none is whole.

    Where a page cannot be read just now, there is none: a viewer would keep one without it as all there is.
    """
    found = item(bag, record_id)
    canvases = list(_canvases(found)) if shown(found) else []
    if not canvases:
        abort(404)
    made: Json = {
        "@context": CONTEXT,
        "id": _address(found),
        "type": "Manifest",
        "label": _text(found, found.title),
        "metadata": list(_metadata(found)),
        "viewingDirection": _direction(found),
        "behavior": ["paged" if found.kind == media.PAGES and len(canvases) > 1 else "individuals"],
        "provider": [_provider()],
        "homepage": [_page(base() + works.page_of(found), found.title)],
        "thumbnail": canvases[0]["thumbnail"],
        "items": canvases,
    }
    if text := works.first(found, "description"):
        made["summary"] = _text(found, text)
    if text := works.first(found, "rights"):
        made["requiredStatement"] = {
            "label": {"zh": ["权限"], "en": ["Rights"]},
            "value": _text(found, text),
        }
    if moment := _moment(found):
        made["navDate"] = moment
    if series := works.first(found, "series"):
        whole = {"id": _series(series, found.collection.id), "type": "Collection"}
        made["partOf"] = [{**whole, "label": {"none": [series]}}]
    return _answer(made, [found])


@iiif.get("/iiif/series.json")
def series() -> Response:
    """Return the collection of a journal's issues, by its name and the collection that it is in."""
    name, within = (request.args.get(key, "")[:_MAX_NAME] for key in ("name", "in"))
    found = [one for one in source().view().series(name, within)[:_MOST_ISSUES] if shown(one)]
    if not name or not found:
        abort(404)
    made: Json = {
        "@context": CONTEXT,
        "id": _series(name, within),
        "type": "Collection",
        "label": {"none": [name]},
        "provider": [_provider()],
        "items": [_reference(one) for one in found],
    }
    return _answer(made, found)


def shown(item: Item) -> bool:
    """Tell whether an item is one of images."""
    return item.kind in {media.PAGES, media.PICTURE}


def path_of(item: Item) -> str:
    """Return the address of an item's manifest, without scheme and host."""
    return f"/iiif/{item.bag}/{item.id}/manifest.json"


def _address(item: Item) -> str:
    return base() + path_of(item)


def _series(name: str, collection_id: str) -> str:
    return f"{base()}/iiif/series.json?{urlencode({'in': collection_id, 'name': name})}"


def _reference(item: Item) -> Json:
    made: Json = {"id": _address(item), "type": "Manifest", "label": _text(item, item.title)}
    if moment := _moment(item):
        made["navDate"] = moment
    return made


def _canvases(item: Item) -> list[Json]:
    """Return a canvas for each image that is whole; a broken one keeps its number."""
    made = []
    for number, part in enumerate(item.parts, 1):
        measured = _measured(item, part)
        if measured is not None:
            made.append(_canvas(item, number, part, *measured))
    return made


def _measured(item: Item, part: File) -> tuple[int, int] | None:
    """Return an image's width and height, None where it is broken or missing; raises the state of being away.

    What a disk took along that went during this request is missing too, but not from its bag.
    """
    try:
        return size(source().folder() / "bags" / item.bag / "data/files" / part.path, item.version)
    except FileNotFoundError:
        source().require(item.bag)
        return None
    except OSError as error:
        raise source().away from error


def _canvas(item: Item, number: int, part: File, width: int, height: int) -> Json:
    canvas = f"{base()}/iiif/{item.bag}/{item.id}/canvas/{number}"
    sides: Json = {"width": width, "height": height}
    body = {"id": base() + item.address(part), "type": "Image", "format": part.type, **sides}
    painting: Json = {
        "id": f"{canvas}/painting",
        "type": "Annotation",
        "motivation": "painting",
        "body": body,
        "target": canvas,
    }
    return {
        "id": canvas,
        "type": "Canvas",
        "label": {"none": [str(number)]},
        **sides,
        "thumbnail": [body],
        "items": [{"id": f"{canvas}/page", "type": "AnnotationPage", "items": [painting]}],
    }


def _metadata(item: Item) -> list[Json]:
    return [
        {"label": {"zh": [zh], "en": [en]}, "value": {"none": found}}
        for name, zh, en in _LABELS
        if (found := works.values(item, name))
    ]


def _direction(item: Item) -> str:
    return "right-to-left" if works.first(item, "direction") == "rtl" else "left-to-right"


def _text(item: Item, text: str) -> Json:
    return {works.language(item) or "none": [text]}


def _provider() -> Json:
    return {
        "id": f"{base()}/about",
        "type": "Agent",
        "label": {"zh": [library()]},
        "homepage": [_page(f"{base()}/", library())],
    }


def _page(address: str, label: str) -> Json:
    return {"id": address, "type": "Text", "format": "text/html", "label": {"none": [label]}}


def _moment(item: Item) -> str:
    """Return the beginning of an item's date, as what is shown on a line of time needs it; "" for none."""
    day = works.date(item)
    return f"{works.first_day(day)}T00:00:00Z" if day else ""


def _answer(value: Json, told: list[Item]) -> Response:
    """Answer a manifest; pages of other sites may read it only where everybody may have all of it.

    A browser on the LAN would else carry what a licence keeps there to any site that its reader visits.
    """
    response = answer_json(value, TYPE)
    if all(one.licence.scope == "open" for one in told):
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response
