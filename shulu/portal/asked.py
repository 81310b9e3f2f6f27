"""What a request asks for: the live catalogue, an item of it, a number of the query."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from flask import abort, current_app, request

from shulu.catalogue.model import Item
from shulu.catalogue.view import View
from shulu.content.licence import Audience, today
from shulu.portal.live import Away, Live
from shulu.portal.topics import TopicFolder, Topics

_Made = TypeVar("_Made")
AUDIENCE_HEADER = "X-Shulu-Audience"
"""From where the reader asks, as the web server says it: lan, province or open."""


def live() -> Live:
    """Return what looks at the store of this application."""
    found: Live = current_app.extensions["live"]
    return found


def audience() -> Audience:
    """Return who asks; a scope that is unknown sees nothing."""
    return Audience(request.headers.get(AUDIENCE_HEADER, "lan"), today())


def catalogue() -> View:
    """Return what the reader may see of what is live; raises Unreadable where nothing is."""
    return live().catalogue().view(audience())


def remembered(key: str, make: Callable[[View], _Made]) -> _Made:
    """Return what ``make`` makes of the reader's view, made once for each catalogue, audience and day."""
    return live().remembered((audience(), key), lambda: make(catalogue()))


def topics_folder() -> Path:
    """Return where librarians put their topics."""
    return _topics().folder


def figures_folder() -> Path:
    """Return where the counts of what readers open are told."""
    found: Path = current_app.extensions["figures"]
    return found


def topics() -> Topics:
    """Return the topics that librarians wrote."""
    return _topics().read()


def _topics() -> TopicFolder:
    found: TopicFolder = current_app.extensions["topics"]
    return found


def require(bag: str) -> None:
    """Raise Away where a bag lies on a disk that is not plugged in just now."""
    if live().is_away(bag):
        raise Away


def item(bag: str, record_id: str) -> Item:
    """Return an item whose files can be read; aborts with 404 where there is none, raises Away."""
    found = catalogue().item(bag, record_id)
    if found is None:
        abort(404)
    require(bag)
    return found


def number(name: str) -> int:
    """Return a number of the query, 1 where it is none, as addresses are typed by people too."""
    text = request.args.get(name, "").strip()
    if not text.isdecimal() or len(text) > 9:
        return 1
    return max(1, int(text))
