"""Network or disk: the cheapest choice of routes by which as many libraries as can be are in time.

A mixed-integer programme for HiGHS (Huangfu and Hall 2018), whose dual bound is the proof; ``programme``
hands it over. A relay's column is a span of time within which it gets the release: what it can pass on is
counted from the span's beginning (``early``: no plan beats that) or from its end (what then fits can be
done). Its spans end where a library below it comes too late for its line, so that both are mostly the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from shulu.plan.case import DISK, NETWORK
from shulu.plan.feeder import classes, outside, union
from shulu.plan.hours import DAY, Hours
from shulu.plan.programme import Programme
from shulu.plan.writers import ready_day

LATE = "late"
_GB = 1e9
_SPANS = 24
_SLACK = 1 + 1e-9


@dataclass(frozen=True, slots=True)
class Item:
    """A library's choice. A cost is None where the route is not open to it.

    ``line`` and ``uplink`` are bytes a second; ``uplink`` is 0 where nobody fetches from it. ``behind`` is
    what follows the copying of its disks, seconds.
    """

    code: str
    feeder: str
    bytes: int
    line: float
    hours: Hours
    disks: int
    behind: float
    network_cny: float | None
    disk_cny: float | None
    uplink: float = 0.0

    @property
    def kind(self) -> tuple[object, ...]:
        """All that counts: libraries alike in it need not be told apart. A relay is like no other."""
        return (
            self.feeder, self.bytes, self.line, self.hours.spans, self.disks, self.behind, self.network_cny,
            self.disk_cny, self.code if self.uplink else "",
        )  # fmt: skip

    @property
    def alone(self) -> float:
        """Open seconds that its line takes."""
        return self.bytes / self.line / _SLACK


@dataclass(frozen=True, slots=True)
class Feeder:
    """A store with libraries below it: ``uplink`` in bytes a second, ``ready`` when it has all at best.

    ``marks`` are moments at which spans are to end, beside those that its libraries suggest.
    """

    uplink: float
    ready: float
    marks: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Items, each behind its feeder; those who feed; slots each, disks a day, and the date."""

    items: Sequence[Item]
    feeders: Mapping[str, Feeder]
    slots: float
    copies: int
    end: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The routes by code, and what no choice can beat: so many late, and at that so many CNY."""

    routes: dict[str, str]
    late_at_least: int
    cny_at_least: float


def choose(question: Question, *, early: bool) -> Choice:
    """Choose a route for each item: ``network``, ``disk``, or ``late`` where none can be in time."""
    model = _Model(question, early=early)
    late, answer = 0, model.programme.solve()
    if answer is None:
        late = model.programme.fewest(model.late)
        model.programme.row(dict.fromkeys(model.late, 1.0), most=late)
        answer = model.programme.solve()
        assert answer is not None, "the number of late ones has just been found"  # noqa: S101
    counts, bound = answer
    routes: dict[str, str] = {}
    for group, columns in zip(model.groups, model.columns, strict=True):
        words = [word for column, word in columns for _ in range(counts[column])]
        words += [LATE] * (len(group) - len(words))
        routes |= dict(zip(sorted(item.code for item in group), words, strict=True))
    return Choice(routes, late, bound)


@dataclass(slots=True)
class _Use:
    """A column's use of its feeder: done by ``due``."""

    column: int
    due: float
    item: Item


@dataclass(frozen=True, slots=True)
class _Span:
    """A column of a relay: it gets the release from ``begin`` to ``end``, if ``sharp`` even at ``begin``."""

    column: int
    begin: float
    end: float
    sharp: bool

    def serves(self, last: float, *, early: bool) -> bool:
        """Tell whether a library is in time that can begin no later than ``last``."""
        if not early:
            return self.end <= last
        return self.begin < last or (self.sharp and self.begin == last)


