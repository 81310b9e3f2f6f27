"""Packing: a collection's folder becomes bags, the same bytes from the same input.

Each payload file is hashed once, on all cores. A bag is built under a temporary name in ``<out>/.pack`` and
shows under ``<out>/bags`` when it is whole.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from shulu.content import tagfile
from shulu.content.bag import TAG_MANIFEST
from shulu.content.hashing import hash_file, hash_files
from shulu.content.manifest import format_manifest
from shulu.content.names import shown
from shulu.content.source import Source, read_collection, read_plain
from shulu.findings import Finding, Refused, refuse
from shulu.progress import Progress

KIT = "kit"
MANIFEST = "manifest-sha256.txt"
PAYLOAD_RECORDS = "data/records.jsonl"
PAYLOAD_FILES = "data/files"
_WORK = ".pack"
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
class _Volume:
    """What one bag will hold: ``files`` relative to the source, and the lines of its records."""

    id: str
    files: list[str] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    content_bytes: int = 0
    tags: dict[str, bytes] = field(default_factory=dict)
    oxum: tagfile.Oxum = field(default_factory=lambda: tagfile.Oxum(0, 0))


def pack(source: Path, out: Path, options: Options, progress: Progress | None = None) -> list[Packed]:
    """Pack a folder into ``<out>/bags/<id>/<version>``; the collection ``kit`` is packed without records.

    A version is packed once: the same input changes nothing, other input under the same version is refused.
    Raises Refused with all findings before anything shows under ``out``.
    """
    progress = progress or Progress()
    _check_options(options)
    found = read_plain(source) if options.collection == KIT else read_collection(source)
    volumes = _split(found, options)
    with _work_folder(out) as work:
        note = work / f"{options.collection}@{options.version}.json"
        identity = _identity(found, options)
        known = _unchanged(note, identity, out, volumes, options)
        if known is not None:
            return known
        stats = {path: _state(found.root / path) for path in found.sizes}
        digests = _digests(found, options, progress)
        for position, volume in enumerate(volumes, 1):
            _fill_tags(volume, found, digests, options, f"{position} of {len(volumes)}")
        _refuse_other_content(out, volumes, options)
        packed = _write(out, volumes, found, stats, options)
        noted = {volume.id: _digest(volume) for volume in volumes}
        _replace(note, json.dumps({"input": identity, "bags": noted}).encode())
    progress.tell()
    return packed


def _check_options(options: Options) -> None:
    findings = []
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", options.collection):
        findings.append(
            Finding("--collection", f"{options.collection!r} is not lower-case letters, digits and -")
        )
    if not re.fullmatch(r"[0-9A-Za-z]([0-9A-Za-z.-]{0,62}[0-9A-Za-z-])?", options.version):
        findings.append(Finding("--version", f"{options.version!r} is not letters, digits, . and -"))
    if options.volume_bytes < 1:
        findings.append(Finding("--volume-bytes", "is not a size"))
    if not options.organization.isprintable():
        findings.append(Finding("--organization", "is not one line"))
    if findings:
        raise Refused(findings)


def _split(source: Source, options: Options) -> list[_Volume]:
    """Cut the records, in their order, into volumes; a record's files stay together."""
    if options.collection == KIT:
        return [_Volume(KIT, list(source.sizes))]
    volumes: list[_Volume] = []
    for record in source.records:
        size = sum(source.sizes[file] for file in record.files)
        if not volumes or volumes[-1].content_bytes + size > options.volume_bytes:
            volumes.append(_Volume(f"{options.collection}-{len(volumes) + 1:03}"))
        volumes[-1].files.extend(record.files)
        volumes[-1].lines.append(record.line)
        volumes[-1].content_bytes += size
    return volumes


@contextlib.contextmanager
def _work_folder(out: Path) -> Iterator[Path]:
    work = out / _WORK
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise refuse(str(out), "is being packed into by another run", "wait for it") from error
        yield work


def _identity(source: Source, options: Options) -> str:
    """Return a digest of all that makes the bags' bytes, files by size, time and inode."""
    digest = hashlib.sha256(
        repr(
            (
                1,
                options.collection,
                options.version,
                options.volume_bytes,
                options.organization,
                options.bagging_date,
            )
        ).encode()
    )
    for record in source.records:
        digest.update(record.line)
    for path in source.sizes:
        digest.update(f"\0{path}\0{_state(source.root / path)}".encode())
    return digest.hexdigest()


