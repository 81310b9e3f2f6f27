"""Writing bags: their tag files in memory first, then folders that show only when they are whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from shulu.content import tagfile
from shulu.content.bag import TAG_MANIFEST
from shulu.content.manifest import format_manifest
from shulu.content.names import shown
from shulu.content.source import Source
from shulu.findings import refuse
from shulu.syncfs import sync_filesystem

MANIFEST = "manifest-sha256.txt"
PAYLOAD_RECORDS = "data/records.jsonl"
PAYLOAD_FILES = "data/files"
WORK = ".pack"
"""The folder, beside ``bags``, in which bags are built."""
_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass(frozen=True, slots=True)
class Options:
    """How to pack. A volume has at most ``volume_bytes`` of content, but always one record at least."""

    collection: str
    version: str
    volume_bytes: int = 5 * 10**9
    organization: str = ""
    bagging_date: date | None = None
    copy: bool = False
    processes: int | None = None


@dataclass(frozen=True, slots=True)
class Packed:
    """One packed bag: its id, folder, Payload-Oxum, and whether this run wrote it."""

    id: str
    path: Path
    oxum: tagfile.Oxum
    changed: bool


@dataclass(slots=True)
class Volume:
    """What one bag will hold: ``files`` relative to the source, and the lines of its records."""

    id: str
    files: list[str] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    content_bytes: int = 0
    tags: dict[str, bytes] = field(default_factory=dict)
    oxum: tagfile.Oxum = field(default_factory=lambda: tagfile.Oxum(0, 0))


def fill_tags(volume: Volume, source: Source, digests: dict[str, str], options: Options, count: str) -> None:
    """Write a volume's tag files into memory."""
    entries = {f"{PAYLOAD_FILES}/{file}": digests[file] for file in volume.files}
    total = sum(source.sizes[file] for file in volume.files)
    if volume.lines:
        text = b"".join(volume.lines)
        entries[PAYLOAD_RECORDS] = hashlib.sha256(text).hexdigest()
        total += len(text)
    volume.oxum = tagfile.Oxum(total, len(entries))
    info = [("Source-Organization", options.organization)] if options.organization else []
    if options.bagging_date:
        info.append(("Bagging-Date", options.bagging_date.isoformat()))
    info += [
        ("External-Identifier", f"{volume.id}@{options.version}"),
        ("Payload-Oxum", str(volume.oxum)),
        ("Bag-Group-Identifier", f"{options.collection}@{options.version}"),
        ("Bag-Count", count),
    ]
    tags = {
        tagfile.DECLARATION: _DECLARATION,
        tagfile.INFO: tagfile.format_info(info),
        MANIFEST: format_manifest(entries),
    }
    tags[TAG_MANIFEST] = format_manifest(
        {name: hashlib.sha256(text).hexdigest() for name, text in tags.items()}
    )
    volume.tags = tags


def tag_digest(volume: Volume) -> str:
    """Return the hex SHA-256 of a volume's tag manifest: what tells bags apart."""
    return hashlib.sha256(volume.tags[TAG_MANIFEST]).hexdigest()


def write_bags(
    out: Path,
    volumes: list[Volume],
    source: Source,
    stats: dict[str, tuple[int, int, int]],
    options: Options,
) -> list[Packed]:
    """Build the bags that are not there yet, bring them to the disk, and let them show."""
    paths = [out / "bags" / volume.id / options.version for volume in volumes]
    there = [path.is_dir() for path in paths]
    built = [
        None if exists else _build(out / WORK, volume, source, stats, options)
        for volume, exists in zip(volumes, there, strict=True)
    ]
    if any(built):
        sync_filesystem(out)
    for temporary, path in zip(built, paths, strict=True):
        if temporary is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.rename(path)
    return [
        Packed(volume.id, path, volume.oxum, changed=not exists)
        for volume, path, exists in zip(volumes, paths, there, strict=True)
    ]


def _build(
    work: Path, volume: Volume, source: Source, stats: dict[str, tuple[int, int, int]], options: Options
) -> Path:
    """Build a bag under a temporary name and return its folder."""
    temporary = work / f"{volume.id}@{options.version}"
    shutil.rmtree(temporary, ignore_errors=True)
    content = temporary / PAYLOAD_FILES
    content.mkdir(parents=True)
    place = _placer(options.copy)
    folders = {""}
    for file in volume.files:
        folder = file.rpartition("/")[0]
        if folder not in folders:
            (content / folder).mkdir(parents=True, exist_ok=True)
            folders.add(folder)
        place(source.root / file, content / file)
        if state(source.root / file) != stats[file] or stats[file][0] != source.sizes[file]:
            raise refuse(
                shown(file), "was changed while it was packed", "pack again when nobody writes there"
            )
    if volume.lines:
        (temporary / PAYLOAD_RECORDS).write_bytes(b"".join(volume.lines))
    for name, text in volume.tags.items():
        (temporary / name).write_bytes(text)
    _make_readable(temporary)
    return temporary


def _placer(copy: bool) -> Callable[[Path, Path], None]:
    """Return what puts a file into a bag: a hard link, or a copy where links cannot be or are not wanted."""

    def place(origin: Path, target: Path) -> None:
        if not copy and os.lstat(origin).st_mode & 0o444 == 0o444:
            with contextlib.suppress(OSError):
                os.link(origin, target, follow_symlinks=False)
                return
        shutil.copyfile(origin, target, follow_symlinks=False)
        target.chmod(0o644)

    return place


def _make_readable(root: Path) -> None:
    """Give the bag's own folders and tag files the modes that any server may read, whatever the umask is."""
    for folder, _, files in os.walk(root):
        Path(folder).chmod(0o755)
        if Path(folder).relative_to(root).parts in {(), ("data",)}:
            for name in files:
                Path(folder, name).chmod(0o644)


def state(path: Path) -> tuple[int, int, int]:
    """Return size, mtime in nanoseconds and inode: what changes when a file does. Raises OSError."""
    found = os.lstat(path)
    return (found.st_size, found.st_mtime_ns, found.st_ino)
