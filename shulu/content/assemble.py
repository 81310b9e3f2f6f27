"""Making a release out of the bags that lie packed in its folder, and going back to an older list of them."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shulu.content import release as releases
from shulu.content.bag import check_digest, identify
from shulu.content.licence import Licence
from shulu.content.release import KIT, RELEASE_FILE, RENEWAL_DAYS, SIGNATURE_FILE, BagEntry, Release
from shulu.findings import Finding, Refused, refuse

HISTORY = "releases"
"""Where a release's folder keeps the releases before: ``<epoch>-<serial>.json`` and their signatures."""

_VOLUME = re.compile(r"(.+)-([0-9]+)")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a new release says beside its bags. ``serial`` None is the next one; ``issued`` None is now.

    ``licences`` holds exceptions by bag id or collection, ``pins`` versions by bag id or collection;
    ``withdrawn`` names bags (id, version) that are not chosen.
    """

    serial: int | None = None
    epoch: int | None = None
    days: int = 365
    issued: datetime | None = None
    licence: Licence = field(default_factory=lambda: Licence("lan"))
    licences: Mapping[str, Licence] = field(default_factory=dict)
    pins: Mapping[str, str] = field(default_factory=dict)
    leave_out: Iterable[str] = ()
    withdrawn: Container[tuple[str, str]] = ()


def current(folder: Path) -> Release | None:
    """Return the release that lies in a folder, its signature unchecked; None without one. Raises Refused."""
    try:
        return releases.parse((folder / RELEASE_FILE).read_bytes())
    except FileNotFoundError:
        return None


def make(folder: Path, terms: Terms) -> Release:
    """List the bags of a release's folder as its next release. Nothing is written.

    Of each collection its newest version is taken (see ``newest``), with all its volumes. Raises Refused with
    all findings: a serial that does not grow, a volume that is missing, a bag whose structure does not hold,
    a pin or exception that matches nothing, several kits and no pin.
    """
    findings: list[Finding] = []
    chosen = _choose(folder, terms, findings)
    entries = []
    for bag_id, version in chosen.items():
        try:
            entries.append(_describe(folder, bag_id, version, terms))
        except Refused as refused:
            findings.extend(
                Finding(f"{bag_id} {version}: {found.where}", found.problem, found.remedy)
                for found in refused.findings
            )
    for collection in {collection_of(bag_id) for bag_id in chosen}:
        findings.extend(_incomplete(folder, collection, chosen))
    if not chosen and not findings:
        findings.append(Finding(str(folder), "has no bags", "pack a collection first"))
    if findings:
        raise Refused(sorted(set(findings)))
    return _numbered(folder, entries, terms)


def revert(folder: Path, old: Release, terms: Terms) -> Release:
    """Return a new release that names an older one's bags, all of which must still lie in the folder.

    Raises Refused where one is missing or differs, or the serial does not grow. Nothing is written.
    """
    findings: list[Finding] = []
    for entry in old.bags:
        try:
            check_digest(folder / entry.path, entry)
        except Refused as refused:
            findings.extend(
                Finding(f"{entry.id} {entry.version}", f"{found.where}: {found.problem}", "pack it again")
                for found in refused.findings
            )
    if findings:
        raise Refused(findings)
    return _numbered(folder, old.bags, terms)


def same_content(first: Release, other: Release) -> bool:
    """Tell whether two releases name the same bags under the same licences, whenever they were issued."""
    return sorted(first.bags, key=lambda bag: bag.id) == sorted(other.bags, key=lambda bag: bag.id)


def ends_soon(release: Release, now: datetime) -> bool:
    """Tell whether a release is due to be made anew, for its time and not for its bags.

    That is in its last ``RENEWAL_DAYS``, and in the last fifth of one that is good for less than 300 days:
    one made for a month is not made anew every day.
    """
    margin = min(timedelta(RENEWAL_DAYS), (release.expires - release.issued) / 5)
    return release.expires - margin <= now


def write(folder: Path, release: Release) -> Path:
    """Write ``release.json``, unsigned; the release before goes to the history. Return its path."""
    path, signature = folder / RELEASE_FILE, folder / SIGNATURE_FILE
    before = current(folder)
    if before is not None:
        history = folder / HISTORY
        history.mkdir(exist_ok=True)
        (history / f"{before.name}.json").write_bytes(path.read_bytes())
        if signature.exists():
            signature.replace(history / f"{before.name}.json.sig")
    temporary = folder / f".{RELEASE_FILE}.new"
    temporary.write_bytes(releases.dump(release))
    temporary.chmod(0o644)
    temporary.replace(path)
    return path


def newest(versions: Iterable[str]) -> str:
    """Return the newest of some versions: numbers compare as numbers, and ``1-rc`` comes before ``1``."""
    return max(versions, key=_version_key)


def _version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    parts = re.findall(r"[0-9]+|[A-Za-z]+", version)
    return (*((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts), (0, 1, version))


def is_newest(folder: Path, name: str, version: str, terms: Terms) -> bool:
    """Tell whether a collection's version, once it is packed, is the one that ``make`` takes."""
    there = {
        path.name
        for path in (folder / "bags").glob("*/*/")
        if collection_of(path.parent.name) == name and (path.parent.name, path.name) not in terms.withdrawn
    }
    return version not in there and newest({*there, version}) == version


