"""What a plan says: a line for each library, and the proof of how good it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from shulu.plan.case import NOTHING, Case, Site, Text
from shulu.plan.disks import Packed
from shulu.plan.feeder import Bound


@dataclass(frozen=True, slots=True)
class Cost:
    """CNY: disks and their copying, parcels, traffic, training."""

    disks: float = 0.0
    parcels: float = 0.0
    traffic: float = 0.0
    training: float = 0.0

    @property
    def total(self) -> float:
        """All of it."""
        return self.disks + self.parcels + self.traffic + self.training

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.disks + other.disks,
            self.parcels + other.parcels,
            self.traffic + other.traffic,
            self.training + other.training,
        )


FREE = Cost()


@dataclass(frozen=True, slots=True)
class Line:
    """One library's part. Moments are seconds since the plan's first midnight, inf where never.
    ``intake`` is how long taking the disks in takes, seconds.

    ``route`` is "" for the hub and where no route is open. ``begins`` is when a transfer or the copying of
    disks begins, ``leaves`` when disks are handed over to the carrier, ``finish`` when all is live.
    """

    site: Site
    route: str
    begins: float
    leaves: float | None
    finish: float
    late: bool
    bytes: int
    disks: tuple[Packed, ...] = ()
    cost: Cost = FREE
    wave: int = 1
    reason: Text = NOTHING
    help: Text = NOTHING
    intake: float = 0.0


@dataclass(frozen=True)
class Plan:
    """The lines in the registry's order, and what no plan can beat.

    ``bound`` holds for these routes, ``cny_at_least`` and ``late_at_least`` for any.
    """

    case: Case
    lines: Sequence[Line]
    bound: Bound
    cny_at_least: float
    late_at_least: int

    @property
    def late(self) -> list[Line]:
        """Libraries that cannot make the date."""
        return [line for line in self.lines if line.late]

    @property
    def finish(self) -> float:
        """When the last library that gets anything at all is done."""
        return max((line.finish for line in self.lines if line.finish < float("inf")), default=0.0)

    @property
    def cost(self) -> Cost:
        """What all of it costs."""
        return sum((line.cost for line in self.lines), Cost())

    @property
    def finish_above(self) -> float:
        """How far the end lies above the bound, as a share of it."""
        return above(self.finish, self.bound.moment)

    @property
    def cost_above(self) -> float:
        """How far the cost lies above the bound, as a share of it."""
        return above(self.cost.total, self.cny_at_least)

    def moment(self, seconds: float) -> datetime:
        """Return a moment of the plan by the calendar."""
        return datetime.combine(self.case.start, time()) + timedelta(seconds=round(seconds))


def above(value: float, bound: float) -> float:
    """Return how far a value lies above its bound, as a share of the bound; 0 where both are nothing."""
    return max(0.0, value / bound - 1) if bound > 0 else (0.0 if value <= 0 else float("inf"))
