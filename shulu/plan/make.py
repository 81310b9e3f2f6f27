"""The planner: fewest libraries late, then the least cost, then the earliest end.

A relay passes a release on only when it has all of it, so when it is ready depends on the choice. So the
choice is made with relays a little earlier than they can be (no plan beats that: the bounds on late ones
and cost), with relays a little later (what fits then can be done), and once more with relays as they came
out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from shulu.plan import explain
from shulu.plan.answer import Cost, Line, Plan, above
from shulu.plan.case import DISK, REMOTE, Case
from shulu.plan.choose import LATE, Choice, Feeder, Question, choose
from shulu.plan.hours import DAY
from shulu.plan.lay import Routes, Times, bound, lay, soon
from shulu.plan.tree import NEVER, Tree

_ROUNDS = 1
_GOOD = 0.005
_SHARES = (1.0, 1.0, 0.97, 0.92, 0.85, 0.7)


def make(case: Case) -> Plan:
    """Plan a province."""
    maker = _Maker(Tree(case))
    for _ in range(_ROUNDS):
        if maker.bound() or maker.settle() or maker.polish():
            break
    return maker.best()


class _Maker:
    """Tries choices and keeps the best plan; each step tells whether it is good enough."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.settled = _settled(tree)
        self.earliest = _earliest(tree)
        self.ready: Mapping[str, float] = self.earliest
        self.choice = Choice({}, 0, 0.0)
        self.cny_at_least, self.late_at_least = 0.0, 0
        self.tries: list[_Try] = []

    def best(self) -> Plan:
        """Lay the best choice out anew, to end as early as can be, and hold it against what is known."""
        tree, found = self.tree, min(self.tries, key=_Try.rank)
        least = bound(found.routes)
        sooner = _Try(found.routes, soon(found.routes, least.moment))
        found = min(found, sooner, key=_Try.rank)
        lines = explain.waves(
            [_line(found.routes, found.times, code) for code in tree.sites], tree.terms.wave_days * DAY
        )
        plan = Plan(tree.case, lines, least, self.cny_at_least, self.late_at_least)
        return replace(plan, lines=explain.reasons(tree, plan))

    def bound(self) -> bool:
        """Choose as if relays were a little earlier than they can be: a bound, and often a plan."""
        free = self._choose(early=True)
        late = free.late_at_least + sum(not route for route in self.settled.values())
        sure = [
            self.tree.cost(self.tree.sites[code], route).total
            for code, route in self.settled.items()
            if route
        ]
        # Costs with different numbers of late ones do not compare.
        known = self.cny_at_least if late == self.late_at_least else 0.0
        self.cny_at_least, self.late_at_least = max(known, free.cny_at_least + sum(sure)), late
        return self._try(free)

    def settle(self) -> bool:
        """Choose as if relays were a little later than they can be."""
        return self._try(self._choose(early=False))

    def polish(self) -> bool:
        """Keep the relays as they came out: what their libraries do then is a smaller question.

        A choice that cannot be laid out in time is made again with less of every uplink.
        """
        for share in _SHARES:
            held = {site.code: self.choice.routes.get(site.code, LATE) for site in self.tree.feeders}
            if self._try(self._choose(early=False, held=held, share=share)):
                return True
            if share < 1 and len(self.tries[-1].late) <= self.late_at_least:
                break
        return False

    def _choose(self, *, early: bool, held: Mapping[str, str] | None = None, share: float = 1.0) -> Choice:
        tree, items = self.tree, []
        for site in tree.order[1:]:
            if site.code not in self.settled:
                route = (held or {}).get(site.code, LATE)
                item = tree.item(site, tree.routes[site.code] if route == LATE else (route,))
                items.append(item if held is None else replace(item, uplink=0.0))
        ready = self.earliest if held is None else self.ready
        feeders = {
            site.code: Feeder(share * site.uplink, ready[site.code], (self.ready[site.code],))
            for site in tree.feeders
        }
        question = Question(items, feeders, share * tree.terms.slots, tree.terms.copies_a_day, tree.end)
        return choose(question, early=early)

    def _try(self, choice: Choice) -> bool:
        routes = _routes(self.tree, {**self.settled, **choice.routes}, self.earliest)
        tried = _Try(routes, lay(routes, self.tree.end))
        self.choice, self.ready = choice, tried.times.finish
        self.tries.append(tried)
        late, cny, _ = min(one.rank() for one in self.tries)
        return late <= self.late_at_least and above(cny, self.cny_at_least) <= _GOOD


@dataclass(frozen=True)
class _Try:
    """A choice laid out."""

    routes: Routes
    times: Times

    @cached_property
    def late(self) -> list[str]:
        """Who is late."""
        return [code for code, finish in self.times.finish.items() if finish > self.routes.tree.end + 1]

    @cached_property
    def cny(self) -> float:
        """What it costs."""
        tree = self.routes.tree
        every = ((site, self.routes.route[site.code]) for site in tree.order[1:])
        return sum(tree.cost(site, route).total for site, route in every if route)

    def rank(self) -> tuple[int, float, float]:
        """Return what is to be little: late ones, cost, end."""
        return len(self.late), round(self.cny, 2), self.times.end


def _settled(tree: Tree) -> dict[str, str]:
    """Return the routes that leave nothing to choose: remote ones, nothing needed, nothing possible ("")."""
    found = {}
    for site in tree.order[1:]:
        routes = tree.routes[site.code]
        if not routes:
            found[site.code] = ""
        elif REMOTE in routes or not tree.bytes[site.code]:
            found[site.code] = routes[0]
    return found


def _earliest(tree: Tree) -> dict[str, float]:
    """Return by code when a library has the release at the very best."""
    found = {tree.hub.code: 0.0}
    for site in tree.order[1:]:
        ready = found[site.parent]
        found[site.code] = min(
            (tree.alone(site, route, ready) for route in tree.routes[site.code]), default=NEVER
        )
    return found


def _routes(tree: Tree, word: Mapping[str, str], earliest: Mapping[str, float]) -> Routes:
    """Return a choice as routes: who must be late gets it as early as can be."""
    late = frozenset(code for code, route in word.items() if route == LATE)
    soonest = {
        code: min(
            (tree.alone(tree.sites[code], route, earliest[tree.sites[code].parent]), route)
            for route in tree.routes[code]
        )[1]
        for code in sorted(late)
    }
    return Routes(tree, {**word, **soonest, tree.hub.code: ""}, late)


def _line(routes: Routes, times: Times, code: str) -> Line:
    tree = routes.tree
    site, route = tree.sites[code], routes.route[code]
    if site is tree.hub:
        return Line(site, "", 0.0, None, 0.0, late=False, bytes=0)
    return Line(
        site=site,
        route=route,
        begins=times.begins[code],
        leaves=times.leaves.get(code),
        finish=times.finish[code],
        late=times.finish[code] > tree.end + 1,
        bytes=0 if route in {REMOTE, ""} else tree.bytes[code],
        disks=(tree.disks(site) or ()) if route == DISK else (),
        cost=tree.cost(site, route) if route else Cost(),
        intake=tree.parcel(site, 0.0).intake if route == DISK else 0.0,
    )
