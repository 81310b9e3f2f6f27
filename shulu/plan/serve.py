"""When each transfer from one feeder goes.

"Who can wait no longer goes first" (least laxity) is in time whenever anything is, while windows and due
moments are alike and one of uplink and slots binds: the uplink stays full, and every line that must. Where
windows differ it may fail, and then ``split`` makes one window for all out of each part of the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shulu.plan.feeder import Job
from shulu.plan.hours import ALL_DAY, Hours
from shulu.plan.split import split

_EPS = 1e-6
_BYTE = 1.0
Trace = list[tuple[float, float, dict[str, float]]]
Spans = dict[str, tuple[float, float]]


def schedule(
    jobs: Sequence[Job], uplink: float, slots: int, ready: float, trace: Trace | None = None
) -> Spans:
    """Return when each job begins and ends.

    First those that miss their due moment if they wait any longer, then by due moment: those with the least
    hours a day, since the others can make up for it, those that have begun, then by wave, the shortest
    first. ``trace`` takes the rates: (from, until, bytes a second by code).
    """
    jobs = [job for job in jobs if job.bytes > 0]
    if not jobs:
        return {}
    if len({job.hours for job in jobs}) == 1:
        return _alike(jobs, uplink, slots, ready, trace)
    run = _Run(jobs, uplink, slots)
    done, rates = run.go(ready), run.rates
    if _behind(jobs, done) > 1:
        other: Trace | None = None if trace is None else []
        by_part = _by_part(jobs, uplink, slots, ready, other)
        if by_part and _behind(jobs, by_part) < _behind(jobs, done):
            done, rates = by_part, other or []
    if trace is not None:
        trace.extend(rates)
    return done


def _behind(jobs: Sequence[Job], done: Spans) -> float:
    return max(done[job.code][1] - job.due for job in jobs)


def _by_part(jobs: Sequence[Job], uplink: float, slots: int, ready: float, trace: Trace | None) -> Spans:
    """Run each part of the day by itself; nothing where no share of the day would do."""
    done: Spans = {}
    for some in split(jobs, uplink, slots, ready):
        for code, (begin, end) in _alike(some, uplink, slots, ready, trace).items():
            first, last = done.get(code, (begin, end))
            done[code] = (min(first, begin), max(last, end))
    return done


def _alike(jobs: Sequence[Job], uplink: float, slots: int, ready: float, trace: Trace | None) -> Spans:
    """Run jobs that have one window: its closed hours can be left out, so that an event a job remains."""
    hours = jobs[0].hours
    plain = [replace(job, hours=ALL_DAY, due=hours.between(ready, job.due)) for job in jobs]
    run = _Run(plain, uplink, slots)
    done = run.go(0.0)
    if trace is not None:
        trace.extend(span for rates in run.rates for span in _opened(hours, ready, *rates))
    return {
        code: (hours.opening(hours.after(ready, begin)), hours.after(ready, end))
        for code, (begin, end) in done.items()
    }


def _opened(hours: Hours, ready: float, begin: float, end: float, rates: dict[str, float]) -> Trace:
    """Return the spans by the clock of one that is counted in open seconds since ``ready``."""
    moment, last, found = hours.after(ready, begin), hours.after(ready, end), []
    while (moment := hours.opening(moment)) < last:
        then = min(hours.change(moment), last)
        found.append((moment, then, rates))
        moment = then
    return found


class _Run:
    """The simulation: from event to event, each of them an end, a window's edge or a job's last moment."""

    def __init__(self, jobs: Sequence[Job], uplink: float, slots: int) -> None:
        self.left = {job.code: job.bytes for job in jobs}
        self.jobs = sorted(jobs, key=lambda job: (job.due, job.wave, -job.alone, job.code))
        self.uplink, self.slots = uplink, slots
        self.began: dict[str, float] = {}
        self.done: Spans = {}
        self.rates: Trace = []
        self.windows = sorted({job.hours for job in jobs}, key=lambda hours: hours.spans)

    def go(self, moment: float) -> Spans:
        """Run until all is done."""
        while self.jobs:
            laxity = self._laxity(moment)
            rates = self._rates(moment, laxity)
            then = self._next(moment, rates, laxity)
            if rates:
                self.rates.append((moment, then, rates))
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

    def _laxity(self, moment: float) -> dict[str, float]:
        """Return by code, of those that are open, how many open seconds each can still wait."""
        is_open = {hours: hours.is_open(moment) for hours in self.windows}
        time: dict[tuple[Hours, float], float] = {}
        found = {}
        for job in self.jobs:
            if is_open[job.hours]:
                key = (job.hours, job.due)
                if key not in time:
                    time[key] = job.hours.between(moment, job.due)
                found[job.code] = time[key] - self.left[job.code] / job.line
        return found

    def _rates(self, moment: float, laxity: dict[str, float]) -> dict[str, float]:
        ranked = []
        for place, job in enumerate(self.jobs):
            if job.code in laxity:
                wait, began = laxity[job.code], self.began.get(job.code, float("inf"))
                if wait <= _EPS:
                    ranked.append((0, wait, 0.0, 0.0, place))
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

    def _next(self, moment: float, rates: dict[str, float], laxity: dict[str, float]) -> float:
        """Return the moment up to which these rates hold."""
        then = min(hours.change(moment) for hours in self.windows)
        for job in self.jobs:
            if job.code in laxity:
                wait, rate = laxity[job.code], rates.get(job.code, 0.0)
                if rate:
                    then = min(then, moment + self.left[job.code] / rate)
                # Waiting costs it so much a second.
                if rate < job.line and wait > _EPS:
                    then = min(then, moment + wait / (1 - rate / job.line))
        return max(then, moment + _EPS)
