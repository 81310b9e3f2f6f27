"""Which records are gone, for those who gather records by their changes: from all readers, or from some."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date

from shulu.catalogue.past import Past, licence_of
from shulu.content.licence import SCOPES, Licence
from shulu.content.release import BagEntry


def remember(db: sqlite3.Connection, past: Past, moment: str, changed: Iterable[BagEntry]) -> None:
    """Note what is gone since the catalogue before; ``changed`` are bags that are new, other, or relicensed.

    A record is gone from an audience that its scope permitted once (``had``) and does not permit now
    (``has``, "" where the record is not here at all).
    """
    db.executemany("INSERT OR IGNORE INTO gone VALUES (?, ?, ?, ?, ?, ?)", past.gone())
    here = {bag for (bag,) in db.execute("SELECT id FROM bags")}
    for bag in {bag.id for bag in changed} | (past.bags.keys() - here):
        _remember(db, past, moment, bag)


def _remember(db: sqlite3.Connection, past: Past, moment: str, bag: str) -> None:
    before = {record_id: (collection, scope, scope) for record_id, collection, scope in past.records(bag)}
    known = {
        record_id: (collection, had, has)
        for record_id, collection, had, has in db.execute(
            "SELECT id, collection, had, has FROM gone WHERE bag = ?", (bag,)
        )
    }
    scopes = _scopes(db, bag) if before or known else {}
    for record_id, (collection, had, said) in (before | known).items():
        now = scopes.get(record_id, "")
        if now and _width(now) >= _width(had):
            if record_id in known:
                db.execute("DELETE FROM gone WHERE bag = ? AND id = ?", (bag, record_id))
        elif now != said:
            row = (bag, record_id, collection, moment, had, now)
            db.execute("INSERT OR REPLACE INTO gone VALUES (?, ?, ?, ?, ?, ?)", row)


def _scopes(db: sqlite3.Connection, bag: str) -> dict[str, str]:
    """Return the scope of each record of a bag."""
    row = db.execute("SELECT scope, until FROM bags WHERE id = ?", (bag,)).fetchone()
    if row is None:
        return {}
    licence = Licence(row[0], row[1] and date.fromisoformat(row[1]))
    records = db.execute("SELECT id, record FROM records WHERE bag = ?", (bag,))
    return {record_id: licence_of(licence, text).scope for record_id, text in records}


def _width(scope: str) -> int:
    return SCOPES.index(scope)
