"""What readers will soon not have any more: what servers tell of it is doubted, and gathered over all."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shulu.moment import moment

MOST_SHOWN = 12
_MOST = 10_000
_BAG = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ending:
    """Records of a bag that may be read until a day: how many at most in one library, and in how many."""

    until: str
    bag: str
    records: int
    libraries: int


def told(said: Any) -> list[dict[str, Any]] | None:
    """Return what a server tells, rows of ``until``, ``bag``, ``records``; None where it tells nothing."""
    if not isinstance(said, list):
        return None
    return [{name: row[name] for name in ("until", "bag", "records")} for row in said[:_MOST] if _is_row(row)]


def _is_row(row: Any) -> bool:
    if not isinstance(row, Mapping):
        return False
    until, bag, records = row.get("until"), row.get("bag"), row.get("records")
    try:
        right = isinstance(until, str) and date.fromisoformat(until).isoformat() == until
    except ValueError:
        return False
    return (
        right and isinstance(bag, str) and bool(_BAG.fullmatch(bag)) and type(records) is int and records > 0
    )


def gathered(rows: Iterable[Mapping[str, Any]], written: str) -> list[Ending]:
    """Return what rows of the status tell, soonest first; what ended before ``written`` is no news."""
    today = moment(written)[:10]
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in rows:
        for each in told(row.get("lapsing")) or ():
            if each["until"] >= today:
                found[each["until"], each["bag"]].append(each["records"])
    return [Ending(*key, max(counts), len(counts)) for key, counts in sorted(found.items())]


def lines(endings: Sequence[Ending]) -> list[str]:
    """Return lines that people read below the table; none where nothing ends."""
    if not endings:
        return []
    shown = [
        f"  {each.until}  {each.bag}: {each.records} records, {each.libraries} libraries"
        for each in endings[:MOST_SHOWN]
    ]
    more = len(endings) - len(shown)
    return ["licences that end soon, by their last day:", *shown, *([f"  and {more} more"] if more else [])]


def names(endings: Sequence[Ending]) -> list[str]:
    """Return the same in Chinese, one text each."""
    return [f"{each.until} {each.bag}（{each.records:,} 种，{each.libraries} 馆）" for each in endings]
