"""Build the catalogue of a release: every record of its bags, and the index to search them."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from shulu.catalogue import media
from shulu.catalogue.normalise import characters, runs, words
from shulu.catalogue.schema import CATALOGUE_FILE, FORMAT, TABLES
from shulu.content import records
from shulu.content.licence import narrower
from shulu.content.licence import read as read_licence
from shulu.content.release import RELEASE_FILE, BagEntry, Release, parse
from shulu.findings import Finding, Refused
from shulu.programme import collection, place

KIT = "kit"
"""The bag that holds packages for servers and nothing for readers."""

_PART_BYTES = 4 << 20
"""How much of a bag's records is held in memory at a time: a collection may have 260,000 of them."""

_ADD_RECORD = "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ADD_WORDS = (
    "INSERT INTO search (rowid, title, body, title_characters, body_characters) VALUES (?, ?, ?, ?, ?)"
)


def build(release_folder: Path) -> None:
    """Write ``catalogue.db`` into a release's folder, from ``bags/<id>/data/records.jsonl`` of its bags.

    The file is read-only, appears whole or not at all, and has the same bytes for the same release. Bags that
    this server does not hold are left out, and so is the kit.

    Raises Refused with every finding of all bags: a record that is malformed, or names a file that its bag
    does not have. The catalogue that was there then stays.
    """
    release = parse((release_folder / RELEASE_FILE).read_bytes())
    target = release_folder / CATALOGUE_FILE
    draft = release_folder / f".{CATALOGUE_FILE}.new"
    draft.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(draft, isolation_level=None)) as db:
            _fill(db, release, release_folder)
        draft.chmod(0o444)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _fill(db: sqlite3.Connection, release: Release, folder: Path) -> None:
    # The draft is thrown away when anything fails: no journal, and whoever publishes the release syncs it.
    db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA user_version={FORMAT};")
    db.executescript(TABLES)
    db.execute("BEGIN")
    db.execute(
        "INSERT INTO release VALUES (?, ?, ?, ?)",
        (release.epoch, release.serial, release.issued.isoformat(), release.expires.isoformat()),
    )
    held = sorted(
        (bag for bag in release.bags if (folder / "bags" / bag.id).is_dir() and bag.collection != KIT),
        key=lambda bag: (place(bag.collection), bag.id),
    )
    findings: list[Finding] = []
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    number = 0
    for bag in held:
        db.execute(
            "INSERT INTO bags VALUES (?, ?, ?, ?, ?)",
            (bag.id, bag.collection, bag.version, bag.bytes, bag.files),
        )
        for record, sizes in _records(bag, folder, findings):
            number += 1
            first.setdefault(bag.collection, number)
            last[bag.collection] = number
            _add(db, number, release, bag, record, sizes)
    if findings:
        raise Refused(sorted(findings))
    for order, name in enumerate(first):
        db.execute("INSERT INTO collections VALUES (?, ?, ?, ?)", (name, order, first[name], last[name]))
    db.execute("INSERT INTO search (search) VALUES ('optimize')")
    db.execute("COMMIT")


def _records(
    bag: BagEntry, folder: Path, findings: list[Finding]
) -> Iterator[tuple[dict[str, Any], list[int]]]:
    """Yield each record of a bag with the sizes of its files in bytes; add what is wrong to the findings."""
    data = folder / "bags" / bag.id / "data"
    name = f"bags/{bag.id}/data/{records.RECORDS_FILE}"
    seen: dict[str, str] = {}
    for record in _read(name, data / records.RECORDS_FILE, findings):
        if (other := seen.setdefault(record.id, record.where)) != record.where:
            findings.append(Finding(record.where, f"the id {record.id} stands at {other} already"))
            continue
        sizes = []
        for file in record.files:
            path = data / "files" / file
            if path.is_file():
                sizes.append(path.stat().st_size)
            else:
                findings.append(Finding(record.where, f"the bag has no file {file}"))
        yield json.loads(record.line), sizes


def _read(name: str, path: Path, findings: list[Finding]) -> Iterator[records.Record]:
    """Yield the records of a file, a part of it at a time; what is malformed is added to the findings."""
    read = False
    line = 1
    try:
        with path.open("rb") as file:
            while part := file.readlines(_PART_BYTES):
                if b"".join(part).strip():
                    read = True
                    try:
                        yield from records.read(name, b"".join(part), line)
                    except Refused as refused:
                        findings.extend(refused.findings)
                line += len(part)
    except FileNotFoundError:
        findings.append(Finding(name, "is missing", "pack the collection again"))
        return
    if not read:
        findings.append(Finding(name, "has no records", "pack the collection again"))


def _add(
    db: sqlite3.Connection,
    number: int,
    release: Release,
    bag: BagEntry,
    record: dict[str, Any],
    sizes: list[int],
) -> None:
    kind = media.kind_of_record(
        record["files"],
        record.get("format", ""),
        collection(bag.collection).group,
        record.get("type", ""),
    )
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    licence = bag.licence
    if "licence" in record:
        licence = narrower(licence, read_licence(record["licence"]))
    year = re.match("[0-9]{4}", record.get("date", ""))
    db.execute(
        _ADD_RECORD,
        (
            number,
            bag.id,
            record["id"],
            kind,
            year[0] if year else "",
            record.get("language", ""),
            record.get("series", ""),
            licence.scope,
            licence.until and licence.until.isoformat(),
            release.issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
            text,
            json.dumps(sizes),
        ),
    )
    title = runs(record["title"])
    body = runs(
        "\n".join([*record.get("creator", ()), *record.get("subject", ()), record.get("description", "")])
    )
    db.execute(_ADD_WORDS, (number, words(title), words(body), characters(title), characters(body)))
