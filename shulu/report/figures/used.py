"""How much it is used, added up: what tells the rows is no matter here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from shulu.programme import collection, place
from shulu.report.figures.known import Row
from shulu.report.usage import Usage


def used(rows: Sequence[Usage], names: Mapping[str, str]) -> Row:
    """Add usage up by month, collection and library; a library's own total stands above its parts."""
    whole = {(each.library, each.month) for each in rows if not each.collection}
    counted = [each for each in rows if not each.collection or (each.library, each.month) not in whole]
    parts = [each for each in rows if each.collection]
    by_month, by_id, by_library = (
        _grouped(each, key) for each, key in ((counted, "month"), (parts, "collection"), (counted, "library"))
    )
    return {
        "total": _counts("合计", counted),
        "months": [_counts(month, by_month[month]) for month in sorted(by_month)],
        "collections": [_counts(collection(id_).zh, by_id[id_]) for id_ in sorted(by_id, key=place)],
        "libraries": [
            {"library": code} | _counts(names[code], by_library[code]) for code in sorted(by_library)
        ],
    }


def _grouped(rows: Iterable[Usage], key: str) -> dict[str, list[Usage]]:
    found: dict[str, list[Usage]] = {}
    for each in rows:
        found.setdefault(getattr(each, key), []).append(each)
    return found


def _counts(name: str, rows: Iterable[Usage]) -> Row:
    visits, views, downloads = (sum(each.counts[place] for each in rows) for place in range(3))
    return {"name": name, "visits": visits, "views": views, "downloads": downloads}
