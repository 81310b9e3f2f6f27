"""When: for given routes the earliest end there can be, and times that keep to it.

Backwards first: until when must each relay have the release, if the last library is to be done at some
moment? Whether that can be is known at the hub and at the bench, and halving the span of moments finds the
earliest. Then forwards, by these due moments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from shulu.plan import feeder, serve, writers
from shulu.plan.case import DISK, NETWORK, REMOTE, Site
from shulu.plan.feeder import Bound
from shulu.plan.tree import NEVER, Tree

_SECONDS = 10.0
_TRIES = 7
_NEAR = 1.002


@dataclass(frozen=True, slots=True)
class Times:
    """By code: when it begins, when its disks leave, when it is done."""

    begins: dict[str, float]
    leaves: dict[str, float]
    finish: dict[str, float]

    @property
    def end(self) -> float:
        """When the last of those is done that get it at all."""
        return max(end for end in self.finish.values() if end < NEVER)


@dataclass(frozen=True)
class Routes:
    """A choice made: the route by code ("" where none is open), and who is known to be late."""

    tree: Tree
    route: Mapping[str, str]
    late: frozenset[str]

    @cached_property
    def fed(self) -> dict[str, list[Site]]:
        """By code, those that fetch from it."""
        return {
            code: [one for one in below if self.route[one.code] == NETWORK and self.tree.bytes[one.code]]
            for code, below in self.tree.below.items()
        }

    @cached_property
    def remote(self) -> dict[str, list[str]]:
        """By code, those that show what it has."""
        return {
            code: [one.code for one in below if self.route[one.code] == REMOTE]
            for code, below in self.tree.below.items()
        }

    @cached_property
    def shipped(self) -> list[Site]:
        """Those that get disks."""
        every = self.tree.order
        return [one for one in every if self.route[one.code] == DISK and self.tree.bytes[one.code]]

    @cached_property
    def served(self) -> list[Site]:
        """Those with libraries below them that get the release at all, without the hub."""
        found = {self.tree.hub.code}
        for site in self.tree.order[1:]:
            route = self.route[site.code]
            if route == DISK or (route and (site.parent in found or not self.tree.bytes[site.code])):
                found.add(site.code)
        return [site for site in self.tree.feeders[1:] if site.code in found]


def dues(routes: Routes, end: float, *, keep_date: bool = False) -> dict[str, Bound]:
    """Return by code until when it must have the release, if the last is to be done at ``end``.

    With ``keep_date`` those that can be in time are due at the date at the latest.
    """
    tree = routes.tree
    found: dict[str, Bound] = {}
    for site in reversed(tree.order):
        own = min(end, tree.end) if keep_date and site.code not in routes.late else end
        least = Bound(own, "date")
        for code in routes.remote.get(site.code, ()):
            least = min(least, found[code], key=lambda one: one.moment)
        if fed := routes.fed.get(site.code):
            jobs = [tree.job(one, found[one.code].moment) for one in fed]
            latest = feeder.latest(jobs, site.uplink, tree.terms.slots, own)
            least = min(least, latest, key=lambda one: one.moment)
        found[site.code] = least
    return found


def bound(routes: Routes) -> Bound:
    """Return how early these routes can be done at best."""
    low = _alone(routes)
    step, high = _SECONDS, low + _SECONDS
    # Mostly the longest line says it all.
    why = _broken(routes, low - _SECONDS) or "date"
    while failed := _broken(routes, high):
        low, why, step = high, failed, step * 4
        high += step
    while high - low > _SECONDS:
        middle = (low + high) / 2
        if failed := _broken(routes, middle):
            low, why = middle, failed
        else:
            high = middle
    return Bound(low, why)


def _alone(routes: Routes) -> float:
    """Return when the last would be done if each were the only one."""
    tree = routes.tree
    found = {tree.hub.code: 0.0}
    for site in tree.order[1:]:
        route = routes.route[site.code]
        found[site.code] = tree.alone(site, route, found[site.parent]) if route else NEVER
    return max(end for end in found.values() if end < NEVER)


def _broken(routes: Routes, end: float) -> str:
    """Return what keeps these routes from being done at ``end``; "" where nothing is known to."""
    tree = routes.tree
    due = dues(routes, end)
    if due[tree.hub.code].moment < 0:
        return due[tree.hub.code].by
    parcels = [tree.parcel(one, due[one.code].moment) for one in routes.shipped]
    if not writers.in_time(parcels, tree.terms.copies_a_day):
        return "writers"
    for site in routes.served:
        if due[site.code].moment < 0:
            return due[site.code].by
    return ""


def soon(routes: Routes, least: float) -> Times:
    """Return times for these routes that end as near to ``least`` as can be found.

    An end that is aimed at and missed leaves libraries in the wrong order; one a little later may be met.
    """
    best = lay(routes, least + _SECONDS)
    low, high = least, best.end
    for _ in range(_TRIES):
        if high <= low * _NEAR:
            break
        middle = (low + high) / 2
        times = lay(routes, middle)
        if times.end < best.end:
            best, high = times, times.end
        if times.end > middle * _NEAR:
            low = middle
    return best


def lay(routes: Routes, goal: float) -> Times:
    """Return times for these routes, by the due moments of ``goal``."""
    tree = routes.tree
    due = {code: one.moment for code, one in dues(routes, goal, keep_date=True).items()}
    parcels = [tree.parcel(one, due[one.code]) for one in routes.shipped]
    bench = writers.schedule(parcels, tree.terms.copies_a_day)
    times = Times({}, {}, {tree.hub.code: 0.0})
    for site in tree.order:
        ready = times.finish[site.code]
        for one in tree.below[site.code]:
            if one.code in bench:
                times.begins[one.code], times.leaves[one.code], times.finish[one.code] = bench[one.code]
                continue
            route = routes.route[one.code]
            waits = route == REMOTE or (route == NETWORK and tree.bytes[one.code])
            times.begins[one.code] = times.finish[one.code] = NEVER if not route else ready if waits else 0.0
        fed = routes.fed.get(site.code)
        if not fed or ready == NEVER:
            continue
        jobs = [tree.job(one, max(due[one.code], ready)) for one in fed]
        for code, (begins, ends) in serve.schedule(jobs, site.uplink, tree.terms.slots, ready).items():
            times.begins[code], times.finish[code] = begins, ends
    return times
