"""Bags onto disks: as few disks as can be, and each no bigger than its content asks for.

First-fit decreasing (Johnson 1973) beside Martello and Toth's bound L2 (1990): bags are volumes of at most
some 100 GB on disks of terabytes, where both nearly always meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shulu.plan.case import Bag, DiskKind


@dataclass(frozen=True, slots=True)
class Packed:
    """One disk and what lies on it."""

    kind: DiskKind
    bags: tuple[Bag, ...]

    @property
    def bytes(self) -> int:
        """Payload bytes."""
        return sum(bag.bytes for bag in self.bags)

    @property
    def cny(self) -> float:
        """Its price."""
        return self.kind.cny


def pack(bags: Sequence[Bag], kinds: Sequence[DiskKind], spare: float) -> tuple[Packed, ...] | None:
    """Return the disks for these bags; None where a bag is bigger than the biggest disk."""
    biggest = max(room(kind, spare) for kind in kinds)
    piles: list[tuple[int, list[Bag]]] = []
    for bag in sorted(bags, key=lambda bag: (-bag.bytes, bag.id)):
        if bag.bytes > biggest:
            return None
        for place, (used, pile) in enumerate(piles):
            if used + bag.bytes <= biggest:
                piles[place] = (used + bag.bytes, pile)
                pile.append(bag)
                break
        else:
            piles.append((bag.bytes, [bag]))
    return tuple(
        Packed(_smallest(used, kinds, spare), tuple(sorted(pile, key=lambda bag: bag.id)))
        for used, pile in piles
    )


def fewest(bags: Sequence[Bag], kinds: Sequence[DiskKind], spare: float) -> int:
    """Return how many disks there must be at least, however the bags are packed (L2)."""
    biggest = max(room(kind, spare) for kind in kinds)
    sizes = [bag.bytes for bag in bags]
    best = -(-sum(sizes) // biggest)
    for least in sorted({size for size in sizes if 2 * size <= biggest}):
        alone = [size for size in sizes if size > biggest - least]
        halves = [size for size in sizes if biggest - least >= size and 2 * size > biggest]
        small = sum(size for size in sizes if least <= size and 2 * size <= biggest)
        left = len(halves) * biggest - sum(halves)
        best = max(best, len(alone) + len(halves) + max(0, -(-(small - left) // biggest)))
    return max(best, sum(2 * size > biggest for size in sizes))


def room(kind: DiskKind, spare: float) -> int:
    """Return the payload that a disk takes, bytes."""
    return int(kind.bytes / spare)


def _smallest(used: int, kinds: Sequence[DiskKind], spare: float) -> DiskKind:
    return min((kind.cny, kind) for kind in kinds if room(kind, spare) >= used)[1]
