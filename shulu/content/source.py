"""A collection's folder as it comes to be packed: the records, and the files that they claim."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from shulu.content.names import shown, unportable
from shulu.content.records import METADATA_FILE, RECORDS_FILE, Record, read
from shulu.content.tree import collisions, scan
from shulu.findings import Finding, Refused, refuse

CONTENT_FOLDER = "files"


@dataclass(frozen=True, slots=True)
class Source:
    """What is packed: ``sizes`` maps each file, relative to ``root``, to its bytes; a kit has no records."""

    root: Path
    sizes: dict[str, int]
    records: list[Record]


def read_collection(folder: Path) -> Source:
    """Read a collection's folder: one metadata file, and the content in ``files/``, or beside it without one.

    Raises Refused with all findings of records and files: files that are missing, that no record claims or
    two do, names that some disk cannot hold.
    """
    _is_folder(folder)
    present = [name for name in (RECORDS_FILE, METADATA_FILE) if os.path.lexists(folder / name)]
    if len(present) != 1:
        problem = "has no metadata" if not present else "has two metadata files"
        raise refuse(str(folder), problem, f"give it either {RECORDS_FILE} or {METADATA_FILE}")
    root = folder / CONTENT_FOLDER if (folder / CONTENT_FOLDER).is_dir() else folder
    findings: list[Finding] = []
    if root != folder:
        findings.extend(
            Finding(shown(name), f"lies beside {CONTENT_FOLDER}/", f"move it into {CONTENT_FOLDER}/ or away")
            for name in sorted(entry.name for entry in folder.iterdir())
            if name not in {CONTENT_FOLDER, present[0]}
        )
    records: list[Record] = []
    try:
        records = read(present[0], (folder / present[0]).read_bytes())
    except Refused as refused:
        findings.extend(refused.findings)
    sizes = _files(root, findings)
    if root == folder:
        del sizes[present[0]]
    # Which file nobody claims cannot be told while some records could not be read.
    if records:
        findings.extend(_claims(records, sizes))
    if findings:
        raise Refused(findings)
    return Source(root, sizes, records)


def read_plain(folder: Path) -> Source:
    """Read a folder that has no records, as a kit has none. Raises Refused."""
    _is_folder(folder)
    findings: list[Finding] = []
    sizes = _files(folder, findings)
    if not sizes and not findings:
        findings.append(Finding(str(folder), "is empty"))
    if findings:
        raise Refused(findings)
    return Source(folder, sizes, [])


def _is_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise refuse(str(folder), "is not a folder")


def _files(root: Path, findings: list[Finding]) -> dict[str, int]:
    tree = scan(root)
    findings.extend(tree.findings)
    findings.extend(collisions(tree.sizes))
    for path in tree.sizes:
        if problem := unportable(path):
            findings.append(Finding(shown(path), problem, "rename it"))
    return tree.sizes


def _claims(records: list[Record], sizes: dict[str, int]) -> list[Finding]:
    findings: list[Finding] = []
    claimed: dict[str, str] = {}
    for record in records:
        for file in record.files:
            if file not in sizes:
                findings.append(Finding(record.where, f"the file {shown(file)} does not exist"))
            elif file in claimed:
                findings.append(
                    Finding(record.where, f"the file {shown(file)} is claimed at {claimed[file]} already")
                )
            else:
                claimed[file] = record.where
    findings.extend(
        Finding(shown(path), "no record claims this file", "describe it in a record, or take it away")
        for path in sizes
        if path not in claimed
    )
    return findings
