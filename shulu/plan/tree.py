"""A province's libraries as the planner sees them: who feeds whom, which routes are open, what each costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from shulu.plan.answer import Cost
from shulu.plan.case import DISK, MBIT, NETWORK, REMOTE, TB, Bag, Case, Site
from shulu.plan.choose import Item
from shulu.plan.disks import Packed, pack
from shulu.plan.feeder import Job
from shulu.plan.hours import DAY, Hours
from shulu.plan.writers import Parcel, ready_day

NEVER = float("inf")


class Tree:
    """Facts about a case that hold whatever is chosen."""

    def __init__(self, case: Case) -> None:
        self.case, self.terms = case, case.terms
        self.hub = case.hub
        self.end = case.days * DAY
        self.sites = {site.code: site for site in case.sites}
        self.bytes = {site.code: 0 if site is self.hub else _total(site.bags) for site in case.sites}
        self.below: dict[str, list[Site]] = defaultdict(list)
        for site in case.sites:
            if site.parent:
                self.below[site.parent].append(site)
        self._packs: dict[int, tuple[Packed, ...] | None] = {}
        self._hours: dict[tuple[Hours, Hours], Hours] = {}
        self.routes: dict[str, tuple[str, ...]] = {}
        for site in self.order:
            self.routes[site.code] = self._open(site)

    @cached_property
    def order(self) -> list[Site]:
        """All libraries, each behind the one that feeds it."""
        found, queue = [], [self.hub]
        for site in queue:
            found.append(site)
            queue.extend(self.below[site.code])
        return found

    @cached_property
    def feeders(self) -> list[Site]:
        """Those with libraries below them, from the top down."""
        return [site for site in self.order if self.below[site.code]]

    def disks(self, site: Site) -> tuple[Packed, ...] | None:
        """Return the disks that its bags go onto; None where a bag is too big for every disk."""
        # Libraries that need the same bags share one tuple of them.
        key = id(site.bags)
        if key not in self._packs:
            self._packs[key] = pack(site.bags, self.terms.disks, self.terms.spare)
        return self._packs[key]

    def fits(self, site: Site) -> bool:
        """Tell whether its server has room for what it needs, as far as anybody knows."""
        return site.room is None or self.bytes[site.code] <= site.room

    def hours(self, site: Site) -> Hours:
        """Return when it may fetch: its own window, and that of the one that feeds it."""
        pair = (site.hours, self.sites[site.parent].hours)
        if pair not in self._hours:
            self._hours[pair] = pair[0] & pair[1]
        return self._hours[pair]

    def rate(self, site: Site) -> float:
        """Return at how many bytes a second it fetches at best."""
        return min(site.line, self.sites[site.parent].uplink)

    def _open(self, site: Site) -> tuple[str, ...]:
        if site is self.hub:
            return ()
        return tuple(route for route in site.routes if self._is_open(site, route))

    def _is_open(self, site: Site, route: str) -> bool:
        if route == REMOTE:
            # Chosen by itself only where the content has no place: such a library holds nothing of its own.
            good = site.line >= self.terms.remote_from_mbit * MBIT * self.terms.efficiency
            return site.routes == (REMOTE,) or (not self.fits(site) and good)
        if not self.fits(site):
            return False
        if route == DISK:
            return self.disks(site) is not None
        return self.rate(site) > 0 and self.hours(site).a_day > 0 and REMOTE not in self.routes[site.parent]

    def job(self, site: Site, due: float) -> Job:
        """Return its transfer over the network."""
        return Job(site.code, self.bytes[site.code], self.rate(site), self.hours(site), due, site.wave)

    def parcel(self, site: Site, due: float) -> Parcel:
        """Return its disks as the bench sees them."""
        disks = self.disks(site) or ()
        intake = self.bytes[site.code] / (self.terms.import_mb_s * 1e6)
        days = int(self.terms.shipping_days[site.tier])
        return Parcel(site.code, len(disks), days, intake, due, site.wave)

    def alone(self, site: Site, route: str, ready: float) -> float:
        """Return when it is done at best, as if it were the only one; its feeder has all at ``ready``."""
        if not self.bytes[site.code]:
            return ready if route == REMOTE else 0.0
        if route == NETWORK:
            if ready == NEVER:
                return NEVER
            return self.hours(site).after(ready, self.bytes[site.code] / self.rate(site))
        if route == REMOTE:
            return ready
        parcel = self.parcel(site, self.end)
        return ready_day(parcel.disks, self.terms.copies_a_day) * DAY + parcel.shipping * DAY + parcel.intake

    def cost(self, site: Site, route: str) -> Cost:
        """Return what a route costs for a library."""
        terms = self.terms
        if not self.bytes[site.code] and route != REMOTE:
            return Cost()
        training = terms.training_cny[route]
        if route == NETWORK:
            return Cost(traffic=self.bytes[site.code] / TB * terms.network_cny_per_tb, training=training)
        if route == REMOTE:
            return Cost(training=training)
        disks = self.disks(site) or ()
        return Cost(
            disks=sum(disk.cny + terms.copy_cny for disk in disks),
            parcels=terms.parcel_cny[site.tier],
            training=training,
        )

    def item(self, site: Site, routes: Iterable[str]) -> Item:
        """Return its choice among some routes."""
        costs = {route: self.cost(site, route).total for route in routes}
        usable = NETWORK in costs
        parcel = self.parcel(site, self.end)
        return Item(
            code=site.code,
            feeder=site.parent,
            bytes=self.bytes[site.code],
            line=self.rate(site) if usable else 1.0,
            hours=self.hours(site) if usable else Hours(),
            disks=parcel.disks,
            behind=parcel.shipping * DAY + parcel.intake,
            network_cny=costs.get(NETWORK),
            disk_cny=costs.get(DISK),
            uplink=site.uplink if self.below[site.code] else 0.0,
        )


def _total(bags: Iterable[Bag]) -> int:
    return sum(bag.bytes for bag in bags)
