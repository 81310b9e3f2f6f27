"""The pages of topics (专题): a topic's text, and what it names as far as it is here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, abort, render_template

from shulu.catalogue.model import Filters, Item
from shulu.catalogue.view import View
from shulu.findings import Finding
from shulu.portal import asked
from shulu.portal.covers import picture
from shulu.portal.topics import Entry, Topic, entries
from shulu.programme import collection

SHOWN_HITS = 6
"""Hits of a search that a topic shows itself; the others are a link away."""
_LOOKED_AT = 24

topics = Blueprint("topics", __name__)


@dataclass(frozen=True, slots=True)
class Named:
    """What an entry of a topic names: items, how many there are in all, and the title of a collection."""

    entry: Entry
    items: tuple[Item, ...]
    total: int = 1
    title: str = ""


@topics.get("/topics")
def index() -> str:
    """List the topics: those of these days, and the others behind them. One that is to come is not told."""
    found = asked.topics().topics
    today = asked.audience().today
    now = [topic for topic in found if topic.is_on(today)]
    past = [topic for topic in found if not topic.is_on(today) and not topic.is_to_come(today)]
    return render_template("topics.html", now=cards(now), past=cards(past))


@topics.get("/topics/<name>")
def page(name: str) -> str:
    """Show a topic, also one that is to come: its librarian wants to see it before."""
    topic = asked.topics().named(name)
    if topic is None:
        abort(404)
    view = asked.catalogue()
    parts = [(part, _together(part_entries(view, part.entries))) for part in topic.parts]
    return render_template("topic.html", topic=topic, parts=parts)


def part_entries(view: View, named: Iterable[Entry]) -> list[Named]:
    """Return what entries name, without those that name nothing that is here."""
    return [found for found in (_named(view, entry) for entry in named) if found is not None]


def _together(found: Iterable[Named]) -> list[list[Named]]:
    """Return items that follow each other as one list, everything else by itself."""
    runs: list[list[Named]] = []
    for named in found:
        if named.entry.id and runs and runs[-1][0].entry.id:
            runs[-1].append(named)
        else:
            runs.append([named])
    return runs


def _named(view: View, entry: Entry) -> Named | None:
    if entry.id:
        item = view.item(entry.bag, entry.id)
        return None if item is None else Named(entry, (item,))
    if entry.query:
        hits = view.search(entry.query, Filters(collection=entry.collection or None))
        return Named(entry, hits.items[:SHOWN_HITS], hits.total) if hits.items else None
    held = view.browse(entry.collection, 1, SHOWN_HITS)
    return None if held is None else Named(entry, held.items, held.total, collection(entry.collection).zh)


def cards(shown: Iterable[Topic]) -> list[tuple[Topic, Item | None]]:
    """Return topics, each with the item whose cover stands for it: the first that has a picture, or any."""
    return [(topic, _face(asked.catalogue(), topic)) for topic in shown]


def _face(view: View, topic: Topic) -> Item | None:
    named = list(entries(topic))
    first = None
    for entry in [entry for entry in named if entry.id][:_LOOKED_AT]:
        item = view.item(entry.bag, entry.id)
        if item is not None and picture(item):
            return item
        first = first or item
    if first is None and named and (found := _named(view, named[0])):
        return next((item for item in found.items if picture(item)), found.items[0])
    return first


def check(view: View, topic: Topic) -> list[Finding]:
    """Return the entries of a topic that name nothing that is here."""
    return [
        Finding(f"{topic.file}:{entry.line}", _absent(entry), "换一个地址，或者删去这一行")
        for entry in entries(topic)
        if _named(view, entry) is None
    ]


def _absent(entry: Entry) -> str:
    if entry.id:
        return f"馆里没有这份资源，或者它的授权已到期：/items/{entry.bag}/{entry.id}"
    return f"检索不到任何资源：{entry.query}" if entry.query else f"馆里没有这个资源库：{entry.collection}"
