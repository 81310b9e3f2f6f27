"""A page of a search: the order of its hits, their counts, where each one has what was looked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from shulu.catalogue.hits import Few, Hits, Many, settled
from shulu.catalogue.items import items
from shulu.catalogue.layout import COUNTED, Layout
from shulu.catalogue.model import Count, Facets, Filters, Results
from shulu.catalogue.names import created
from shulu.catalogue.normalise import runs
from shulu.catalogue.schema import HEAD, KIND_TITLE, TITLE
from shulu.catalogue.search import Index, words_of
from shulu.catalogue.snippets import snippets
from shulu.programme import place

PAGE_SIZE = 20


class Search:
    """One query for one audience: ``seen`` are the places that it may see, None where it may see all."""

    def __init__(self, db: sqlite3.Connection, layout: Layout, index: Index, seen: Many | None) -> None:
        self._db = db
        self._layout = layout
        self._index = index
        self._seen = seen

    def run(self, query: str, filters: Filters, page: int) -> Results:
        """Return a page of the hits; pages count from 1, beyond the last comes the last."""
        words = words_of(query)
        tiers: list[Callable[[], Hits]] = []
        if words:
            found = self._index.find(words)
            tiers = [lambda: self._titled(query), lambda: self._index.find(words, TITLE)]
            tiers.append(lambda: self._index.find(words, HEAD))
            if not found and len(words) == 1:
                found, tiers = self._index.by_initials(words[0]), []
        elif query.strip() or filters == Filters():
            return Results()
        else:
            found = Many(self._layout.everything, self._layout.width)
        if self._seen is not None:
            found &= self._seen
        found = settled(found)
        if filters.creator is not None:
            found = settled(found & Few(created(self._db, self._layout, filters.creator)))
        chosen = {name: getattr(filters, name) for name in COUNTED}
        hits = self._narrowed(found, chosen)
        pages = max(1, -(-len(hits) // PAGE_SIZE))
        page = min(max(1, page), pages)
        places = _slice(hits, tiers, (page - 1) * PAGE_SIZE)
        numbers = [self._layout.number(at) for at in places]
        shown = items(self._db, numbers)
        cut = snippets(self._db, shown, numbers, words)
        return Results(shown, len(hits), page, pages, self._facets(found, hits, chosen), cut)

    def _narrowed(self, hits: Hits, chosen: dict[str, str | None], but: str = "") -> Hits:
        for name, value in chosen.items():
            if value is not None and name != but:
                hits = hits & Many(self._layout.mask(name, value), self._layout.width)
        return settled(hits)

    def _titled(self, query: str) -> Hits:
        """Return the items whose title is the query and nothing else."""
        rows = self._db.execute(
            "SELECT number FROM names WHERE key = ? AND kind = ?", (" ".join(runs(query)), KIND_TITLE)
        )
        return Few(sorted(self._layout.places(number for (number,) in rows)))

    def _facets(self, found: Hits, hits: Hits, chosen: dict[str, str | None]) -> Facets:
        counted = {}
        for name in COUNTED:
            others = any(value is not None for other, value in chosen.items() if other != name)
            of = hits if chosen[name] is None else self._narrowed(found, chosen, name) if others else found
            values = self._layout.values(name)
            counts = of.counts(self._layout, name).items()
            counted[name] = [Count(values[code], count) for code, count in counts if 0 < code < len(values)]
        return Facets(
            tuple(sorted(counted["collection"], key=lambda count: place(count.value))),
            _most(counted["medium"]),
            tuple(sorted(counted["year"], key=lambda count: count.value, reverse=True)),
            _most(counted["language"]),
        )


def _slice(hits: Hits, tiers: list[Callable[[], Hits]], begin: int) -> list[int]:
    """Return a page of the hits: the tiers one after the other, then what is in none of them."""
    found: list[int] = []
    left = hits
    for tier in tiers:
        if len(found) == PAGE_SIZE or not left:
            break
        here = left & tier()
        if not here:
            continue
        if begin < len(here):
            found += here.slice(begin, PAGE_SIZE - len(found))
        begin = max(0, begin - len(here))
        left = left - here
    if len(found) < PAGE_SIZE:
        found += left.slice(begin, PAGE_SIZE - len(found))
    return found


def _most(counts: list[Count]) -> tuple[Count, ...]:
    return tuple(sorted(counts, key=lambda count: (-count.count, count.value)))
