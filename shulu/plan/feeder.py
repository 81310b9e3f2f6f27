"""One feeder and the libraries that fetch from it: how early it can be done, and a schedule that is.

Transfers resume inside a file, so they may pause and share the uplink at any rate: malleable, preemptable
tasks of linear speed-up (Drozdowski, Scheduling for Parallel Processing, 2009, section 5). For these the
time is bounded from below by each line, by the uplink and by the slots, and "who can wait no longer goes
first" (least laxity) reaches the bound while one window and one of uplink and slots binds; elsewhere the
gap shows what is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations

from shulu.plan.hours import ALL_DAY, DAY, Hours

_EPS = 1e-6
_BYTE = 1.0
_CUT_SECONDS = 30.0
_MANY = 5
Trace = list[tuple[float, float, dict[str, float]]]


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


def latest(jobs: Sequence[Job], uplink: float, slots: int, end: float) -> Bound:
    """Return until when the feeder must have the release, so that every job can still be in time.

    No schedule is in time where it has it later. Jobs that are due by a moment have only the time before it
    (Horn 1974, backwards): so for each due moment, each set of windows, uplink and slots, and each line.
    """
    best = Bound(end, "date")
    # Bytes, slot seconds and the longest line of all that share a due moment and a window.
    sums: dict[tuple[float, Hours], tuple[float, float, float]] = {}
    for job in jobs:
        alone = job.alone
        size, spans, longest = sums.get((job.due, job.hours), (0.0, 0.0, 0.0))
        sums[job.due, job.hours] = (size + job.bytes, spans + alone, max(longest, alone))
    for (due, hours), (_, _, longest) in sums.items():
        best = min(best, Bound(hours.before(due, longest), "line"), key=_moment)
    ordered = sorted(sums.items(), key=lambda pair: pair[0][0])
    for some, time in classes(frozenset(hours for _, hours in sums)):
        inside = [(due, size, spans) for (due, hours), (size, spans, _) in ordered if hours in some]
        size = spans = 0.0
        for place, (due, more, longer) in enumerate(inside):
            size += more
            spans += longer
            if place + 1 < len(inside) and inside[place + 1][0] == due:
                continue
            need, by = max((size / uplink, "uplink"), (spans / slots, "slots"))
            best = min(best, Bound(time.before(due, need), by), key=_moment)
    return _cut(jobs, uplink, slots, best) if len({hours for _, hours in sums}) > 1 else best


def _cut(jobs: Sequence[Job], uplink: float, slots: int, best: Bound) -> Bound:
    """Sharpen ``latest`` where windows differ: what a line cannot carry outside some hours must go in them.

    Ford and Fulkerson's cut of the flow from jobs through the hours of the day.
    """
    high, step = best.moment, DAY / 4
    by = _crowded(jobs, uplink, slots, high)
    if not by:
        return best
    low = high - step
    while _crowded(jobs, uplink, slots, low):
        high, step = low, step * 2
        low -= step
    while high - low > _CUT_SECONDS:
        middle = (low + high) / 2
        if _crowded(jobs, uplink, slots, middle):
            high = middle
        else:
            low = middle
    return Bound(high, by)


def _crowded(jobs: Sequence[Job], uplink: float, slots: int, ready: float) -> str:
    """Return what is too little, uplink or slots, for some hours of the day; "" where nothing is."""
    last = max(job.due for job in jobs)
    for _, time in classes(frozenset(job.hours for job in jobs)):
        free: dict[tuple[Hours, float], float] = {}
        size = spans = 0.0
        for job in jobs:
            key = (job.hours, job.due)
            if key not in free:
                free[key] = outside(job.hours, time).between(ready, job.due)
            span = job.alone - free[key]
            if span > 0:
                spans += span
                size += span * job.line
        most = time.between(ready, last) + _EPS
        if size > uplink * most:
            return "uplink"
        if spans > slots * most:
            return "slots"
    return ""


def _moment(bound: Bound) -> float:
    return bound.moment


def schedule(
    jobs: Sequence[Job],
    uplink: float,
    slots: int,
    ready: float,
    trace: Trace | None = None,
) -> dict[str, tuple[float, float]]:
    """Return when each job begins and ends.

    First those that miss their due moment if they wait any longer, then by due moment: those with the least
    hours a day, since the others can make up for it, those that have begun, then by wave, the shortest
    first. ``trace`` takes the rates: (from, until, bytes a second by code).
    """
    jobs = [job for job in jobs if job.bytes > 0]
    windows = {job.hours for job in jobs}
    if not jobs:
        return {}
    if len(windows) > 1 or trace is not None:
        return _best(jobs, uplink, slots, ready, trace)
    # With one window for all its closed hours can be left out: an event a job remains.
    hours = windows.pop()
    plain = [replace(job, hours=ALL_DAY, due=hours.between(ready, job.due)) for job in jobs]
    done = _Run(plain, uplink, slots, None).go(0.0)
    return {
        code: (hours.opening(hours.after(ready, begin)), hours.after(ready, end))
        for code, (begin, end) in done.items()
    }


def _best(
    jobs: Sequence[Job], uplink: float, slots: int, ready: float, trace: Trace | None
) -> dict[str, tuple[float, float]]:
    """Run with the rule above; where that misses a due moment also by relative slack, and take the better."""
    due = {job.code: job.due for job in jobs}
    best: tuple[float, dict[str, tuple[float, float]], Trace] | None = None
    for even in (False, True):
        rates: Trace | None = None if trace is None else []
        done = _Run(jobs, uplink, slots, rates, even=even).go(ready)
        worst = max(end - due[code] for code, (_, end) in done.items())
        if best is None or worst < best[0]:
            best = (worst, done, rates or [])
        if worst <= 1:
            break
    assert best is not None, "the loop has run"  # noqa: S101
    if trace is not None:
        trace.extend(best[2])
    return best[1]


class _Run:
    """The simulation: from event to event, each of them an end, a window's edge or a job's last moment."""

    def __init__(
        self, jobs: Sequence[Job], uplink: float, slots: int, trace: Trace | None, *, even: bool = False
    ) -> None:
        self.even = even
        self.left = {job.code: job.bytes for job in jobs}
        self.jobs = sorted(jobs, key=lambda job: (job.due, job.wave, -job.alone, job.code))
        self.uplink, self.slots, self.trace = uplink, slots, trace
        self.began: dict[str, float] = {}
        self.done: dict[str, tuple[float, float]] = {}
        self.windows = sorted({job.hours for job in jobs}, key=lambda hours: hours.spans)

    def go(self, moment: float) -> dict[str, tuple[float, float]]:
        """Run until all is done."""
        while self.jobs:
            laxity = self._laxity(moment)
            rates = self._rates(moment, laxity)
            then = self._next(moment, rates, laxity)
            if self.trace is not None and rates:
                self.trace.append((moment, then, rates))
            ended = False
            for code, rate in rates.items():
                self.left[code] -= rate * (then - moment)
                ended |= self.left[code] <= _BYTE
            moment = then
            if ended:
                for job in self.jobs:
                    if self.left[job.code] <= _BYTE:
                        self.done[job.code] = (self.began[job.code], moment)
                self.jobs = [job for job in self.jobs if job.code not in self.done]
        return self.done

    def _laxity(self, moment: float) -> list[float]:
        """Return for each job how many open seconds it can still wait."""
        time: dict[tuple[Hours, float], float] = {}
        found = []
        for job in self.jobs:
            key = (job.hours, job.due)
            if key not in time:
                time[key] = job.hours.between(moment, job.due)
            found.append(time[key] - self.left[job.code] / job.line)
        return found

    def _rates(self, moment: float, laxity: list[float]) -> dict[str, float]:
        is_open = {hours: hours.is_open(moment) for hours in self.windows}
        ranked = []
        for place, job in enumerate(self.jobs):
            if is_open[job.hours]:
                wait, began = laxity[place], self.began.get(job.code, float("inf"))
                if wait <= _EPS:
                    ranked.append((0, wait, 0.0, 0.0, place))
                elif self.even:
                    ranked.append((1, job.due, wait / (wait + self.left[job.code] / job.line), 0.0, place))
                else:
                    ranked.append((1, job.due, job.hours.a_day, began, place))
        ranked.sort()
        rates: dict[str, float] = {}
        free = self.uplink
        for rank in ranked[: self.slots]:
            if free <= self.uplink * _EPS:
                break
            job = self.jobs[rank[-1]]
            rates[job.code] = min(job.line, free)
            free -= rates[job.code]
            self.began.setdefault(job.code, moment)
        return rates

    def _next(self, moment: float, rates: dict[str, float], laxity: list[float]) -> float:
        """Return the moment up to which these rates hold."""
        then = min(hours.change(moment) for hours in self.windows)
        for place, job in enumerate(self.jobs):
            rate = rates.get(job.code, 0.0)
            if rate:
                then = min(then, moment + self.left[job.code] / rate)
            # While open, waiting costs it so much a second; closed hours end with an event of their own.
            if rate < job.line and laxity[place] > _EPS:
                then = min(then, moment + laxity[place] / (1 - rate / job.line))
        return max(then, moment + _EPS)
