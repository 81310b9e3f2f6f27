"""Which places of a catalogue an audience may see, by the licences of bags and of single records."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import date

from shulu.catalogue.hits import Many
from shulu.catalogue.items import licence
from shulu.catalogue.layout import Layout
from shulu.content.licence import SCOPES, Audience, Licence, narrower, permits

_OPEN = Licence(SCOPES[-1])
_Seen = tuple[Many | None, list[tuple[int, Licence]]]
"""What an audience may see, None where that is all, and what it might were it not too late."""


class Terms:
    """The licences of a catalogue, and where they hold."""

    def __init__(self, db: sqlite3.Connection, layout: Layout) -> None:
        self._layout = layout
        self._bags = {
            bag: Licence(scope, until and date.fromisoformat(until))
            for bag, scope, until in db.execute("SELECT id, scope, until FROM bags")
        }
        self._own = [licence(value) if value else _OPEN for value in layout.values("licence")]
        self._known: dict[Audience, _Seen] = {}

    def of(self, bag: str) -> Licence:
        """Return the licence of a bag as a whole."""
        return self._bags[bag]

    def is_one(self, bag: str) -> bool:
        """Tell whether one licence, the bag's own, holds for all records of a bag."""
        left = self._layout.bag_mask(bag)
        for both, here in self._areas_of(bag):
            if both == self._bags[bag]:
                left &= ~here
        return not left

    def seen(self, audience: Audience) -> Many | None:
        """Return the places that an audience may see; None where it may see all."""
        return self._of(audience)[0]

    def lapsed(self, audience: Audience) -> list[tuple[int, Licence]]:
        """Return the places that it might see were it not too late, as bitmaps, and their licences."""
        return self._of(audience)[1]

    def lapsing(self, audience: Audience, last: date) -> list[tuple[date, str, int]]:
        """Return what the audience may see now and not after a day: its own last day, its bag, how many."""
        found: Counter[tuple[date, str]] = Counter()
        for bag, both, here in self._areas():
            if both.until is not None and both.until <= last and permits(both, audience):
                found[both.until, bag] += here.bit_count()
        return [(until, bag, count) for (until, bag), count in sorted(found.items())]

    def _of(self, audience: Audience) -> _Seen:
        """Return what an audience may see: readers of several take turns, and a day that is over is dropped.

        Threads share it: the dictionary is replaced, never changed.
        """
        known = self._known
        if audience not in known:
            kept = {other: seen for other, seen in known.items() if other.today == audience.today}
            self._known = known = {**kept, audience: self._made(audience)}
        return known[audience]

    def _made(self, audience: Audience) -> _Seen:
        layout, seen = self._layout, 0
        lapsed: list[tuple[int, Licence]] = []
        for _, both, here in self._areas():
            if permits(both, audience):
                seen |= here
            elif permits(Licence(both.scope), audience):
                lapsed.append((here, both))
        if seen == layout.everything:
            return None, []
        return Many(seen, layout.width), lapsed

    def _areas(self) -> Iterator[tuple[str, Licence, int]]:
        """Yield bags, the licences in them, and the places of each as a bitmap."""
        for bag in self._bags:
            for both, here in self._areas_of(bag):
                yield bag, both, here

    def _areas_of(self, bag: str) -> Iterator[tuple[Licence, int]]:
        """Yield the licences in a bag, and the places of each as a bitmap."""
        terms, places = self._bags[bag], self._layout.bag_mask(bag)
        for code, own in enumerate(self._own):
            if here := places & self._layout.coded("licence", code):
                yield narrower(terms, own), here
