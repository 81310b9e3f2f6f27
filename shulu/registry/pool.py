"""Ranges cut into equal pieces (addresses, or LANs), of which each is handed out once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

import netaddr


class Pool:
    """The pieces of some ranges, numbered through."""

    def __init__(self, ranges: Sequence[netaddr.IPNetwork], prefix: int | None = None) -> None:
        """Cut the ranges into networks of ``prefix`` bits, or addresses; one that is smaller gives none."""
        self._ranges: list[tuple[int, int, int, netaddr.IPNetwork]] = []
        self.size = 0
        for each in netaddr.cidr_merge(list(ranges)):
            width = 32 if each.version == 4 else 128
            bits = 0 if prefix is None else width - prefix
            count = each.size >> bits
            if count:
                self._ranges.append((self.size, count, bits, each))
                self.size += count
        self._blocked: list[tuple[int, int]] = []
        self._next: dict[int, int] = {}

    def block(self, networks: Iterable[netaddr.IPNetwork]) -> None:
        """Hand out nothing that overlaps one of these."""
        found = list(self._blocked)
        for network in networks:
            for begin, count, bits, each in self._ranges:
                first, last = max(network.first, each.first), min(network.last, each.last)
                if network.version == each.version and first <= last:
                    low, high = (first - each.first) >> bits, (last - each.first) >> bits
                    found.append((begin + low, begin + min(high, count - 1)))
        self._blocked = []
        for low, high in sorted(found):
            if self._blocked and low <= self._blocked[-1][1] + 1:
                self._blocked[-1] = (self._blocked[-1][0], max(high, self._blocked[-1][1]))
            else:
                self._blocked.append((low, high))

    @property
    def free(self) -> int:
        """How many pieces are left, before anything is taken."""
        return self.size - sum(high - low + 1 for low, high in self._blocked)

    def take(self, wish: int) -> netaddr.IPNetwork:
        """Hand out the piece of this number, or the next one that is free; there must be one."""
        number = self._find(wish)
        if number >= self.size:
            number = self._find(0)
        self._next[number] = number + 1
        place = bisect_right(self._ranges, number, key=lambda each: each[0]) - 1
        begin, _, bits, each = self._ranges[place]
        prefix = (32 if each.version == 4 else 128) - bits
        return netaddr.IPNetwork((each.first + ((number - begin) << bits), prefix), version=each.version)

    def _find(self, number: int) -> int:
        passed = []
        while number < self.size:
            place = bisect_right(self._blocked, (number, self.size)) - 1
            if place >= 0 and number <= self._blocked[place][1]:
                number = self._blocked[place][1] + 1
            elif number in self._next:
                passed.append(number)
                number = self._next[number]
            else:
                break
        # Shortcuts, so that thousands in a row do not look at one another's places again and again.
        for each in passed:
            self._next[each] = number
        return number