def collection_of(bag_id: str) -> str:
    """Return the collection that a bag is a volume of: ``ebooks`` of ``ebooks-001``."""
    match = _VOLUME.fullmatch(bag_id)
    return match[1] if match else bag_id


def _choose(folder: Path, terms: Terms, findings: list[Finding]) -> dict[str, str]:
    """Return the version of each bag that belongs into the release, by id."""
    packed: dict[str, dict[str, set[str]]] = {}
    for path in sorted((folder / "bags").glob("*/*/")):
        if not path.name.startswith("."):
            volumes = packed.setdefault(collection_of(path.parent.name), {})
            volumes.setdefault(path.name, set()).add(path.parent.name)
    known = set(packed) | {bag for volumes in packed.values() for bags in volumes.values() for bag in bags}
    left_out = set(terms.leave_out)
    findings.extend(
        Finding(name, "there is no such bag or collection here", f"packed are: {', '.join(sorted(packed))}")
        for name in sorted({*terms.pins, *terms.licences, *left_out} - known)
    )
    chosen: dict[str, str] = {}
    for collection, everything in packed.items():
        versions = _still(everything, terms)
        if collection in left_out or not versions:
            continue
        if collection == KIT and len(versions) > 1 and KIT not in terms.pins:
            listed = ", ".join(sorted(versions))
            findings.append(
                Finding(
                    KIT, f"is packed here as {listed}, and none says which is newer", "add --bag kit=VERSION"
                )
            )
            continue
        version = terms.pins.get(collection) or newest(versions)
        if version not in versions:
            findings.append(Finding(collection, f"version {version} is not packed here"))
            continue
        for bag_id in sorted(versions[version] - left_out):
            chosen[bag_id] = version
        for bag_id, pinned in terms.pins.items():
            if collection_of(bag_id) == collection and bag_id != collection:
                if bag_id in versions.get(pinned, ()):
                    chosen[bag_id] = pinned
                else:
                    findings.append(Finding(bag_id, f"version {pinned} is not packed here"))
    return dict(sorted(chosen.items()))


def _still(versions: Mapping[str, set[str]], terms: Terms) -> dict[str, set[str]]:
    """Return the volumes of each version less those that were withdrawn."""
    still = {
        version: {bag_id for bag_id in bags if (bag_id, version) not in terms.withdrawn}
        for version, bags in versions.items()
    }
    return {version: bags for version, bags in still.items() if bags}


def _describe(folder: Path, bag_id: str, version: str, terms: Terms) -> BagEntry:
    digest, bag = identify(folder / "bags" / bag_id / version)
    collection = collection_of(bag_id)
    licence = terms.licences.get(bag_id) or terms.licences.get(collection) or terms.licence
    return BagEntry(bag_id, collection, version, digest, bag.oxum.bytes, bag.oxum.files, licence)


def _incomplete(folder: Path, collection: str, chosen: Mapping[str, str]) -> list[Finding]:
    """Find volumes that ``Bag-Count`` says there are and the folder lacks."""
    findings = []
    for bag_id, version in chosen.items():
        if collection_of(bag_id) != collection:
            continue
        count = _bag_count(folder / "bags" / bag_id / version)
        for number in range(1, count + 1) if bag_id != collection else ():
            other = f"{collection}-{number:03}"
            if not (folder / "bags" / other / version).is_dir():
                findings.append(
                    Finding(f"{other} {version}", f"is missing: {collection} {version} has {count} volumes")
                )
    return findings


def _bag_count(path: Path) -> int:
    try:
        text = (path / "bag-info.txt").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return 0
    match = re.search(r"^Bag-Count: [0-9]+ of ([0-9]{1,5})$", text, re.MULTILINE)
    return int(match[1]) if match else 0


def _numbered(folder: Path, entries: Iterable[BagEntry], terms: Terms) -> Release:
    before = current(folder)
    epoch = terms.epoch or (before.epoch if before else 1)
    last = before.serial if before and before.epoch == epoch else 0
    serial = last + 1 if terms.serial is None else terms.serial
    if before is not None and (epoch, serial) <= before.mark:
        raise refuse(
            f"serial {epoch}-{serial}",
            f"does not grow: the release here is {before.name}",
            f"give a serial above {before.serial}",
        )
    if terms.days < 1:
        raise refuse("--days", "a release must be good for a day at least")
    issued = (terms.issued or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    expires = issued + timedelta(days=terms.days)
    release = Release(epoch, serial, issued, expires, tuple(sorted(entries, key=lambda entry: entry.id)))
    return releases.parse(releases.dump(release))