class _Model:
    """Columns: of a group how many by network, by disk, late; of a relay its spans by either route."""

    def __init__(self, question: Question, *, early: bool) -> None:
        self.question, self.early = question, early
        self.programme = Programme()
        groups: dict[tuple[object, ...], list[Item]] = defaultdict(list)
        for item in question.items:
            groups[item.kind].append(item)
        self.groups = list(groups.values())
        self.columns: list[list[tuple[int, str]]] = []
        self.late: list[int] = []
        self.below: dict[str, list[list[Item]]] = defaultdict(list)
        for group in self.groups:
            self.below[group[0].feeder].append(group)
        self.spans: dict[str, list[_Span]] = {}
        self.uses: dict[str, list[_Use]] = defaultdict(list)
        self.disks: list[tuple[int, int, int]] = []
        for group in self.groups:
            self._group(group)
        for code in self.uses:
            self._uplink(code)
        for last in sorted({day for _, day, _ in self.disks}):
            row = {column: float(disks) for column, day, disks in self.disks if day <= last}
            self.programme.row(row, most=question.copies * last)
        self.programme.close(self.late)

    def _group(self, group: list[Item]) -> None:
        one, count = group[0], len(group)
        columns: list[tuple[int, str]] = []
        if one.uplink:
            spans = []
            for begin, end in self._moments(one):
                for column, word in (*self._network(one, 1, end), *self._disk(one, 1, end)):
                    # By no route it comes sooner than if it were the only one.
                    least = self._least(one, word)
                    columns.append((column, word))
                    spans.append(_Span(column, max(begin, least), end, sharp=begin <= least))
            self.spans[one.code] = spans
        else:
            columns = [
                *self._network(one, count, self.question.end),
                *self._disk(one, count, self.question.end),
            ]
        # Who is late gets it in the end, by some route.
        costs = [cost for cost in (one.network_cny, one.disk_cny) if cost is not None]
        late = self.programme.column(min(costs, default=0.0), count)
        self.late.append(late)
        self.columns.append(columns)
        self.programme.row(
            dict.fromkeys([late, *(column for column, _ in columns)], 1.0), least=count, most=count
        )

    def _network(self, one: Item, count: int, due: float) -> list[tuple[int, str]]:
        if one.network_cny is None:
            return []
        last = one.hours.before(due, one.alone)
        feeder = self.question.feeders[one.feeder]
        spans = self.spans.get(one.feeder)
        if spans is None and feeder.ready > last:
            return []
        column = self.programme.column(one.network_cny, count)
        if spans is not None:
            able = [span.column for span in spans if span.serves(last, early=self.early)]
            self.programme.row({column: 1.0} | dict.fromkeys(able, -float(count)), most=0.0)
        self.uses[one.feeder].append(_Use(column, due, one))
        return [(column, NETWORK)]

    def _disk(self, one: Item, count: int, due: float) -> list[tuple[int, str]]:
        day = int((due - one.behind + 1e-3) // DAY)
        if one.disk_cny is None or one.disks > self.question.copies * day:
            return []
        column = self.programme.column(one.disk_cny, count)
        self.disks.append((column, day, one.disks))
        return [(column, DISK)]

    def _least(self, one: Item, word: str) -> float:
        if word == NETWORK:
            return one.hours.after(self.question.feeders[one.feeder].ready, one.alone)
        return ready_day(one.disks, self.question.copies) * DAY + one.behind

    def _moments(self, relay: Item) -> list[tuple[float, float]]:
        """Return the spans within which a relay may get the release."""
        end, ready = self.question.end, self.question.feeders[relay.code].ready
        if ready > end:
            return []
        below = [group for group in self.below[relay.code] if group[0].network_cny is not None]
        found = {end}
        sent = 0.0
        time = union(frozenset(group[0].hours for group in below))
        for group in sorted(below, key=lambda group: group[0].bytes):
            one = group[0]
            found.add(one.hours.before(end, one.alone))
            for _ in group:
                sent += one.bytes
                found.add(time.before(end, sent / relay.uplink))
        inside = sorted(moment for moment in found if ready <= moment <= end)
        thin = -(-len(inside) // _SPANS)
        marks = {mark for mark in self.question.feeders[relay.code].marks if ready <= mark <= end}
        kept = sorted({*inside[::-1][::thin], *marks})
        return list(zip([ready, *kept], kept, strict=False))

    def _uplink(self, code: str) -> None:
        uses, feeder = self.uses[code], self.question.feeders[code]
        windows = frozenset(use.item.hours for use in uses)
        need: dict[int, tuple[float, float]] = {}
        whole = union(windows)
        for due, some in groupby(sorted(uses, key=attrgetter("due")), key=attrgetter("due")):
            need |= {use.column: (use.item.alone, use.item.line) for use in some}
            if due < self.question.end:
                self._time(code, whole, need, due)
        for _, time in classes(windows):
            # What a line carries outside these hours does not count.
            need = {
                use.column: (
                    max(0.0, use.item.alone - outside(use.item.hours, time).between(feeder.ready, use.due)),
                    use.item.line,
                )
                for use in uses
            }
            self._time(code, time, need, self.question.end)

    def _time(self, code: str, time: Hours, need: Mapping[int, tuple[float, float]], due: float) -> None:
        """Send no more than there is time for: of the uplink, and of the slots.

        ``need`` has by column the seconds that a line takes, and the line. A relay has one of its spans: none
        of them is said to give more than all could ask for, since numbers far apart make solvers err.
        """
        spans, feeder = self.spans.get(code), self.question.feeders[code]
        for size, most in (
            ({column: alone * line / _GB for column, (alone, line) in need.items()}, feeder.uplink / _GB),
            ({column: alone / 3600 for column, (alone, _) in need.items()}, self.question.slots / 3600),
        ):
            if spans is None:
                self.programme.row(size, most=most * time.between(feeder.ready, due) * _SLACK)
                continue
            asked = sum(value * self.programme.most[column] for column, value in size.items())
            there = {
                span.column: -min(
                    asked, most * time.between(span.begin if self.early else span.end, due) * _SLACK
                )
                for span in spans
            }
            self.programme.row(size | there, most=0.0)
