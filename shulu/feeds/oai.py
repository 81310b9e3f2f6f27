"""OAI-PMH 2.0: all records as simple Dublin Core, for union catalogues that gather them.

https://www.openarchives.org/OAI/openarchivesprotocol.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, Response, request

from shulu.catalogue import media
from shulu.catalogue.model import Change, Item
from shulu.feeds import token as tokens
from shulu.feeds import works
from shulu.feeds.oaiask import PREFIX, Asked, Fault, read
from shulu.feeds.source import base, issued, library, source
from shulu.feeds.token import Token
from shulu.feeds.xml import Element, add, answer

ROOT = "/oai"
SIZE = 200
"""Records, or headers, in an answer."""
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_OAI = "http://www.openarchives.org/OAI/2.0/"
_OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
_OAI_DC_XSD = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
_DC = "http://purl.org/dc/elements/1.1/"
_REPEATABLE = re.compile(r"[A-Za-z0-9\-._~:/?@!$&'()*+,;=]+")
_ELEMENTS = (
    *("creator", "subject", "description", "publisher", "contributor", "date", "type", "format"),
    *("identifier", "source", "language", "relation", "coverage", "rights"),
)
_TYPES = {
    media.BOOK: "Text",
    media.PAGES: "Text",
    media.PICTURE: "StillImage",
    media.VIDEO: "MovingImage",
    media.AUDIO: "Sound",
    media.WEB: "Text",
}
"""DCMI types, for records that say none themselves."""

oai = Blueprint("oai", __name__)


@oai.route(ROOT, methods=["GET", "POST"], strict_slashes=False)
def respond() -> Response:
    """Answer a request of the protocol, errors too: they are answers like others."""
    made = Element(
        "OAI-PMH",
        {"xmlns": _OAI, "xmlns:xsi": _XSI, "xsi:schemaLocation": f"{_OAI} {_OAI}OAI-PMH.xsd"},
    )
    add(made, "responseDate", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    echo = add(made, "request", base() + ROOT)
    try:
        asked = read(request.form if request.method == "POST" else request.args)
        part = _VERBS[asked.verb](asked)
    except Fault as fault:
        if fault.code not in {"badVerb", "badArgument"}:
            values = request.form if request.method == "POST" else request.args
            echo.attrib.update(_echo(values.to_dict()))
        add(made, "error", fault.text, code=fault.code)
    else:
        echo.attrib.update(_echo({"verb": asked.verb, **asked.arguments}))
        made.append(part)
    return answer(made, "text/xml; charset=utf-8")


def _identify(asked: Asked) -> Element:
    part = Element(asked.verb)
    first = source().view().changed(limit=1)
    earliest = first[0].moment if first else issued()
    add(part, "repositoryName", library())
    add(part, "baseURL", base() + ROOT)
    add(part, "protocolVersion", "2.0")
    add(part, "adminEmail", source().contact)
    add(part, "earliestDatestamp", earliest)
    add(part, "deletedRecord", "transient")
    add(part, "granularity", "YYYY-MM-DDThh:mm:ssZ")
    return part


def _formats(asked: Asked) -> Element:
    if asked.key is not None:
        _change(asked.key)
    part = Element(asked.verb)
    known = add(part, "metadataFormat")
    add(known, "metadataPrefix", PREFIX)
    add(known, "schema", _OAI_DC_XSD)
    add(known, "metadataNamespace", _OAI_DC)
    return part


def _sets(asked: Asked) -> Element:
    part = Element(asked.verb)
    for held in source().view().holdings():
        one = add(part, "set")
        add(one, "setSpec", held.collection.id)
        add(one, "setName", f"{held.collection.zh} {held.collection.en}")
    if not len(part):
        raise Fault("noSetHierarchy", "nothing is here to see")
    return part


def _record(asked: Asked) -> Element:
    part = Element(asked.verb)
    assert asked.key is not None  # noqa: S101 - GetRecord needs the identifier
    _write(part, _change(asked.key))
    return part


def _change(key: tuple[str, str]) -> Change:
    found = source().view().last_change(*key)
    if found is None:
        raise Fault("idDoesNotExist", "there is no such record")
    return found


def _list(asked: Asked) -> Element:
    view, token = source().view(), asked.token
    collection_id = (token.collection if token else asked.arguments.get("set")) or None
    # One more than is answered tells whether the list goes on.
    found = view.changed(asked.since, asked.until, collection_id, token.after if token else None, SIZE + 1)
    if not found:
        code = "badResumptionToken" if token else "noRecordsMatch"
        raise Fault(code, "there is nothing of that kind")
    part = Element(asked.verb)
    for change in found[:SIZE]:
        if asked.verb == "ListRecords":
            _write(part, change)
        else:
            _header(part, change)
    more = len(found) > SIZE
    if more or token:
        given = token.cursor if token else 0
        total = token.total if token else view.count_changed(asked.since, asked.until, collection_id)
        text = ""
        if more:
            after, cursor = found[SIZE - 1].key, given + SIZE
            text = tokens.write(
                Token(PREFIX, asked.since, asked.until, collection_id or "", after, cursor, total)
            )
        add(part, "resumptionToken", text, completeListSize=str(total), cursor=str(given))
    return part


_VERBS: dict[str, Callable[[Asked], Element]] = {
    "Identify": _identify,
    "ListMetadataFormats": _formats,
    "ListSets": _sets,
    "GetRecord": _record,
    "ListIdentifiers": _list,
    "ListRecords": _list,
}


def _write(parent: Element, change: Change) -> None:
    record = add(parent, "record")
    _header(record, change)
    if change.item is not None:
        _dublin_core(add(record, "metadata"), change.item)


def _header(parent: Element, change: Change) -> None:
    header = add(parent, "header", **({} if change.item else {"status": "deleted"}))
    add(header, "identifier", works.identifier(change.bag, change.id))
    add(header, "datestamp", change.moment)
    add(header, "setSpec", change.collection)


def _dublin_core(parent: Element, item: Item) -> None:
    made = add(
        parent,
        "oai_dc:dc",
        **{
            "xmlns:oai_dc": _OAI_DC,
            "xmlns:dc": _DC,
            "xsi:schemaLocation": f"{_OAI_DC} {_OAI_DC_XSD}",
        },
    )
    add(made, "dc:title", item.title)
    for name in _ELEMENTS:
        for value in works.values(item, name):
            add(made, f"dc:{name}", value)
    if not works.values(item, "type") and item.kind in _TYPES:
        add(made, "dc:type", _TYPES[item.kind])
    if series := works.first(item, "series"):
        issue = works.first(item, "issue")
        add(made, "dc:relation", f"{series} {issue}".strip())
    add(made, "dc:identifier", base() + works.page_of(item))


def _echo(values: dict[str, str]) -> dict[str, str]:
    """Return the arguments of a request as its answer repeats them, what is no URI left out."""
    known = ("verb", "identifier", "metadataPrefix", "from", "until", "set", "resumptionToken")
    return {name: values[name] for name in known if name in values and _REPEATABLE.fullmatch(values[name])}
