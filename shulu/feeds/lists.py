"""The lists that catalogues of both versions of OPDS show: a collection, what is new, the hits of a query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import abort, request

from shulu.catalogue.model import Item
from shulu.catalogue.results import PAGE_SIZE as HITS
from shulu.feeds.source import issued, page_number, source

SIZE = 50
"""Items on a page of a collection."""
NEWEST = 50
MAX_QUERY = 100
"""Characters of a query; what comes after them is not looked at."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of items: pages count from 1, each has ``size`` items; ``query`` is "" where none was asked."""

    title: str
    path: str
    items: tuple[Item, ...]
    total: int
    page: int = 1
    pages: int = 1
    size: int = SIZE
    query: str = ""

    def address(self, root: str, page: int) -> str:
        """Return the address of a page of the list below the root of a catalogue."""
        arguments = {"q": self.query} if self.query else {}
        if page > 1:
            arguments["page"] = str(page)
        return f"{root}/{self.path}" + (f"?{urlencode(arguments)}" if arguments else "")

    def ways(self, root: str) -> Iterator[tuple[str, str]]:
        """Yield the relations to other pages, and their addresses."""
        if self.pages > 1:
            yield "first", self.address(root, 1)
            if self.page > 1:
                yield "previous", self.address(root, self.page - 1)
            if self.page < self.pages:
                yield "next", self.address(root, self.page + 1)
            yield "last", self.address(root, self.pages)

    @property
    def updated(self) -> str:
        """The moment of the last change of what is on the page, ISO 8601 in UTC."""
        return max((item.since for item in self.items), default=issued())


def of_collection(collection_id: str) -> Listing:
    """Return a page of a collection; aborts with 404 where there is none."""
    found = source().view().browse(collection_id, page_number(), SIZE)
    if found is None:
        abort(404)
    held = found.items[0].collection
    return Listing(held.zh, f"collections/{held.id}", found.items, found.total, found.page, found.pages)


def newest() -> Listing:
    """Return what came last."""
    found = tuple(source().view().newest(NEWEST))
    return Listing("新到资源", "new", found, len(found), size=NEWEST)


def hits() -> Listing:
    """Return a page of the hits of the query ``q`` (OPDS 2 calls it ``query``)."""
    query = (request.args.get("q") or request.args.get("query") or "")[:MAX_QUERY].strip()
    if not query:
        return Listing("检索", "search", (), 0)
    found = source().view().search(query, page=page_number())
    title = f"检索：{query}"
    return Listing(title, "search", found.items, found.total, found.page, found.pages, HITS, query)
