"""One feeder and the libraries that fetch from it: until when must it have the release?

Transfers resume inside a file, so they may pause and share the uplink at any rate: malleable, preemptable
tasks of linear speed-up (Drozdowski, Scheduling for Parallel Processing, 2009, section 5). For these the
time is bounded from below by each line, by the uplink and by the slots. ``serve`` says when each one goes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations

from shulu.plan.hours import DAY, Hours

_EPS = 1e-6
_CUT_SECONDS = 30.0
_MANY = 5


@dataclass(frozen=True, slots=True)
class Job:
    """A transfer: ``bytes`` over a line of ``line`` bytes a second in ``hours``.

    ``due`` is the moment that it is to end at: of a relay the one from which it can still serve its own.
    """

    code: str
    bytes: float
    line: float
    hours: Hours
    due: float
    wave: int = 0

    @property
    def alone(self) -> float:
        """Open seconds that it takes when it has its line to itself."""
        return self.bytes / self.line


@dataclass(frozen=True, slots=True)
class Bound:
    """A moment that no schedule beats; ``by`` says why: line, uplink, slots, writers or date."""

    moment: float
    by: str


@cache
def classes(hours: frozenset[Hours]) -> tuple[tuple[frozenset[Hours], Hours], ...]:
    """Return sets of windows with their unions: what is sent in a set has only that time (Gale 1957).

    All sets where windows are few; else each one, the growing unions, and all.
    """
    each = sorted(hours, key=lambda one: (one.a_day, one.spans))
    if len(each) <= _MANY:
        found = [some for count in range(1, len(each) + 1) for some in combinations(each, count)]
    else:
        found = [(one,) for one in each] + [tuple(each[:count]) for count in range(2, len(each) + 1)]
    return tuple((frozenset(some), union(frozenset(some))) for some in found)


@cache
def outside(hours: Hours, some: Hours) -> Hours:
    """Return when a window is open and some others are not."""
    return hours - some


@cache
def union(hours: frozenset[Hours]) -> Hours:
    """Return the time when any of them is open."""
    whole = Hours(())
    for one in sorted(hours, key=lambda one: one.spans):
        whole = whole | one
    return whole


@dataclass(slots=True)
class _Alike:
    """Jobs with one due moment and one window: their bytes and their seconds alone."""

    bytes: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)

    def left(self, free: float) -> tuple[float, float]:
        """Return bytes and seconds of what their lines cannot carry in so many seconds."""
        size = spans = 0.0
        for whole, alone in zip(self.bytes, self.alone, strict=True):
            if alone > free:
                spans += alone - free
                size += whole * (1 - free / alone)
        return size, spans


def latest(jobs: Sequence[Job], uplink: float, slots: int, end: float) -> Bound:
    """Return until when the feeder must have the release, so that every job can still be in time.

    No schedule is in time where it has it later. Jobs that are due by a moment have only the time before it
    (Horn 1974, backwards): so for each due moment, each set of windows, uplink and slots, and each line.
    """
    best = Bound(end, "date")
    alike: dict[tuple[float, Hours], _Alike] = defaultdict(_Alike)
    for job in jobs:
        some = alike[job.due, job.hours]
        some.bytes.append(job.bytes)
        some.alone.append(job.alone)
    for (due, hours), some in alike.items():
        best = min(best, Bound(hours.before(due, max(some.alone)), "line"), key=_moment)
    ordered = [
        (due, hours, sum(some.bytes), sum(some.alone))
        for (due, hours), some in sorted(alike.items(), key=lambda pair: pair[0][0])
    ]
    sets = classes(frozenset(hours for _, hours in alike))
    for windows, time in sets:
        inside = [(due, size, spans) for due, hours, size, spans in ordered if hours in windows]
        size = spans = 0.0
        for place, (due, more, longer) in enumerate(inside):
            size += more
            spans += longer
            if place + 1 < len(inside) and inside[place + 1][0] == due:
                continue
            need, by = max((size / uplink, "uplink"), (spans / slots, "slots"))
            best = min(best, Bound(time.before(due, need), by), key=_moment)
    return _Cuts(alike, uplink, slots).sharpened(best) if len(sets) > 1 else best


class _Cuts:
    """What a line cannot carry outside some hours must go in them: Ford and Fulkerson's cut of the flow."""

    def __init__(self, alike: Mapping[tuple[float, Hours], _Alike], uplink: float, slots: int) -> None:
        self.uplink, self.slots = uplink, slots
        self.last = max(due for due, _ in alike)
        self.cuts = [
            (time, [(outside(hours, time), due, some) for (due, hours), some in alike.items()])
            for _, time in classes(frozenset(hours for _, hours in alike))
        ]

    def sharpened(self, best: Bound) -> Bound:
        """Return an earlier moment where ``best`` leaves too little time."""
        high, step = best.moment, DAY / 4
        by = self._short(high)
        if not by:
            return best
        low = high - step
        while self._short(low):
            high, step = low, step * 2
            low -= step
        while high - low > _CUT_SECONDS:
            middle = (low + high) / 2
            if self._short(middle):
                high = middle
            else:
                low = middle
        return Bound(high, by)

    def _short(self, ready: float) -> str:
        """Return what is too little, uplink or slots, for some hours of the day; "" where nothing is."""
        for time, groups in self.cuts:
            size = spans = 0.0
            for free, due, some in groups:
                more, longer = some.left(free.between(ready, due))
                size += more
                spans += longer
            most = time.between(ready, self.last) + _EPS
            if size > self.uplink * most:
                return "uplink"
            if spans > self.slots * most:
                return "slots"
        return ""


def _moment(bound: Bound) -> float:
    return bound.moment
