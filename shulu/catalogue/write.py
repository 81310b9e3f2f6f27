"""Write a catalogue: bags come in and go out of it, each in blocks of its own."""

from __future__ import annotations

import json
import sqlite3
import sys
import zlib
from array import array
from collections import defaultdict
from collections.abc import Iterable

from shulu.catalogue.past import Past
from shulu.catalogue.prepare import Row
from shulu.catalogue.schema import (
    ANYWHERE,
    BLOCK,
    BLOCK_BITS,
    CODED,
    HEAD,
    MOST_CODES,
    TITLE,
)
from shulu.content.licence import Licence, narrower, read
from shulu.content.release import BagEntry

_WORTH_PACKING = 4
"""Dense bitmaps, which gain least, take twenty times as long to unpack as to read."""
_LEVELS = (ANYWHERE, HEAD, TITLE)
_ADD_RECORD = "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_ADD_HEAD = "INSERT INTO heads (rowid, title, rest, initials) VALUES (?, ?, ?, ?)"
_ADD_WORDS = "INSERT INTO search (rowid, text) VALUES (?, ?)"


class _Codes:
    """Numbers for values, as the table ``codes`` tells them."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[tuple[str, str], int] = {
            (name, value): code for name, code, value in db.execute("SELECT name, code, value FROM codes")
        }
        self._next: defaultdict[str, int] = defaultdict(lambda: 1)
        for (name, _), code in self._known.items():
            self._next[name] = max(self._next[name], code + 1)

    def code(self, name: str, value: str) -> int:
        """Return the number of a value, 0 for none."""
        if not value:
            return 0
        code = self._known.get((name, value))
        if code is None:
            code = self._next[name]
            if code >= MOST_CODES:
                return MOST_CODES
            self._next[name] += 1
            self._known[name, value] = code
            self._db.execute("INSERT INTO codes VALUES (?, ?, ?)", (name, code, value))
        return code


class Writer:
    """A catalogue that is being written; ``moment`` is since when what changes in it is as it is."""

    def __init__(self, db: sqlite3.Connection, past: Past, moment: str) -> None:
        self._db = db
        self._past = past
        self._moment = moment
        self._codes = _Codes(db)

    def add(self, bag: BagEntry, rows: Iterable[Row]) -> None:
        """Write a bag that is not in the catalogue."""
        until = bag.licence.until and bag.licence.until.isoformat()
        self._db.execute(
            "INSERT INTO bags VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(bag.id, bag.collection, bag.version, bag.digest, bag.bytes, bag.files),
                *(bag.licence.scope, until),
            ),
        )
        block = _Block(0)
        for place, row in enumerate(rows):
            if place % BLOCK == 0:
                self._end(bag, block)
                block = _Block(self._next() << BLOCK_BITS)
            self._write(bag, row, block)
        self._end(bag, block)

    def _next(self) -> int:
        """Return the number of a new block: none that another had, whose words the index keeps."""
        number: int
        (number,) = self._db.execute(
            "UPDATE state SET last_block = last_block + 1 RETURNING last_block"
        ).fetchone()
        return number

    def drop(self, bag_id: str) -> None:
        """Take out a bag. Its words stay in the index, under numbers that nobody has."""
        blocks = [row[0] for row in self._db.execute("SELECT block FROM blocks WHERE bag = ?", (bag_id,))]
        for block in blocks:
            first, last = block << BLOCK_BITS, (block + 1 << BLOCK_BITS) - 1
            self._db.execute(
                "UPDATE state SET dead = dead + (SELECT count FROM blocks WHERE block = ?)", (block,)
            )
            for table in ("records", "texts"):
                self._db.execute(f"DELETE FROM {table} WHERE number BETWEEN ? AND ?", (first, last))  # noqa: S608
            for table in ("names", "titles"):
                self._db.execute(f"DELETE FROM {table} WHERE number BETWEEN ? AND ?", (first, last))  # noqa: S608
            self._db.execute("DELETE FROM postings WHERE block = ?", (block,))
            self._db.execute("DELETE FROM blocks WHERE block = ?", (block,))
        self._db.execute("DELETE FROM bags WHERE id = ?", (bag_id,))

    def license(self, bag: BagEntry) -> None:
        """Give a bag that stays another licence: what it permits has changed, and so have its records."""
        until = bag.licence.until and bag.licence.until.isoformat()
        self._db.execute(
            "UPDATE bags SET scope = ?, until = ? WHERE id = ?", (bag.licence.scope, until, bag.id)
        )
        self._db.execute("UPDATE records SET since = ? WHERE bag = ?", (self._moment, bag.id))
        code = self._codes.code("since", self._moment)
        for block, count in self._db.execute(
            "SELECT block, count FROM blocks WHERE bag = ?", (bag.id,)
        ).fetchall():
            since = _bytes(array("H", [code]) * count)
            self._db.execute("UPDATE blocks SET since = ? WHERE block = ?", (since, block))

    def _write(self, bag: BagEntry, row: Row, block: _Block) -> None:
        number = block.first + block.count
        own = row.record.get("licence")
        licence = narrower(bag.licence, read(own)) if own else bag.licence
        since = self._past.since(bag.id, row.record["id"], row.line, licence) or self._moment
        self._db.execute(
            _ADD_RECORD,
            (
                *(number, bag.id, row.record["id"], row.kind, row.record.get("series", "")),
                *(since, row.line, json.dumps(row.sizes)),
            ),
        )
        self._db.execute(_ADD_HEAD, (number, *row.heads))
        self._db.execute(_ADD_WORDS, (number, row.words))
        self._db.executemany(
            "INSERT INTO texts VALUES (?, ?, ?)",
            ((number, part, text) for part, text in enumerate(row.texts)),
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO names VALUES (?, ?, ?, ?)",
            ((key, number, kind, name) for key, kind, name in row.names),
        )
        self._db.execute("INSERT INTO titles VALUES (?, ?)", (row.order, number))
        said = own and licence_value(read(own))
        block.add(
            row,
            [
                self._codes.code(name, value)
                for name, value in zip(
                    CODED, (row.kind, row.year, row.language, said or "", since), strict=True
                )
            ],
        )

    def _end(self, bag: BagEntry, block: _Block) -> None:
        if not block.count:
            return
        number = block.first >> BLOCK_BITS
        self._db.execute(
            "INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (number, bag.id, block.count, *map(_bytes, block.codes)),
        )
        # In their order, so that each page of the table is written once.
        self._db.executemany(
            "INSERT INTO postings VALUES (?, ?, ?)",
            ((token, number, _bits(block.places[token], block.count)) for token in sorted(block.places)),
        )


class _Block:
    """A block that is being filled: the codes of its records, and where each token is."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.count = 0
        self.codes = [array("H") for _ in CODED]
        self.places: defaultdict[str, array[int]] = defaultdict(lambda: array("H"))

    def add(self, row: Row, codes: list[int]) -> None:
        places, place = self.places, self.count
        for level, held in zip(_LEVELS, row.tokens, strict=True):
            for token in held.split():
                places[level + token].append(place)
        for held_codes, code in zip(self.codes, codes, strict=True):
            held_codes.append(code)
        self.count += 1


def licence_value(licence: Licence) -> str:
    """Return a licence as ``codes`` keeps it: ``province 2030-12-31``."""
    return f"{licence.scope} {licence.until or ''}".strip()


def _bits(places: array[int], count: int) -> bytes:
    """Return a bitmap of a block, packed where that is much shorter; its plain length tells which it is."""
    plain = bytearray(-(-count // 8))
    for place in places:
        plain[place >> 3] |= 1 << (place & 7)
    packed = zlib.compress(plain, 4)
    return packed if len(packed) * _WORTH_PACKING < len(plain) else bytes(plain)


def _bytes(codes: array[int]) -> bytes:
    if sys.byteorder == "big":
        codes = array("H", codes)
        codes.byteswap()
    return codes.tobytes()
