"""Who may read something, and for how long: the licence of a bag or of a record, and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

SCOPES = ("lan", "province", "open")
"""From narrow to wide: readers on the LAN of a library; also readers of the province's other libraries, who
use it from afar; anybody whom the server answers."""

CHINA = timezone(timedelta(hours=8))
"""A licence ends with its last day there, whatever time zone the server's clock shows."""


@dataclass(frozen=True, slots=True)
class Licence:
    """Who may read a bag (``lan``, ``province`` or ``open``), and the last day of it; None means no end."""

    scope: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Who asks: the scope that they come from, and the day on which they ask."""

    scope: str
    today: date


def today() -> date:
    """Return the day by which licences are judged."""
    return datetime.now(CHINA).date()


def permits(licence: Licence, audience: Audience) -> bool:
    """Tell whether the audience may read what is under the licence; an unknown scope permits nobody."""
    if licence.scope not in SCOPES or audience.scope not in SCOPES:
        return False
    wide_enough = SCOPES.index(licence.scope) >= SCOPES.index(audience.scope)
    return wide_enough and (licence.until is None or audience.today <= licence.until)


def narrower(one: Licence, other: Licence) -> Licence:
    """Return the licence that permits what both of them permit."""
    ends = [end for end in (one.until, other.until) if end is not None]
    return Licence(min(one.scope, other.scope, key=SCOPES.index), min(ends, default=None))


def read(raw: object) -> Licence:
    """Read ``{"scope": "lan", "until": "2030-12-31"}``; raises ValueError, which says what is wrong."""
    if not isinstance(raw, Mapping) or not set(raw) <= {"scope", "until"}:
        raise ValueError("is not an object of scope and until")
    if not isinstance(raw.get("scope"), str) or raw["scope"] not in SCOPES:
        raise ValueError(f"has a scope that is none of {', '.join(SCOPES)}")
    until = raw.get("until")
    if until is None:
        return Licence(raw["scope"])
    try:
        return Licence(raw["scope"], _day(until))
    except (TypeError, ValueError):
        raise ValueError("has an until that is no day, YYYY-MM-DD") from None


def _day(text: Any) -> date:
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError(text)
    return day
