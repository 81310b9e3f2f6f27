"""What a delivery has to do: which bags are missing, and which of their files are here already."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from shulu.content.release import KIT, BagEntry, Release
from shulu.findings import Refused
from shulu.store.audit import held_entries
from shulu.store.chain import Chain, read_chain
from shulu.store.damage import damaged
from shulu.store.store import Store


def wanted(release: Release, collections: Iterable[str]) -> list[BagEntry]:
    """Return the bags that a server takes; no collections means all."""
    chosen = set(collections)
    return [bag for bag in release.bags if not chosen or bag.collection in chosen or bag.collection == KIT]


def missing(store: Store, entries: Iterable[BagEntry]) -> list[BagEntry]:
    """Return the bags that are not here, or are damaged."""
    return [entry for entry in entries if not store.has(entry)]


@dataclass(frozen=True, slots=True)
class BagPlan:
    """How one bag comes about. Paths are within the bag and sorted bytewise.

    ``travel`` has each content once that is not here; ``links`` are files whose content is in the store, with
    the file that has it; ``twins`` are files whose content travels under another path of the bag.
    """

    entry: BagEntry
    chain: Chain
    travel: list[str]
    links: dict[str, Path]
    twins: dict[str, str]

    @property
    def linked_bytes(self) -> int:
        """Bytes that need not travel because the store has them."""
        return sum(source.stat().st_size for source in self.links.values())


class Index:
    """Where in the store each wanted content lies, by digest; what nobody wants takes no memory."""

    def __init__(self) -> None:
        self._wanted: set[bytes] = set()
        self._shared: set[bytes] = set()
        self._places: dict[bytes, tuple[Path, str]] = {}

    def want(self, chain: Chain) -> None:
        """Note the contents of a bag that is to come."""
        digests = {bytes.fromhex(digest) for digest in chain.payload.values()}
        self._shared |= self._wanted & digests
        self._wanted |= digests

    def look_into(self, store: Store, entries: Iterable[BagEntry]) -> None:
        """Find what the bags here have of it: kept releases', and those of ``entries`` that came already.

        What is known to be bad is left out.
        """
        for entry in [*held_entries(store), *(entry for entry in entries if store.has(entry))]:
            place, damage = store.path(entry), damaged(store.quarantine, entry)
            # Nothing links to another file system: a bag that is served from its disk has nothing to give.
            if place.is_symlink() or not place.is_dir() or (damage and damage.unchecked):
                continue
            with contextlib.suppress(Refused):
                chain = read_chain(place, entry)
                self._add(place, chain, self._wanted, frozenset(damage.files if damage else ()))

    def adopted(self, bag: Path, chain: Chain) -> None:
        """Note a bag that has come: other bags that are still to come may share its contents."""
        self._add(bag, chain, self._shared, frozenset())

    def _add(self, bag: Path, chain: Chain, only: set[bytes], without: frozenset[str]) -> None:
        for path, digest in chain.payload.items():
            key = bytes.fromhex(digest)
            if key in only and path not in without:
                self._places.setdefault(key, (bag, path))

    def find(self, digest: str) -> Path | None:
        """Return a file of that content."""
        place = self._places.get(bytes.fromhex(digest))
        return None if place is None else place[0] / place[1]


def plan_bag(entry: BagEntry, chain: Chain, index: Index) -> BagPlan:
    """Decide for each file of a bag whether it travels, is linked, or is the twin of one that travels."""
    travel: list[str] = []
    links: dict[str, Path] = {}
    twins: dict[str, str] = {}
    first: dict[str, str] = {}
    for path in sorted(chain.payload, key=str.encode):
        digest = chain.payload[path]
        source = index.find(digest)
        if source is not None and source.is_file():
            links[path] = source
        elif digest in first:
            twins[path] = first[digest]
        else:
            first[digest] = path
            travel.append(path)
    return BagPlan(entry, chain, travel, links, twins)
