"""A release: the list of bags that belong together, as ``release.json`` holds it.

``parse`` takes bytes whose signature has been checked (``shulu.content.signature.load_release``); it trusts
their author and not their form.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import PurePosixPath
from typing import Any

from shulu.content.licence import Licence
from shulu.content.names import shown
from shulu.findings import Finding, Refused, refuse

RELEASE_FILE = "release.json"
SIGNATURE_FILE = "release.json.sig"
KIT = "kit"
"""The collection, and its only bag, of what servers install from: every server takes it."""
RENEWAL_DAYS = 60
"""So many days before a release expires it is due to be made anew, and its librarians are told so."""
MAX_BYTES = 64 << 20
"""A longer ``release.json`` is refused unread: a release of 100,000 bags has about 30 MB."""

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class BagEntry:
    """One bag of a release.

    ``digest`` is ``sha256:`` and the hex SHA-256 of the bag's ``tagmanifest-sha256.txt``; ``bytes`` and
    ``files`` are its Payload-Oxum (RFC 8493, 2.2.2).
    """

    id: str
    collection: str
    version: str
    digest: str
    bytes: int
    files: int
    licence: Licence

    @property
    def path(self) -> PurePosixPath:
        """Where the bag lies in an export layout: ``bags/<id>/<version>``."""
        return PurePosixPath("bags", self.id, self.version)


@dataclass(frozen=True, slots=True)
class Release:
    """A release; its mark (epoch, serial) only grows. Moments are UTC, in whole seconds."""

    epoch: int
    serial: int
    issued: datetime
    expires: datetime
    bags: tuple[BagEntry, ...]

    @property
    def mark(self) -> tuple[int, int]:
        """What the high-water mark compares: (epoch, serial)."""
        return (self.epoch, self.serial)

    @property
    def name(self) -> str:
        """How people and folders call it: ``1-7``."""
        return f"{self.epoch}-{self.serial}"

    @property
    def bytes(self) -> int:
        """Payload bytes of all bags."""
        return sum(bag.bytes for bag in self.bags)

    @property
    def files(self) -> int:
        """Payload files of all bags."""
        return sum(bag.files for bag in self.bags)

    def bag(self, bag_id: str) -> BagEntry | None:
        """Return the bag of this id, or None."""
        return next((bag for bag in self.bags if bag.id == bag_id), None)


@functools.lru_cache(maxsize=4)
def parse(text: bytes) -> Release:
    """Read ``release.json``; the last few are remembered, as one run asks again and again what is live.

    Raises Refused with every way in which it is not a release: not JSON, not after
    ``release.schema.json``, a bag listed twice, an expiry before its issue, a date that does not exist.
    """
    document = _load(text)
    findings = [
        Finding(f"{RELEASE_FILE}{_pointer(error.absolute_path)}", shown(error.message[:200]))
        for error in _validator().iter_errors(document)
    ]
    if not findings:
        findings = list(_floats(document))
    if findings:
        raise Refused(sorted(findings))
    findings = []
    issued = _moment(document, "issued", findings)
    expires = _moment(document, "expires", findings)
    if issued and expires and expires <= issued:
        findings.append(Finding(f"{RELEASE_FILE}/expires", "lies before the issue"))
    bags = tuple(_entry(raw, position, findings) for position, raw in enumerate(document["bags"]))
    for bag_id, count in Counter(bag.id for bag in bags).items():
        if count > 1:
            findings.append(Finding(f"{RELEASE_FILE}/bags", f"bag {bag_id} is listed {count} times"))
    if findings or issued is None or expires is None:
        raise Refused(findings)
    return Release(document["epoch"], document["serial"], issued, expires, bags)


def dump(release: Release) -> bytes:
    """Write a release as ``release.json``: UTF-8, bags sorted by id, the same bytes for the same release."""
    document = {
        "format": 1,
        "epoch": release.epoch,
        "serial": release.serial,
        "issued": release.issued.astimezone(UTC).strftime(_MOMENT),
        "expires": release.expires.astimezone(UTC).strftime(_MOMENT),
        "bags": [_raw(bag) for bag in sorted(release.bags, key=lambda bag: bag.id)],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def is_bag_of(bag_id: str, collection: str) -> bool:
    """Tell whether an id belongs to a collection: ``<collection>-<volume>``, or the collection itself."""
    return bag_id == collection or re.fullmatch(re.escape(collection) + r"-[0-9]+", bag_id) is not None


@functools.cache
def _validator() -> Any:  # jsonschema ships no types
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - a third of a second that few commands need

    schema = json.loads(resources.files("shulu.content").joinpath("release.schema.json").read_bytes())
    return Draft202012Validator(schema)


def _load(text: bytes) -> Any:
    if len(text) > MAX_BYTES:
        raise refuse(RELEASE_FILE, f"has more than {MAX_BYTES} bytes")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        for key, count in Counter(key for key, _ in pairs).items():
            if count > 1:
                raise ValueError(f"the key {key!r} stands {count} times in one object")
        return dict(pairs)

    def no_constant(word: str) -> None:
        raise ValueError(f"{word} is no JSON number")

    try:
        return json.loads(text.decode(), object_pairs_hook=unique, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise refuse(RELEASE_FILE, f"is not JSON in UTF-8: {error}") from error


def _pointer(path: Iterable[object]) -> str:
    return "".join(f"/{part}" for part in path)


def _floats(value: object, where: str = RELEASE_FILE) -> Iterator[Finding]:
    """Find numbers written as ``7.0``: JSON Schema takes them for integers, other readers need not."""
    if isinstance(value, float):
        yield Finding(where, f"{value} is not written as a whole number")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _floats(item, f"{where}/{key}")
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _floats(item, f"{where}/{position}")


def _moment(document: dict[str, str], key: str, findings: list[Finding]) -> datetime | None:
    try:
        return datetime.strptime(document[key], _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        findings.append(Finding(f"{RELEASE_FILE}/{key}", f"{document[key]} does not exist"))
        return None


def _entry(raw: dict[str, Any], position: int, findings: list[Finding]) -> BagEntry:
    where = f"{RELEASE_FILE}/bags/{position}"
    until = None
    if "until" in raw["licence"]:
        try:
            until = date.fromisoformat(raw["licence"]["until"])
        except ValueError:
            findings.append(Finding(f"{where}/licence/until", f"{raw['licence']['until']} does not exist"))
    if not is_bag_of(raw["id"], raw["collection"]):
        findings.append(Finding(f"{where}/id", f"{raw['id']} is no volume of {raw['collection']}"))
    return BagEntry(
        raw["id"],
        raw["collection"],
        raw["version"],
        raw["digest"],
        raw["bytes"],
        raw["files"],
        Licence(raw["licence"]["scope"], until),
    )


def _raw(bag: BagEntry) -> dict[str, object]:
    licence = {"scope": bag.licence.scope}
    if bag.licence.until is not None:
        licence["until"] = bag.licence.until.isoformat()
    return {
        "id": bag.id,
        "collection": bag.collection,
        "version": bag.version,
        "digest": bag.digest,
        "bytes": bag.bytes,
        "files": bag.files,
        "licence": licence,
    }
