"""Sets of places, as lists where they are small and as bitmaps where they are not."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property

from shulu.catalogue.layout import Layout

FEW = 600
"""A bitmap with fewer hits is counted hit by hit: to find one takes a microsecond, all counts of a bitmap of
350,000 places take some 700.
"""

_SOME = re.compile(rb"[^\0]")
_BITS = [[bit for bit in range(8) if byte >> bit & 1] for byte in range(256)]
_CHUNK = 1024


class Few:
    """A set of few places, in their order."""

    def __init__(self, places: list[int]) -> None:
        self.places = places

    def __len__(self) -> int:
        return len(self.places)

    def __and__(self, other: Hits) -> Hits:
        if isinstance(other, Few):
            kept = set(other.places)
            return Few([place for place in self.places if place in kept])
        held = other.bytes
        return Few([place for place in self.places if held[place >> 3] >> (place & 7) & 1])

    def __sub__(self, other: Hits) -> Hits:
        without = set((self & other).places_())
        return Few([place for place in self.places if place not in without])

    def slice(self, begin: int, count: int) -> list[int]:
        """Return some of the places, by their order."""
        return self.places[begin : begin + count]

    def places_(self) -> list[int]:
        """Return all places."""
        return self.places

    def counts(self, layout: Layout, name: str) -> dict[int, int]:
        """Return how many places have each code."""
        return Counter(map(layout.codes(name).__getitem__, self.places))


class Many:
    """A set of places as a bitmap, for a catalogue of ``width`` places."""

    def __init__(self, bits: int, width: int) -> None:
        self.bits = bits
        self.width = width

    @cached_property
    def bytes(self) -> bytes:
        """The bitmap, its least place in the lowest bit of the first byte."""
        return self.bits.to_bytes(self.width // 8, "little")

    @cached_property
    def _count(self) -> int:
        return self.bits.bit_count()

    def __len__(self) -> int:
        return self._count

    def __and__(self, other: Hits) -> Hits:
        if isinstance(other, Few):
            return other & self
        return Many(self.bits & other.bits, self.width)

    def __sub__(self, other: Hits) -> Hits:
        bits = other.bits if isinstance(other, Many) else bitmap(other.places, self.width)
        return Many(self.bits & ~bits, self.width)

    def slice(self, begin: int, count: int) -> list[int]:
        """Return some of the places, by their order."""
        found: list[int] = []
        for start in range(0, len(self.bytes), _CHUNK):
            chunk = self.bytes[start : start + _CHUNK]
            here = int.from_bytes(chunk, "little").bit_count()
            if here <= begin:
                begin -= here
                continue
            found += itertools.islice(_places(chunk, start * 8), begin, begin + count - len(found))
            begin = 0
            if len(found) == count:
                break
        return found

    def places_(self) -> list[int]:
        """Return all places."""
        return list(_places(self.bytes, 0))

    def counts(self, layout: Layout, name: str) -> dict[int, int]:
        """Return how many places have each code."""
        counted = {}
        for code in range(1, len(layout.values(name))):
            if count := (self.bits & layout.coded(name, code)).bit_count():
                counted[code] = count
        return counted


Hits = Few | Many


def settled(hits: Hits) -> Hits:
    """Return the same set as what it is counted by faster."""
    return Few(hits.places_()) if isinstance(hits, Many) and len(hits) < FEW else hits


def bitmap(places: Iterable[int], width: int) -> int:
    """Return places as a bitmap."""
    held = bytearray(width // 8)
    for place in places:
        held[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(held, "little")


def union(found: Iterable[int], width: int) -> Many:
    """Return the union of bitmaps."""
    bits = 0
    for one in found:
        bits |= one
    return Many(bits, width)


def _places(held: bytes, first: int) -> Iterator[int]:
    return (
        first + at * 8 + bit
        for at in map(re.Match[bytes].start, _SOME.finditer(held))
        for bit in _BITS[held[at]]
    )
