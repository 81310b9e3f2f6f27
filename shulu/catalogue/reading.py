"""Read the records of a bag that is in a release's folder; what is wrong with them is told all at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shulu.content import records
from shulu.findings import Finding, Refused

_PART_BYTES = 4 << 20
"""How much of a bag's records is held in memory at a time: a collection may have 260,000 of them."""


def read_bag(folder: Path, bag: str, findings: list[Finding]) -> Iterator[tuple[dict[str, Any], list[int]]]:
    """Yield each record of a bag with the sizes of its files in bytes; add what is wrong to the findings.

    ``folder`` is the release's, which has the bag below ``bags/``.
    """
    data = folder / "bags" / bag / "data"
    name = f"bags/{bag}/data/{records.RECORDS_FILE}"
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
