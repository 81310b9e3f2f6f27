"""Where each record of a catalogue stands when its blocks are lined up, and what it is counted by.

A place is a record's position in the order in which people see records: collection by collection, bag by bag,
line by line. Blocks begin at multiples of eight, so that their bitmaps are joined as they are.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from shulu.catalogue.schema import BLOCK, BLOCK_BITS, CODED, FACETS
from shulu.catalogue.words import LAST_KEY, order_letters
from shulu.programme import place

COUNTED = ("collection", *FACETS)
"""What hits are counted by."""

_BYTE = 256


@dataclass(frozen=True, slots=True)
class Span:
    """A block: its number, its first place, how many records it has, and their bag and collection."""

    block: int
    first: int
    count: int
    bag: str
    collection: str


@dataclass(frozen=True, slots=True)
class Titles:
    """A collection's places in the order of their titles; ``begins`` says where each letter begins in it."""

    places: array[int]
    begins: list[tuple[str, int]]


class Layout:
    """The places of a catalogue, shared by all threads that read it. Bitmaps are ints: bit n is place n."""

    def __init__(self, db: sqlite3.Connection) -> None:
        coded = ", ".join(CODED)
        rows = db.execute(
            f"SELECT block, bag, bags.collection, count, {coded} FROM blocks JOIN bags ON bags.id = bag"  # noqa: S608
        ).fetchall()
        rows.sort(key=lambda row: (place(row[2]), row[1], row[0]))
        self.spans: list[Span] = []
        self.first: dict[int, int] = {}
        self._codes = {name: array("H") for name in (*CODED, "collection")}
        self._values: dict[str, list[str]] = {name: [""] for name in self._codes}
        self._masks: dict[tuple[str, int], int] = {}
        self._titles: dict[int, Titles] | None = None
        self._lock = threading.Lock()
        for name, code, value in db.execute("SELECT name, code, value FROM codes ORDER BY name, code"):
            values = self._values[name]
            values.extend([""] * (code - len(values)))
            values.append(value)
        width = 0
        for block, bag, collection, count, *codes in rows:
            self.spans.append(Span(block, width, count, bag, collection))
            self.first[block] = width
            width += -(-count // 8) * 8
            if self._values["collection"][-1] != collection:
                self._values["collection"].append(collection)
            own = array("H", [len(self._values["collection"]) - 1]) * count
            for name, part in (*zip(CODED, map(_codes, codes), strict=True), ("collection", own)):
                self._codes[name].extend(part)
                self._codes[name].extend([0] * (width - len(self._codes[name])))
        self.width = width
        self._firsts = [span.first for span in self.spans]
        self.everything = sum(((1 << span.count) - 1) << span.first for span in self.spans)

    def place(self, number: int) -> int | None:
        """Return the place of a record; None for what the index has left behind."""
        first = self.first.get(number >> BLOCK_BITS)
        return None if first is None else first + (number & BLOCK - 1)

    def places(self, numbers: Iterable[int]) -> list[int]:
        """Return the places of records, those left behind left out."""
        firsts = self.first
        return [
            firsts[block] + (number & BLOCK - 1)
            for number in numbers
            if (block := number >> BLOCK_BITS) in firsts
        ]

    def span(self, place: int) -> Span:
        """Return the block of a place."""
        return self.spans[bisect_right(self._firsts, place) - 1]

    def number(self, place: int) -> int:
        """Return the number of the record at a place."""
        span = self.span(place)
        return (span.block << BLOCK_BITS) + place - span.first

    def values(self, name: str) -> list[str]:
        """Return the values of a facet by their codes; the first stands for none."""
        return self._values[name]

    def codes(self, name: str) -> array[int]:
        """Return the code of each place."""
        return self._codes[name]

    def mask(self, name: str, value: str) -> int:
        """Return the places that have a value."""
        try:
            return self.coded(name, self._values[name].index(value)) if value else 0
        except ValueError:
            return 0

    def coded(self, name: str, code: int) -> int:
        """Return the places that have a code."""
        found = self._masks.get((name, code))
        if found is None:
            with self._lock:
                found = self._mask(name, code)
                self._masks[name, code] = found
        return found

    def _mask(self, name: str, code: int) -> int:
        codes = self._codes[name].tobytes()
        low, high = (0, 1) if sys.byteorder == "little" else (1, 0)
        found = _where(codes[low::2], code % _BYTE)
        if len(self._values[name]) > _BYTE:
            found &= _where(codes[high::2], code // _BYTE)
        return found & self.everything

    def by_title(self, db: sqlite3.Connection, collection: str) -> Titles:
        """Return a collection's places in the order of their titles. It takes long the first time."""
        with self._lock:
            if self._titles is None:
                self._titles = self._ordered(db)
        code = self._values["collection"].index(collection) if collection in self._values["collection"] else 0
        return self._titles.get(code) or Titles(array("I"), [])

    def _ordered(self, db: sqlite3.Connection) -> dict[int, Titles]:
        found = {code: Titles(array("I"), []) for code in range(1, len(self._values["collection"]))}
        collections = self._codes["collection"]
        for (letter, first), (_, end) in pairwise([*order_letters(), ("", LAST_KEY)]):
            for titles in found.values():
                titles.begins.append((letter, len(titles.places)))
            rows = db.execute(
                "SELECT number FROM titles WHERE key >= ? AND key < ? ORDER BY key", (first, end)
            )
            for at in self.places(number for (number,) in rows):
                found[collections[at]].places.append(at)
        return found

    def bag_mask(self, bag: str) -> int:
        """Return the places of a bag."""
        return sum(((1 << span.count) - 1) << span.first for span in self.spans if span.bag == bag)


def _where(codes: bytes, wanted: int) -> int:
    """Return as bits where a byte is the wanted one."""
    digits = bytearray(b"0" * _BYTE)
    digits[wanted] = ord("1")
    return int(codes.translate(bytes(digits))[::-1] or b"0", 2)


def _codes(stored: bytes) -> array[int]:
    codes = array("H")
    codes.frombytes(stored)
    if sys.byteorder == "big":
        codes.byteswap()
    return codes
