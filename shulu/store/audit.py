"""Re-reading what is in the store: what rotted on the data volume is found, named, and fetched again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from shulu.content.hashing import hash_files
from shulu.content.release import BagEntry
from shulu.content.tree import scan
from shulu.findings import Finding, Refused
from shulu.progress import Progress
from shulu.store.chain import read_chain
from shulu.store.damage import Damage, damaged, record_damage
from shulu.store.durable import Busy
from shulu.store.layout import is_away
from shulu.store.store import Store

LOCK_SECONDS = 60.0
AWAY = "lies on a disk that is not plugged in"
REMEDY = "it is fetched again by the next delivery: shulu deliver"


def held_entries(store: Store) -> list[BagEntry]:
    """Return every bag that a kept release names, each once, sorted."""
    entries = {(entry.id, entry.version): entry for held in store.releases() for entry in held.entries}
    return [entries[key] for key in sorted(entries)]


def audit(
    store: Store, entries: list[BagEntry], progress: Progress | None = None, *, holding: bool = False
) -> list[Finding]:
    """Read bags again and hold every file against its digest; record and name what is bad.

    Readers keep a bad file of a live bag until a good one is here; a bag that is not live loses it at once.
    ``holding`` tells that the caller has locked the store. While a delivery holds it, damage is named and not
    recorded, and that it was not is a finding too.
    """
    progress = progress or Progress()
    progress.total_bytes = sum(entry.bytes for entry in entries)
    progress.total_files = sum(entry.files for entry in entries)
    findings: list[Finding] = []
    for entry in entries:
        progress.label = f"verifying {entry.id}"
        place = store.path(entry)
        damage = None if is_away(place) else _judge(place, entry, progress)
        if is_away(place):
            findings.append(Finding(entry.path.as_posix(), AWAY, "plug it in; it is read again next time"))
            continue
        known = damaged(store.quarantine, entry)
        if damage is None:
            continue
        findings.extend(_findings(entry, damage))
        if known == damage:
            continue
        try:
            with contextlib.nullcontext() if holding else store.lock(wait=LOCK_SECONDS):
                live = store.live()
                take = live is None or live.versions.get(entry.id) != entry.version
                # A disk that is served from is never written: what is bad on it stays there.
                take = take and not place.is_symlink()
                record_damage(store.quarantine, entry, place, damage, take=take)
        except Busy as busy:
            # What was found is said all the same: a delivery may wait for days.
            findings.extend(finding for finding in busy.findings if finding not in findings)
    progress.tell()
    return findings


def _findings(entry: BagEntry, damage: Damage) -> Iterator[Finding]:
    for name in damage.files:
        yield Finding(f"{entry.path}/{name}", "is damaged or missing", REMEDY)


def _judge(bag: Path, entry: BagEntry, progress: Progress) -> Damage | None:
    try:
        chain = read_chain(bag, entry)
    except Refused:
        # Which of the tag files lies cannot be told: all are fetched again.
        tag_files = sorted(path for path in scan(bag).sizes if "/" not in path)
        return Damage(tuple(tag_files), unchecked=True)
    tree = scan(bag)
    missing = [path for path in chain.payload if path not in tree.sizes]
    extra = [path for path in tree.sizes if path not in chain.payload and path not in chain.tag_files]
    there = [(path, tree.sizes[path]) for path in chain.payload if path in tree.sizes]
    bad = [
        path
        for path, digests, error in hash_files(bag, there, (chain.algorithm,), progress)
        if error or digests[0] != chain.payload[path]
    ]
    return Damage(tuple(sorted([*missing, *extra, *bad]))) if missing or extra or bad else None
