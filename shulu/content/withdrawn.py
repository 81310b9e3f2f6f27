"""What a release that went back has withdrawn, so that the next release does not bring it again unasked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shulu.content import release as releases
from shulu.content.assemble import HISTORY, Terms, collection_of
from shulu.content.release import Release


def withdrawn(folder: Path, current: Release) -> frozenset[tuple[str, str]]:
    """Return the bags, as (id, version), that came after what the current release names and went again.

    For each bag the former releases are read from the first on that named it as the current one does (in the
    same version, or not at all): other versions named since then were taken back. Raises Refused for a
    former release that cannot be read.
    """
    former = [releases.parse(file.read_bytes()) for file in (folder / HISTORY).glob("*.json")]
    line = [
        *sorted((each for each in former if each.mark < current.mark), key=lambda each: each.mark),
        current,
    ]
    gone = set()
    for bag_id in {bag.id for each in line for bag in each.bags}:
        named = [bag.version if (bag := each.bag(bag_id)) else None for each in line]
        since = named[named.index(named[-1]) :]
        gone |= {(bag_id, version) for version in since if version not in {None, named[-1]}}
    return frozenset(gone)


def without_withdrawn(folder: Path, current: Release, terms: Terms) -> Terms:
    """Return the terms less what was withdrawn; a pin on it becomes one on what the current release names."""
    gone = withdrawn(folder, current)
    pins, leave_out = dict(terms.pins), set(terms.leave_out)
    for name, version in terms.pins.items():
        if not any(name in {bag_id, collection_of(bag_id)} and version == what for bag_id, what in gone):
            continue
        kept = [bag.version for bag in current.bags if name in {bag.id, bag.collection}]
        if kept:
            pins[name] = kept[0]
        else:
            del pins[name]
            leave_out.add(name)
    return replace(terms, pins=pins, leave_out=leave_out, withdrawn=gone)
