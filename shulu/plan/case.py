"""What is asked of a plan: libraries, release, days, and the terms on which lines, disks and people work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from shulu.plan.hours import ALL_DAY, Hours

NETWORK, DISK, REMOTE = "network", "disk", "remote"
MBIT = 125_000.0
"""Bytes a second of one Mbit/s."""
TB = 10**12


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for pages and one for the terminal."""

    zh: str = ""
    en: str = ""

    def __bool__(self) -> bool:
        return bool(self.en)

    def __add__(self, other: Text) -> Text:
        if not (self and other):
            return self or other
        return Text(f"{self.zh}；{other.zh}", f"{self.en}; {other.en}")


NOTHING = Text()


@dataclass(frozen=True, slots=True)
class Bag:
    """One bag of the release; ``bytes`` is its payload."""

    id: str
    version: str
    collection: str
    bytes: int


@dataclass(frozen=True, slots=True, order=True)
class DiskKind:
    """Disks that can be bought: ``bytes`` as it is sold, ``cny`` apiece."""

    bytes: int
    cny: float


@dataclass(frozen=True, slots=True)
class Terms:
    """Rates. ``*_cny`` are CNY; mappings are by tier or, for ``training_cny``, by route.

    ``efficiency`` is the payload's share of a declared line, ``spare`` what a file system takes of a disk
    beside the payload, ``import_mb_s`` how fast a library's server takes a disk in, MB/s.
    """

    disks: tuple[DiskKind, ...]
    copies_a_day: int
    shipping_days: Mapping[str, int]
    import_mb_s: float
    parcel_cny: Mapping[str, float]
    copy_cny: float
    network_cny_per_tb: float
    training_cny: Mapping[str, float]
    uplink_mbit: Mapping[str, float]
    capacity_tb: Mapping[str, float]
    slots: int = 20
    efficiency: float = 0.9
    remote_from_mbit: float = 20.0
    spare: float = 1.03
    wave_days: int = 7


@dataclass(frozen=True, slots=True)
class Site:
    """One library. ``routes`` are those that the registry leaves open to it, the preferred first.

    ``line`` is its line in payload bytes a second, 0 where unknown, and ``speed`` says where that comes from:
    measured, declared or unknown. ``uplink`` is what it can pass on to the libraries below it. ``bags`` is
    what it needs and does not have. ``room`` is what its server has free for them, bytes, None where nobody
    has looked; ``remark`` is what was found on the way. ``wave`` is the registry's own, 0 where the plan is
    to say it.
    """

    code: str
    name: str
    tier: str
    parent: str
    routes: tuple[str, ...]
    line: float = 0.0
    speed: str = "unknown"
    uplink: float = 0.0
    hours: Hours = ALL_DAY
    bags: tuple[Bag, ...] = ()
    room: int | None = None
    wave: int = 0
    awaiting: bool = False
    remark: Text = NOTHING


@dataclass(frozen=True)
class Case:
    """A province's question. ``sites`` has the hub, whose ``parent`` is ""; the release is there already.

    ``start`` is the first day, ``date`` the last one: what is there at its end is in time.
    """

    province: str
    release: str
    start: date
    date: date
    sites: tuple[Site, ...]
    terms: Terms

    @property
    def days(self) -> int:
        """Days of the plan, both ends included."""
        return (self.date - self.start).days + 1

    @property
    def hub(self) -> Site:
        """The one library without a parent."""
        return next(site for site in self.sites if not site.parent)
