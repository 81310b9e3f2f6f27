"""How the report says things: numbers, moments, and which receipts a figure rests on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from itertools import groupby

BEIJING = timezone(timedelta(hours=8))
"""The time of the whole country, which the report speaks in."""
TIERS = {"province": "省级馆", "city": "地市馆", "county": "县级馆", "station": "基层站点"}
ROUTES = {"network": "网络", "disk": "硬盘", "remote": "远程"}
MOST_RUNS = 20
"""Ranges of numbers that one cell shows: a page breaks between rows, never within one."""
STATES = {
    "current": "已上线（本批次）",
    "live": "已上线（旧批次）",
    "pending": "已接入未上线",
    "awaiting": "待接入",
}


def tb(count: float) -> str:
    """Return bytes as TB of 10**12, or in GB and MB where that says more."""
    for size, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if count >= size / 10 and count:
            return f"{count / size:,.2f} {unit}"
    return f"{count / 1e6:,.3f} MB" if count else "0"


def minute(moment: str) -> str:
    """``2026-11-23T08:15:00Z`` as ``2026-11-23 16:15``, Beijing time; "" stays ""."""
    return f"{_there(moment):%Y-%m-%d %H:%M}" if moment else ""


def day(moment: str) -> str:
    """The day of a moment, Beijing time, as ``2026年11月23日``."""
    if not moment:
        return ""
    there = _there(moment)
    return f"{there.year}年{there.month}月{there.day}日"


def _there(moment: str) -> datetime:
    found = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ")
    # No moment is later than the year 9999, also where the day begins earlier.
    return found if found.year == 9999 else found.replace(tzinfo=UTC).astimezone(BEIJING)


def numbers(receipts: Iterable[int]) -> str:
    """Return numbers of receipts as ranges, ``1～5、8``; of very many the first, and how many there are."""
    runs, count = [], 0
    for _, run in groupby(enumerate(sorted(receipts)), lambda pair: pair[1] - pair[0]):
        found = [number for _, number in run]
        count += len(found)
        runs.append(f"{found[0]}～{found[-1]}" if len(found) > 1 else str(found[0]))
    told = "、".join(runs[:MOST_RUNS])
    return told if len(runs) <= MOST_RUNS else f"{told} 等 {count:,} 份，全部号码见 report.json"


def line(text: str, most: int = 200) -> str:
    """Return what others wrote as one line that every file can hold: nothing that steers, cut where long."""
    kept = "".join(each if each.isprintable() else " " for each in text[: 4 * most])
    plain = " ".join(kept.split())
    return plain if len(plain) <= most and len(text) <= 4 * most else f"{plain[: most - 1]}…"
