"""What is told of the counts: ``usage.json`` for pages and status, ``usage.prom`` for a monitor, and
``usage.html``, which a remote library's web server puts into its librarian's page.

Days, weeks and months are those of China, whatever time zone the server's clock shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from shulu.usage.fragment import section
from shulu.usage.ledger import Ledger

FOLDER = Path("/run/shulu-figures")
FIGURES_FILE, METRICS_FILE, SECTION_FILE = "usage.json", "usage.prom", "usage.html"
MONTHS = 13
"""Months that are told: a server that was out of reach for long tells them when it is back."""
TOP = 20
MOST_BYTES = 1 << 20
_NO_COLLECTION = "portal"
"""Label of what is of no collection: an empty one is none to Prometheus."""


def build(ledger: Ledger, now: datetime) -> dict[str, Any]:
    """Return what is told at a moment, which has a time zone: its day is the one of that zone."""
    today = now.date()
    monday, first = today - timedelta(today.weekday()), today.replace(day=1)
    return {
        "format": 1,
        "written": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "since": ledger.since(),
        "week": {
            "from": monday.isoformat(),
            "counts": ledger.days(monday, today),
            "hours": ledger.hours(monday),
            "items": _items(ledger.top(monday, TOP)),
        },
        "month": {
            "from": first.isoformat(),
            "counts": ledger.days(first, today),
            "items": _items(ledger.top_of_month(first, TOP)),
        },
        "months": ledger.months(_months_before(first, MONTHS - 1)),
        "all": ledger.days(date.min, date.max),
    }


def _items(rows: list[tuple[str, str, int, int]]) -> list[dict[str, object]]:
    return [dict(zip(("bag", "id", "views", "downloads"), row, strict=True)) for row in rows]


def _months_before(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def publish(folder: Path, figures: Mapping[str, Any]) -> None:
    """Write all files, each by one rename."""
    texts = {
        FIGURES_FILE: json.dumps(figures, ensure_ascii=False, separators=(",", ":")) + "\n",
        METRICS_FILE: metrics(figures),
        SECTION_FILE: section(figures),
    }
    for name, text in texts.items():
        fresh = folder / f".{name}.new"
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(folder / name)


def read_figures(folder: Path = FOLDER) -> dict[str, Any] | None:
    """Return what was told last; None where nothing is, or it makes no sense."""
    try:
        with (folder / FIGURES_FILE).open("rb") as stream:
            said = json.loads(stream.read(MOST_BYTES))
        if said["format"] != 1 or not all(map(_is_counts, _all_counts(said))):
            return None
        items = [*said["week"]["items"], *said["month"]["items"]]
        if not all(set(item) == {"bag", "id", "views", "downloads"} for item in items):
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return said  # type: ignore[no-any-return]


def _all_counts(said: Mapping[str, Any]) -> Iterator[Any]:
    yield from (said["week"]["counts"], said["week"]["hours"], said["month"]["counts"], said["all"])
    yield from said["months"].values()


def _is_counts(found: Any) -> bool:
    return all(len(counts) == 3 and all(type(n) is int for n in counts) for counts in found.values())


def total(counts: Mapping[str, Any]) -> tuple[int, int, int]:
    """Add visits, views and downloads up over all collections, and pages of none."""
    visits, views, downloads = (sum(each[place] for each in counts.values()) for place in range(3))
    return visits, views, downloads


def metrics(figures: Mapping[str, Any]) -> str:
    """Return the counts since counting began in Prometheus's text format, version 0.0.4."""
    lines = []
    words = (
        ("visits", "Pages that readers opened."),
        ("views", "Pages of items and their readers that readers opened."),
        ("downloads", "Files that readers began to fetch or play."),
    )
    for place, (name, text) in enumerate(words):
        lines += [f"# HELP shulu_usage_{name}_total {text}", f"# TYPE shulu_usage_{name}_total counter"]
        lines += [
            f'shulu_usage_{name}_total{{collection="{collection or _NO_COLLECTION}"}} {counts[place]}'
            for collection, counts in sorted(figures["all"].items())
        ]
    written = datetime.fromisoformat(figures["written"]).timestamp()
    lines += [
        "# HELP shulu_usage_written_timestamp_seconds When these counts were written.",
        "# TYPE shulu_usage_written_timestamp_seconds gauge",
        f"shulu_usage_written_timestamp_seconds {written:.0f}",
    ]
    return "\n".join(lines) + "\n"
