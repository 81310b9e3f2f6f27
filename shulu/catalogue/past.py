"""What the catalogue before tells: since when a record is as it is, and which records were there."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from shulu.catalogue.schema import CATALOGUE_FILE, FORMAT
from shulu.content.licence import Licence, narrower, read
from shulu.content.release import BagEntry


class Known(NamedTuple):
    """A bag of the catalogue before."""

    collection: str
    version: str
    digest: str
    licence: Licence


class Past:
    """The catalogue before this one; an empty one where there is none that this program reads."""

    def __init__(self, folder: Path | None) -> None:
        self.file = folder / CATALOGUE_FILE if folder is not None else None
        self.bags: dict[str, Known] = {}
        self._db: sqlite3.Connection | None = None
        if self.file is not None and self.file.exists():
            try:
                self._open(self.file)
            except sqlite3.Error:
                self.close()

    def _open(self, file: Path) -> None:
        self._db = sqlite3.connect(f"file:{quote(str(file))}?immutable=1&mode=ro", uri=True)
        if self._db.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
            self.close()
            return
        for name, collection, version, digest, scope, until in self._db.execute(
            "SELECT id, collection, version, digest, scope, until FROM bags"
        ):
            licence = Licence(scope, until and date.fromisoformat(until))
            self.bags[name] = Known(collection, version, digest, licence)

    def close(self) -> None:
        """Close the file; nothing is known from then on."""
        if self._db is not None:
            self._db.close()
        self._db = None
        self.bags = {}

    def unchanged(self, bag: BagEntry) -> bool:
        """Tell whether a bag was there with the same content."""
        known = self.bags.get(bag.id)
        return known is not None and known[:3] == (bag.collection, bag.version, bag.digest)

    def counts(self) -> tuple[int, int, int]:
        """Return how many records there were, how many when the frequent tokens were looked for, and how
        many are left behind in the index.
        """
        if self._db is None:
            return 0, 0, 0
        sampled, dead = self._db.execute("SELECT sampled, dead FROM state").fetchone()
        return self._db.execute("SELECT ifnull(sum(count), 0) FROM blocks").fetchone()[0], sampled, dead

    def since(self, bag: str, record_id: str, text: str, licence: Licence) -> str | None:
        """Return since when a record is as it is, None where it was not, or was another."""
        if self._db is None or bag not in self.bags:
            return None
        row = self._db.execute(
            "SELECT since, record FROM records WHERE bag = ? AND id = ?", (bag, record_id)
        ).fetchone()
        if row is None or row[1] != text or licence_of(self.bags[bag].licence, text) != licence:
            return None
        since: str = row[0]
        return since

    def moment(self) -> str:
        """Return the last moment of a change, "" where there is none."""
        if self._db is None:
            return ""
        # Asked of each table by itself, the records' index answers without their being read.
        tables = ("records", "gone")
        found = (self._db.execute(f"SELECT max(since) FROM {table}").fetchone()[0] for table in tables)  # noqa: S608
        return max(moment or "" for moment in found)

    def gone(self) -> Iterator[tuple[str, str, str, str, str, str]]:
        """Yield what was gone already, from all or from some: bag, id, collection, moment, both scopes."""
        if self._db is not None:
            yield from self._db.execute("SELECT bag, id, collection, since, had, has FROM gone")

    def records(self, bag: str) -> Iterator[tuple[str, str, str]]:
        """Yield the records of a bag: id, collection, scope."""
        if self._db is not None and bag in self.bags:
            known = self.bags[bag]
            for record_id, text in self._db.execute("SELECT id, record FROM records WHERE bag = ?", (bag,)):
                yield record_id, known.collection, licence_of(known.licence, text).scope


def licence_of(bag: Licence, record: str) -> Licence:
    """Return the licence of a record, as its line tells it, in a bag with this one."""
    own = json.loads(record).get("licence") if '"licence"' in record else None
    return narrower(bag, read(own)) if own else bag
