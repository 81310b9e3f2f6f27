"""The file of the counts: by hour and collection, by hour and item, and their sums; bounded in size.

What is added goes in by one transaction or not at all, so that being killed at any moment never doubles a
count.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

HOURS_DAYS = 40
"""Days for which hours are kept."""
DAYS_DAYS = 5 * 366
"""Days for which the sums of a day are kept."""
MONTHS_DAYS = 2 * 366
"""Days for which the items of a month are kept."""
MOST_ITEM_ROWS = 200_000
MOST_MONTH_ITEMS = 10_000
TOP_ITEMS = 500
"""Items that are kept of a month that is over."""

FORMAT = 1
_COUNTS = "visits INTEGER DEFAULT 0, views INTEGER DEFAULT 0, downloads INTEGER DEFAULT 0"
_TABLES = f"""
CREATE TABLE hours (hour TEXT, collection TEXT, {_COUNTS}, PRIMARY KEY (hour, collection)) WITHOUT ROWID;
CREATE TABLE days (day TEXT, collection TEXT, {_COUNTS}, PRIMARY KEY (day, collection)) WITHOUT ROWID;
CREATE TABLE items (hour TEXT, bag TEXT, item TEXT, {_COUNTS}, PRIMARY KEY (hour, bag, item)) WITHOUT ROWID;
CREATE TABLE item_months (month TEXT, bag TEXT, item TEXT, {_COUNTS}, PRIMARY KEY (month, bag, item))
  WITHOUT ROWID;
PRAGMA user_version = {FORMAT};
"""
_SUMS = "sum(visits), sum(views), sum(downloads)"
_TOP = (
    "SELECT bag, item, sum(views), sum(downloads) FROM {table} WHERE {key} ? GROUP BY bag, item"
    " ORDER BY sum(views) + sum(downloads) DESC, bag, item LIMIT ?"
)
_TRIM = """
DELETE FROM item_months WHERE month = ?1 AND (bag, item) NOT IN (
  SELECT bag, item FROM item_months WHERE month = ?1 ORDER BY views + downloads DESC, bag, item LIMIT ?2)
"""

VISITS, VIEWS, DOWNLOADS = "visits", "views", "downloads"
Counts = tuple[int, int, int]
"""Visits, views, downloads."""


@dataclass(slots=True)
class Pending:
    """What was counted in an hour, not in the file yet: by (collection, what) and by (bag, item, what)."""

    collections: Counter[tuple[str, str]] = field(default_factory=Counter)
    items: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.collections)


class Ledger:
    """The open file, for one thread at a time; ``folder`` must be there.

    Raises sqlite3.Error where it is none or cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / "usage.db", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA synchronous = FULL")
        if (said := self._db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(said)
        if self._db.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
            self._db.executescript(f"BEGIN; {_TABLES} COMMIT;")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def add(self, hour: datetime, pending: Pending) -> None:
        """Add what was counted in an hour, all or nothing, and drop what is too old."""
        at, day, month = f"{hour:%Y-%m-%dT%H}", f"{hour:%Y-%m-%d}", f"{hour:%Y-%m}"
        with _transaction(self._db):
            known = self._db.execute("SELECT 1 FROM hours WHERE hour = ? LIMIT 1", (at,)).fetchone()
            if known is None:
                self._drop(hour.date())
            for (collection, what), count in pending.collections.items():
                self._count("hours", ("hour", "collection"), (at, collection), what, count)
                self._count("days", ("day", "collection"), (day, collection), what, count)
            for (bag, item, what), count in pending.items.items():
                self._count("items", ("hour", "bag", "item"), (at, bag, item), what, count)
                self._count("item_months", ("month", "bag", "item"), (month, bag, item), what, count)

    def days(self, first: date, last: date) -> dict[str, Counts]:
        """Return the sums of these days by collection, "" for what is of none."""
        rows = self._db.execute(
            f"SELECT collection, {_SUMS} FROM days WHERE day BETWEEN ? AND ? GROUP BY collection",  # noqa: S608
            (first.isoformat(), last.isoformat()),
        )
        return {collection: (visits, views, downloads) for collection, visits, views, downloads in rows}

    def months(self, first: date) -> dict[str, dict[str, Counts]]:
        """Return the sums of each month from that of a day on, by month and collection."""
        rows = self._db.execute(
            f"SELECT substr(day, 1, 7) AS month, collection, {_SUMS} FROM days WHERE day >= ?"  # noqa: S608
            " GROUP BY month, collection",
            (f"{first:%Y-%m}",),
        )
        found: dict[str, dict[str, Counts]] = {}
        for month, collection, *counts in rows:
            found.setdefault(month, {})[collection] = tuple(counts)
        return found

    def hours(self, first: date) -> dict[str, Counts]:
        """Return the sums of each hour from a day on, by hour: ``2026-11-23T09``."""
        rows = self._db.execute(
            f"SELECT hour, {_SUMS} FROM hours WHERE hour >= ? GROUP BY hour ORDER BY hour",  # noqa: S608
            (first.isoformat(),),
        )
        return {hour: (visits, views, downloads) for hour, visits, views, downloads in rows}

    def top(self, first: date, limit: int) -> list[tuple[str, str, int, int]]:
        """Return bag, id, views and downloads of the items that were opened most from a day on."""
        return self._db.execute(
            _TOP.format(table="items", key="hour >="), (first.isoformat(), limit)
        ).fetchall()

    def top_of_month(self, day: date, limit: int) -> list[tuple[str, str, int, int]]:
        """Return the same for the month of a day."""
        return self._db.execute(
            _TOP.format(table="item_months", key="month ="), (f"{day:%Y-%m}", limit)
        ).fetchall()

    def since(self) -> str:
        """Return the first day that is counted, "" where none is."""
        return self._db.execute("SELECT ifnull(min(day), '') FROM days").fetchone()[0]  # type: ignore[no-any-return]

    def sizes(self) -> Mapping[str, int]:
        """Return how many rows each table has."""
        names = ("hours", "days", "items", "item_months")
        return {name: self._db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}  # noqa: S608

    def _count(
        self, table: str, keys: tuple[str, ...], values: tuple[str, ...], what: str, count: int
    ) -> None:
        self._db.execute(
            f"INSERT INTO {table} ({', '.join(keys)}, {what}) VALUES ({'?, ' * len(values)}?)"  # noqa: S608
            f" ON CONFLICT DO UPDATE SET {what} = {what} + excluded.{what}",
            (*values, count),
        )

    def _drop(self, today: date) -> None:
        """Drop what is too old, and what is too much: the oldest hours of items, the least of a month's."""
        before = [today - timedelta(days) for days in (HOURS_DAYS, HOURS_DAYS, DAYS_DAYS, MONTHS_DAYS)]
        for (table, key), day in zip(
            (("hours", "hour"), ("items", "hour"), ("days", "day"), ("item_months", "month")),
            before,
            strict=True,
        ):
            oldest = f"{day:%Y-%m}" if key == "month" else day.isoformat()
            self._db.execute(f"DELETE FROM {table} WHERE {key} < ?", (oldest,))  # noqa: S608
        if (too_many := self.sizes()["items"] - MOST_ITEM_ROWS) > 0:
            self._db.execute(
                "DELETE FROM items WHERE hour <= (SELECT hour FROM items ORDER BY hour LIMIT 1 OFFSET ?)",
                (too_many,),
            )
        this = f"{today:%Y-%m}"
        for (month,) in self._db.execute("SELECT DISTINCT month FROM item_months").fetchall():
            self._db.execute(_TRIM, (month, MOST_MONTH_ITEMS if month >= this else TOP_ITEMS))


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
