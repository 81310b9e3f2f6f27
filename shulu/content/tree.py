"""What really lies in a bag's folder: every file with its size, and everything that may not be there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from shulu.content.names import sameness, shown, unsafe
from shulu.findings import Finding


@dataclass(slots=True)
class Tree:
    """The regular files of a folder: path within it, with ``/``, to size in bytes; and the findings."""

    sizes: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def scan(root: Path) -> Tree:
    """Walk a folder without following links, folder by folder in bytewise order.

    Findings: symbolic links, special files, names that cannot be used, folders that cannot be read.
    """
    tree = Tree()
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(root / folder) as listing:
                entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            tree.findings.append(
                Finding(shown(folder) or ".", f"cannot be listed: {os.strerror(error.errno or 0)}")
            )
            continue
        folders = [path for entry in entries if (path := _enter(entry, folder, tree)) is not None]
        pending.extend(reversed(folders))
    return tree


def collisions(paths: Iterable[str]) -> list[Finding]:
    """Find paths, or folders of them, that differ only in case or in their Unicode form (RFC 8493, 6.1)."""
    seen: set[int] = set()
    suspects: set[int] = set()
    known: set[str] = set()
    parts = list(_with_folders(paths, known))
    # Hashes stand for the texts: 300,000 long paths would double the memory of a verification.
    for part in parts:
        key = hash(sameness(part))
        (suspects if key in seen else seen).add(key)
    if not suspects:
        return []
    groups: dict[str, list[str]] = {}
    for part in parts:
        if hash(same := sameness(part)) in suspects:
            groups.setdefault(same, []).append(part)
    return [
        Finding(
            shown(other),
            f"some file systems take this for the same as {shown(group[0])}",
            "rename one of them",
        )
        for group in groups.values()
        for other in group[1:]
        if _own_name_differs(group[0], other)
    ]


def _with_folders(paths: Iterable[str], known: set[str]) -> Iterable[str]:
    for path in paths:
        yield path
        folder = path.rpartition("/")[0]
        while folder and folder not in known:
            known.add(folder)
            yield folder
            folder = folder.rpartition("/")[0]


def _own_name_differs(first: str, other: str) -> bool:
    """Tell whether two paths differ in their last part: else the finding is their folder's."""
    return first.rpartition("/")[2] != other.rpartition("/")[2]


def _enter(entry: os.DirEntry[str], folder: str, tree: Tree) -> str | None:
    """Note a file or a finding; return the path of a folder that is to be walked."""
    path = f"{folder}/{entry.name}" if folder else entry.name
    if entry.is_symlink():
        tree.findings.append(Finding(shown(path), "is a symbolic link"))
    elif problem := unsafe(path):
        tree.findings.append(Finding(shown(path), problem, "rename it"))
    elif entry.is_dir(follow_symlinks=False):
        return path
    elif entry.is_file(follow_symlinks=False):
        tree.sizes[path] = entry.stat(follow_symlinks=False).st_size
    else:
        tree.findings.append(Finding(shown(path), "is neither a file nor a folder"))
    return None
