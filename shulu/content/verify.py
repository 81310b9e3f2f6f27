"""Verification of a whole bag: its structure, and every payload file against every manifest."""

from __future__ import annotations

from pathlib import Path

from shulu.content.bag import Bag, check_structure
from shulu.content.hashing import hash_files
from shulu.content.journal import Journal
from shulu.content.names import shown
from shulu.findings import Finding, Refused, refuse
from shulu.progress import Progress


def verify(
    bag: Path,
    *,
    progress: Progress | None = None,
    processes: int | None = None,
    journal: Path | None = None,
) -> list[Finding]:
    """Judge a bag; return all findings, none of them for a valid bag.

    ``processes`` is all cores unless given. With ``journal``, a file outside the bag, an interrupted
    verification goes on where it stopped: a file is not read again that was found good and has not changed
    since in size, times and inode. The journal goes when the verification is through.
    """
    if journal is not None and journal.resolve().is_relative_to(bag.resolve()):
        raise refuse(str(journal), "the journal lies within the bag", "name a file elsewhere")
    try:
        checked = check_structure(bag)
    except Refused as refused:
        return list(refused.findings)
    return verify_payload(checked, progress=progress, processes=processes, journal=journal)


def verify_payload(
    bag: Bag,
    *,
    progress: Progress | None = None,
    processes: int | None = None,
    journal: Path | None = None,
) -> list[Finding]:
    """Hash the payload of a bag whose structure holds, and return what does not match its manifests."""
    progress = progress or Progress()
    progress.total_bytes += bag.oxum.bytes
    progress.total_files += bag.oxum.files
    algorithms = tuple(bag.manifests)
    findings: list[Finding] = []
    with Journal(journal, bag) as done:
        left: list[tuple[str, int]] = []
        for path in bag.payload:
            if done.has(path):
                progress.resume(bag.sizes[path], 1)
            else:
                left.append((path, bag.sizes[path]))
        for path, digests, error in hash_files(bag.path, left, algorithms, progress, processes):
            wrong = [
                name
                for name, digest in zip(algorithms, digests, strict=False)
                if bag.manifests[name][path] != digest
            ]
            if error:
                findings.append(Finding(shown(path), f"cannot be read: {error}", "fetch it again"))
            elif wrong:
                findings.append(
                    Finding(
                        shown(path),
                        f"does not match its {wrong[0]} digest: the file is damaged",
                        "fetch it again",
                    )
                )
            else:
                done.add(path)
    progress.tell()
    return sorted(findings)
