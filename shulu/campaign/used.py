"""How much libraries are used: what their servers tell is doubted, and kept by month for the report.

``usage.csv`` beside ``status.json`` has a row a library, month and collection. A library whose line is down
keeps its rows, and tells the months that were missed when it answers again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from shulu.findings import refuse
from shulu.programme import COLLECTIONS
from shulu.registry.table import decode

FILE = "usage.csv"
HEADS = ("馆代码", "月份", "资源库", "访问次数", "阅览次数", "下载次数", "汇集时间")
MOST_MONTHS = 24
_IDS = frozenset(each.id for each in COLLECTIONS)
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,12}", re.ASCII)
_MOST = 10**12
Counts = tuple[int, int, int]


def told(said: Any) -> dict[str, Any] | None:
    """Return what a server tells of its use, as far as it makes sense; None where it tells nothing.

    ``week`` and ``month`` have sums by collection, ``months`` by month and collection; "" stands for all
    collections together with the pages of none. Counts are visits, views, downloads.
    """
    if not isinstance(said, Mapping) or not isinstance(said.get("months"), Mapping):
        return None
    months = {
        month: _summed(counts)
        for month, counts in list(said["months"].items())[-MOST_MONTHS:]
        if isinstance(month, str) and _MONTH.fullmatch(month)
    }
    return {"week": _summed(said.get("week")), "month": _summed(said.get("month")), "months": months}


def _summed(counts: Any) -> dict[str, list[int]]:
    if not isinstance(counts, Mapping):
        return {"": [0, 0, 0]}
    good = {name: each for name, each in counts.items() if _is_counts(each)}
    total = [sum(each[place] for each in good.values()) for place in range(3)]
    return {"": total} | {name: list(good[name]) for name in sorted(_IDS & good.keys())}


def _is_counts(each: Any) -> bool:
    return (
        isinstance(each, list | tuple)
        and len(each) == 3
        and all(type(number) is int and 0 <= number < _MOST for number in each)
    )


def week(row: Mapping[str, Any]) -> Counts | None:
    """Return this week's visits, views and downloads of a row of the status; None where it tells none."""
    try:
        total = row["usage"]["week"][""]
    except (KeyError, TypeError):
        return None
    return (total[0], total[1], total[2]) if _is_counts(total) else None


def gathered(before: bytes, rows: Iterable[Mapping[str, Any]], written: str) -> str:
    """Return ``usage.csv`` with what these rows tell; ``before`` is what it has so far, ``written`` now.

    A count never becomes less, as that of a server that was set up anew would. Raises Refused where it is no
    table.
    """
    kept = _read(before)
    for row in rows:
        for month, counts in ((row.get("usage") or {}).get("months") or {}).items():
            for collection, numbers in counts.items():
                key = (row["library"], month, collection)
                old, since = kept.get(key, ((0, 0, 0), ""))
                new = _three(map(max, old, numbers))
                kept[key] = (new, since if since and new == old else written)
    sheet = io.StringIO()
    out = csv.writer(sheet, lineterminator="\n")
    out.writerow(HEADS)
    for key in sorted(kept):
        out.writerow([*key, *kept[key][0], kept[key][1]])
    return sheet.getvalue()


def _read(before: bytes) -> dict[tuple[str, str, str], tuple[Counts, str]]:
    kept = {}
    try:
        for line in csv.DictReader(io.StringIO(decode(before, FILE)), strict=True):
            library, month, collection, *numbers, moment = (str(line.get(head) or "") for head in HEADS)
            if _MONTH.fullmatch(month) and all(_COUNT.fullmatch(number) for number in numbers):
                kept[library, month, collection] = (_three(map(int, numbers)), moment)
    except csv.Error as error:
        raise refuse(FILE, f"is no CSV: {error}", "mend or remove the one in the work folder") from error
    return kept


def _three(numbers: Iterable[int]) -> Counts:
    visits, views, downloads = numbers
    return visits, views, downloads
