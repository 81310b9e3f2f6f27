"""Read items from a catalogue's file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import date
from typing import Any

from shulu.catalogue import media
from shulu.catalogue.model import File, Item
from shulu.content.licence import Licence, narrower, read
from shulu.programme import collection

_ITEMS = (
    "SELECT number, records.bag, bags.version, bags.collection, records.id, kind, record, sizes, bags.scope,"
    " bags.until, since FROM json_each(?) AS wanted JOIN records ON number = wanted.value"
    " JOIN bags ON bags.id = records.bag"
)


def items(db: sqlite3.Connection, numbers: Sequence[int]) -> tuple[Item, ...]:
    """Return the items of these numbers, which must be there, in the same order."""
    rows = db.execute(_ITEMS, (json.dumps(numbers),)).fetchall()
    found = {number: _item(row) for number, *row in rows}
    return tuple(found[number] for number in numbers)


def file_licences(db: sqlite3.Connection, bag: str) -> dict[str, Licence]:
    """Return the files that a bag's records name, with its record's licence, the narrowest of several."""
    found: dict[str, Licence] = {}
    known: dict[Licence, Licence] = {}
    rows = db.execute(
        "SELECT record, bags.scope, bags.until FROM records JOIN bags ON bags.id = bag WHERE bag = ?", (bag,)
    )
    for text, scope, until in rows:
        record = json.loads(text)
        terms = _terms(record, scope, until)
        for path in record["files"]:
            both = narrower(found[path], terms) if path in found else terms
            # There are few licences for many files: those that are equal are one.
            found[path] = known.setdefault(both, both)
    return found


def licence(value: str) -> Licence:
    """Return a licence as ``codes`` keeps it: ``province 2030-12-31``."""
    scope, _, until = value.partition(" ")
    return Licence(scope, date.fromisoformat(until) if until else None)


def _item(row: list[Any]) -> Item:
    bag, version, collection_id, record_id, kind, text, sizes, scope, until, since = row
    record = json.loads(text)
    files = tuple(
        File(path, size, media.type_of(path))
        for path, size in zip(record["files"], json.loads(sizes), strict=True)
    )
    terms = _terms(record, scope, until)
    return Item(bag, version, collection(collection_id), record_id, kind, record, files, terms, since)


def _terms(record: dict[str, Any], scope: str, until: str | None) -> Licence:
    terms = Licence(scope, date.fromisoformat(until) if until else None)
    return narrower(terms, read(record["licence"])) if "licence" in record else terms
