"""Read the records of a bag that is in a release's folder; what is wrong with them is told all at once."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from shulu.content import records
from shulu.findings import Finding, Refused


class Part(NamedTuple):
    """Some whole lines of a records file: ``name`` is what people call it, ``line`` where the part begins."""

    name: str
    line: int
    data: bytes
    files: Path
    """The folder of the bag's files."""


class Read(NamedTuple):
    """A record as it was read: where it stands, its elements, its line, and the sizes of its files."""

    where: str
    record: dict[str, Any]
    line: str
    sizes: list[int]


def parts(folder: Path, bag: str, lines: int) -> Iterator[Part]:
    """Yield the records file of a bag in parts of so many lines; ``folder`` is the release's.

    Raises FileNotFoundError.
    """
    data = folder / "bags" / bag / "data"
    number = 1
    with (data / records.RECORDS_FILE).open("rb") as file:
        while block := b"".join(itertools.islice(file, lines)):
            if block.strip():
                yield Part(called(bag), number, block, data / "files")
            number += lines


def called(bag: str) -> str:
    """Return what people call the records file of a bag."""
    return f"bags/{bag}/data/{records.RECORDS_FILE}"


def read(part: Part) -> tuple[list[Read], list[Finding]]:
    """Read the records of a part, and what is wrong with them."""
    try:
        known = records.read(part.name, part.data, part.line)
    except Refused as refused:
        return [], list(refused.findings)
    found: list[Read] = []
    findings: list[Finding] = []
    for record in known:
        sizes = []
        for file in record.files:
            path = part.files / file
            if path.is_file():
                sizes.append(path.stat().st_size)
            else:
                findings.append(Finding(record.where, f"the bag has no file {file}"))
        line = record.line.decode().rstrip("\n")
        found.append(Read(record.where, json.loads(line), line, sizes))
    return found, findings
