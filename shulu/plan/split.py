"""What of each transfer goes in which hours of the day, so that no hour is fuller than it must be.

Windows that differ cut the day into parts in which the same libraries are open. How many bytes each sends in
each part is a flow (Gale 1957): a linear programme whose aim is the fullest part. Within a part there is one
window, where the rule of ``serve`` loses nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

from shulu.plan.feeder import Job
from shulu.plan.hours import DAY, Hours
from shulu.plan.programme import Programme

_GB = 1e9
_HOUR = 3600.0


@cache
def parts(windows: frozenset[Hours]) -> dict[Hours, frozenset[Hours]]:
    """Cut the day where any window opens or closes: the hours in which the same ones are open, and which."""
    edges = sorted({0.0, DAY, *(edge for one in windows for span in one.spans for edge in span)})
    spans: dict[frozenset[Hours], list[tuple[float, float]]] = defaultdict(list)
    for begin, end in pairwise(edges):
        spans[frozenset(one for one in windows if one.is_open(begin))].append((begin, end))
    # What ends where the next begins is one span.
    return {Hours(()) | Hours(tuple(some)): who for who, some in spans.items() if who}


def split(jobs: Sequence[Job], uplink: float, slots: int, ready: float) -> list[list[Job]]:
    """Return for each part of the day what is sent in it, as jobs; nothing where a job has no time at all.

    What is due by a moment has the hours before it (Horn 1974).
    """
    model = _Model()
    for hours, who in parts(frozenset(job.hours for job in jobs)).items():
        some = [replace(job, hours=hours) for job in jobs if job.hours in who]
        model.part(some, hours, uplink, slots, ready)
    return model.shares(jobs)


class _Model:
    """Columns: the fullest part of all, and of each job GB in each part."""

    def __init__(self) -> None:
        self.programme = Programme()
        self.fullest = self.programme.column(1.0, float("inf"))
        self.parts: list[list[tuple[Job, int]]] = []

    def part(self, jobs: Sequence[Job], hours: Hours, uplink: float, slots: int, ready: float) -> None:
        """Add a part of the day, and what there is of it: of lines, uplink and slots."""
        columns = [(job, self.programme.column(0.0, job.bytes / _GB)) for job in jobs]
        for job, column in columns:
            self._most({column: 1.0}, job.line / _GB * hours.between(ready, job.due))
        for due in {job.due for job in jobs}:
            before = [(job, column) for job, column in columns if job.due <= due]
            time = hours.between(ready, due)
            self._most({column: 1.0 for _, column in before}, uplink / _GB * time)
            self._most({column: _GB / job.line / _HOUR for job, column in before}, slots / _HOUR * time)
        self.parts.append(columns)

    def _most(self, row: dict[int, float], most: float) -> None:
        self.programme.row(row | {self.fullest: -most}, most=0.0)

    def shares(self, jobs: Sequence[Job]) -> list[list[Job]]:
        """Solve it."""
        columns: dict[str, list[int]] = defaultdict(list)
        for part in self.parts:
            for job, column in part:
                columns[job.code].append(column)
        for job in jobs:
            self.programme.row(dict.fromkeys(columns[job.code], 1.0), job.bytes / _GB, job.bytes / _GB)
        sent = self.programme.relaxed()
        if sent is None:
            return []
        # What the solver rounds goes where most goes.
        sizes = {column: sent[column] * _GB for each in columns.values() for column in each}
        for job in jobs:
            main = max(columns[job.code], key=sizes.__getitem__)
            sizes[main] += job.bytes - sum(sizes[column] for column in columns[job.code])
        found = [
            [replace(job, bytes=sizes[column]) for job, column in part if sizes[column] > 1]
            for part in self.parts
        ]
        return [part for part in found if part]
