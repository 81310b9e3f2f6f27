"""The bench that writes shipping disks: so many a day, a parcel leaves when its last disk is written.

Disks are tasks of equal length with due days: the earliest due first is optimal (Jackson 1955), so whether
all can be in time is known for certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shulu.plan.hours import DAY


@dataclass(frozen=True, slots=True)
class Parcel:
    """The disks of one library: ``shipping`` days, ``intake`` seconds; ``due`` is when it must be live."""

    code: str
    disks: int
    shipping: int
    intake: float
    due: float
    wave: int = 0

    @property
    def day(self) -> int:
        """The last day, from 1, by whose end its disks must be written."""
        return int((self.due - self.intake + 1e-3) // DAY) - self.shipping


def ready_day(before: int, copies: int) -> int:
    """Return the day, from 1, at whose end so many disks are written."""
    return -(-before // copies)


def schedule(parcels: Sequence[Parcel], copies: int) -> dict[str, tuple[float, float, float]]:
    """Return for each library when its copying begins, when it leaves, and when it is live: seconds."""
    written = 0
    found = {}
    for parcel in sorted(parcels, key=lambda one: (one.day, one.wave, one.code)):
        begins = written // copies * DAY
        written += parcel.disks
        leaves = ready_day(written, copies) * DAY
        found[parcel.code] = (begins, leaves, leaves + parcel.shipping * DAY + parcel.intake)
    return found


def in_time(parcels: Sequence[Parcel], copies: int) -> bool:
    """Tell whether every library can be live when it is due."""
    written = 0
    for parcel in sorted(parcels, key=lambda one: one.day):
        written += parcel.disks
        if ready_day(written, copies) > parcel.day:
            return False
    return True
