"""The truth that the search is held against: a plain scan of the same records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from shulu.catalogue.model import Facets, Filters
from shulu.catalogue.normalise import is_cjk, normalise, runs
from shulu.catalogue.search import MAX_WORDS


def holds(text: str, word: str) -> bool:
    """Tell whether a run of characters stands in a text, or whether another word begins a word of it."""
    if is_cjk(word):
        return word in normalise(text)
    return any(not is_cjk(run) and run.startswith(word) for run in runs(text))


class Scan:
    """The hits of a query among records, in their order: each has its collection in ``collection``."""

    def __init__(self, records: Sequence[dict[str, Any]], query: str, filters: Filters) -> None:
        words = list(dict.fromkeys(runs(query)))[:MAX_WORDS]
        self._filters = filters
        tiers: dict[str, int] = {}
        for record in records:
            head = [*record.get("creator", ()), *record.get("subject", ())]
            everything = [record["title"], *head, record.get("description", "")]
            if not words:
                if not query.strip() and filters != Filters():
                    tiers[record["id"]] = 3
            elif " ".join(runs(record["title"])) == " ".join(runs(query)):
                tiers[record["id"]] = 0
            elif all(holds(record["title"], word) for word in words):
                tiers[record["id"]] = 1
            elif all(any(holds(text, word) for text in [record["title"], *head]) for word in words):
                tiers[record["id"]] = 2
            elif all(any(holds(text, word) for text in everything) for word in words):
                tiers[record["id"]] = 3
        self._found = [record for record in records if record["id"] in tiers]
        hits = [record for record in self._found if self._fits(record)]
        self.ids = [record["id"] for record in sorted(hits, key=lambda record: tiers[record["id"]])]

    def facets(self) -> dict[str, dict[str, int]]:
        counted = {}
        for name in ("collection", "medium", "year", "language"):
            values = (_value(record, name) for record in self._found if self._fits(record, but=name))
            counted[name] = dict(Counter(value for value in values if value))
        return counted

    def _fits(self, record: dict[str, Any], but: str = "") -> bool:
        for name in ("collection", "medium", "year", "language"):
            wanted = getattr(self._filters, name)
            if name != but and wanted is not None and _value(record, name) != wanted:
                return False
        return True


def _value(record: dict[str, Any], name: str) -> str:
    if name == "year":
        date = record.get("date", "")
        return date[:4] if date[:4].isdecimal() and len(date) >= 4 else ""
    return str(record.get(name, ""))


def told(facets: Facets) -> dict[str, dict[str, int]]:
    """Return the facets of a result as the scan tells them."""
    return {
        name: {count.value: count.count for count in getattr(facets, name)}
        for name in ("collection", "medium", "year", "language")
    }
