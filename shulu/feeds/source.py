"""What the feeds are made of: the portal says how the reader's view of what is live is had."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import abort, current_app, request

from shulu.catalogue.model import Item
from shulu.catalogue.view import View

ADDRESS_HEADER = "X-Shulu-Address"
"""Scheme, host and port at which readers reach the portal, as its web server says it, not its client."""

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
_PORTS = {"http": "80", "https": "443"}
_NOWHERE = "http://localhost"


@dataclass(frozen=True, slots=True)
class Source:
    """Where feeds get what they tell; ``view`` raises Unreadable, ``require`` an ``away`` for a bag's disk.

    ``away`` is the state that the portal answers with its page for content that cannot be read just now.

    ``folder`` is that of the live release, ``library`` the name of the reader's library, "" where it is
    unknown, ``contact`` an address for those who gather records.
    """

    view: Callable[[], View]
    require: Callable[[str], None]
    away: type[Exception]
    folder: Callable[[], Path]
    library: Callable[[], str]
    contact: str


def source() -> Source:
    """Return the source of this application."""
    found: Source = current_app.extensions["feeds"]
    return found


def item(bag: str, record_id: str) -> Item:
    """Return an item that the reader may see and whose files can be read; aborts with 404."""
    found = source().view().item(bag, record_id)
    if found is None:
        abort(404)
    source().require(bag)
    return found


def base() -> str:
    """Return the portal's address for what must be absolute: ``http://10.1.2.3:8080``.

    The header Host is not looked at: who forges it would have others read addresses of their choice.
    """
    said = _ADDRESS.fullmatch(request.headers.get(ADDRESS_HEADER, "").lower())
    if said is None:
        return _NOWHERE
    bare = f"{said['scheme']}://{said['host']}"
    return bare if said["port"] in {None, _PORTS[said["scheme"]]} else f"{bare}:{said['port']}"


def issued() -> str:
    """Return when the live release was issued, ISO 8601 with the Z of UTC."""
    moment = datetime.fromisoformat(source().view().release().issued)
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def library() -> str:
    """Return the name of the reader's library, a general one where it is unknown."""
    return source().library() or "数字图书馆"


def page_number() -> int:
    """Return the page that is asked for, 1 where it is none."""
    text = request.args.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) <= 9 else 1