def _state(path: Path) -> tuple[int, int, int]:
    found = os.lstat(path)
    return (found.st_size, found.st_mtime_ns, found.st_ino)


def _unchanged(
    note: Path, identity: str, out: Path, volumes: list[_Volume], options: Options
) -> list[Packed] | None:
    """Return what an earlier run packed from this very input, None where there is any doubt."""
    try:
        noted = json.loads(note.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    if noted.get("input") != identity or set(noted.get("bags", {})) != {volume.id for volume in volumes}:
        return None
    packed = []
    for volume in volumes:
        path = out / "bags" / volume.id / options.version
        try:
            if hash_file(path / TAG_MANIFEST) != noted["bags"][volume.id]:
                return None
            info = tagfile.parse_info(
                (path / tagfile.INFO).read_bytes(), tagfile.Declaration((1, 0), "utf-8")
            )
        except (OSError, Refused):
            return None
        packed.append(Packed(volume.id, path, tagfile.oxum(info) or tagfile.Oxum(0, 0), changed=False))
    return packed


def _digests(source: Source, options: Options, progress: Progress) -> dict[str, str]:
    progress.label = progress.label or f"pack {options.collection}"
    progress.total_bytes += sum(source.sizes.values())
    progress.total_files += len(source.sizes)
    digests: dict[str, str] = {}
    findings: list[Finding] = []
    files = list(source.sizes.items())
    for hashed in hash_files(source.root, files, ("sha256",), progress, options.processes):
        if hashed.error:
            findings.append(Finding(shown(hashed.path), f"cannot be read: {hashed.error}"))
        else:
            digests[hashed.path] = hashed.digests[0]
    if findings:
        raise Refused(sorted(findings))
    return digests


def _fill_tags(
    volume: _Volume, source: Source, digests: dict[str, str], options: Options, count: str
) -> None:
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


def _digest(volume: _Volume) -> str:
    return hashlib.sha256(volume.tags[TAG_MANIFEST]).hexdigest()


def _refuse_other_content(out: Path, volumes: list[_Volume], options: Options) -> None:
    """Refuse to pack other content, or fewer volumes, under a version that is packed already."""
    expected = {volume.id: _digest(volume) for volume in volumes}
    findings = []
    pattern = KIT if options.collection == KIT else f"{options.collection}-[0-9]*"
    for folder in sorted((out / "bags").glob(f"{pattern}/{options.version}")):
        bag_id = folder.parent.name
        if not (bag_id == KIT or re.fullmatch(re.escape(options.collection) + r"-[0-9]+", bag_id)):
            continue
        tag_manifest = folder / TAG_MANIFEST
        if not tag_manifest.is_file() or hash_file(tag_manifest) != expected.get(bag_id):
            findings.append(
                Finding(
                    f"{bag_id} {options.version}",
                    "is packed already with other content",
                    "give a new --version",
                )
            )
    if findings:
        raise Refused(findings)


def _write(
    out: Path,
    volumes: list[_Volume],
    source: Source,
    stats: dict[str, tuple[int, int, int]],
    options: Options,
) -> list[Packed]:
    """Build the bags that are not there yet, bring them to the disk, and let them show."""
    paths = [out / "bags" / volume.id / options.version for volume in volumes]
    there = [path.is_dir() for path in paths]
    built = [
        None if exists else _build(out / _WORK, volume, source, stats, options)
        for volume, exists in zip(volumes, there, strict=True)
    ]
    sync_file_system(out)
    for temporary, path in zip(built, paths, strict=True):
        if temporary is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.rename(path)
    return [
        Packed(volume.id, path, volume.oxum, changed=not exists)
        for volume, path, exists in zip(volumes, paths, there, strict=True)
    ]


def _build(
    work: Path, volume: _Volume, source: Source, stats: dict[str, tuple[int, int, int]], options: Options
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
        if _state(source.root / file) != stats[file]:
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


def _replace(path: Path, text: bytes) -> None:
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_bytes(text)
    temporary.replace(path)


def sync_file_system(path: Path) -> None:
    """Bring all that was written to the file system of ``path`` to the disk (syncfs(2)). Raises OSError."""
    library = ctypes.CDLL(None, use_errno=True)
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if library.syncfs(handle) != 0:
            raise OSError(ctypes.get_errno(), "syncfs", str(path))
    finally:
        os.close(handle)
