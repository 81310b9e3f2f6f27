"""schema.org in the page of an item, as JSON-LD; addresses are relative to the page's. https://schema.org"""

from __future__ import annotations

import json

from markupsafe import Markup

from shulu.catalogue import media
from shulu.catalogue.model import Item
from shulu.feeds import works
from shulu.feeds.json import Json

_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_MOST_PARTS = 200


def script(item: Item) -> Markup:
    """Return the element ``script`` that describes an item; it is data, and no browser runs it."""
    text = json.dumps(describe(item), ensure_ascii=False)
    for character, escape in _ESCAPED.items():
        text = text.replace(character, escape)
    return Markup('<script type="application/ld+json">{}</script>').format(Markup(text))  # noqa: S704 - escaped


def describe(item: Item) -> Json:
    """Return what schema.org has words for."""
    kind = works.kind_of_work(item)
    made: Json = {
        "@context": "https://schema.org",
        "@type": kind,
        "@id": works.page_of(item),
        "url": works.page_of(item),
        "identifier": works.identifier(item.bag, item.id),
        "name": item.title,
        "author": [{"@type": "Person", "name": name} for name in item.creators],
        "contributor": [{"@type": "Person", "name": name} for name in works.values(item, "contributor")],
        "publisher": [{"@type": "Organization", "name": name} for name in works.values(item, "publisher")],
        "keywords": works.values(item, "subject"),
        "description": works.first(item, "description"),
        "inLanguage": works.language(item),
        "datePublished": works.date(item),
        "copyrightNotice": works.first(item, "rights"),
        "isAccessibleForFree": True,
        "dateModified": item.since,
    }
    if kind == "Article":
        made["headline"] = item.title
    if picture := works.cover(item):
        made["image"] = made["thumbnailUrl"] = item.address(picture)
    if place := works.first(item, "place"):
        made["contentLocation"] = {"@type": "Place", "name": place}
    if series := works.first(item, "series"):
        whole = "Periodical" if kind == "PublicationIssue" else "CreativeWorkSeries"
        made["isPartOf"] = {"@type": whole, "name": series}
    if kind == "PublicationIssue":
        made["issueNumber"] = works.first(item, "issue")
        made["pagination"] = f"1-{len(item.parts)}"
    if length := works.duration(item):
        made["duration"] = f"PT{round(length)}S"
    files = [
        {"@type": "MediaObject", "contentUrl": way.href, "encodingFormat": way.type, "name": way.title}
        for way in works.acquisitions(item)[:_MOST_PARTS]
    ]
    if item.kind in {media.VIDEO, media.AUDIO, media.PICTURE}:
        made["contentUrl"] = files[0]["contentUrl"]
        made["uploadDate"] = item.since
        made["hasPart"] = [{**file, "@type": kind} for file in files] if len(files) > 1 else []
    else:
        made["encoding"] = files
    return {name: value for name, value in made.items() if value not in ("", [])}
