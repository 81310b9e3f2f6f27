"""Packing: a collection's folder becomes bags, the same bytes from the same input.

Each payload file is hashed once, on all cores. A bag is built under a temporary name in ``<out>/.pack`` and
shows under ``<out>/bags`` when it is whole.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from shulu.content import tagfile
from shulu.content.bag import TAG_MANIFEST
from shulu.content.bagwriter import WORK, Options, Packed, Volume, fill_tags, state, tag_digest, write_bags
from shulu.content.hashing import hash_file, hash_files
from shulu.content.names import shown
from shulu.content.release import KIT
from shulu.content.source import Source, read_collection, read_plain
from shulu.findings import Finding, Refused, refuse
from shulu.progress import Progress


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
        stats = {path: state(found.root / path) for path in found.sizes}
        digests = _digests(found, options, progress)
        for position, volume in enumerate(volumes, 1):
            fill_tags(volume, found, digests, options, f"{position} of {len(volumes)}")
        _refuse_other_content(out, volumes, options)
        packed = write_bags(out, volumes, found, stats, options)
        noted = {volume.id: tag_digest(volume) for volume in volumes}
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


def _split(source: Source, options: Options) -> list[Volume]:
    """Cut the records, in their order, into volumes; a record's files stay together."""
    if options.collection == KIT:
        return [Volume(KIT, list(source.sizes))]
    volumes: list[Volume] = []
    for record in source.records:
        size = sum(source.sizes[file] for file in record.files)
        if not volumes or volumes[-1].content_bytes + size > options.volume_bytes:
            volumes.append(Volume(f"{options.collection}-{len(volumes) + 1:03}"))
        volumes[-1].files.extend(record.files)
        volumes[-1].lines.append(record.line)
        volumes[-1].content_bytes += size
    return volumes


@contextlib.contextmanager
def _work_folder(out: Path) -> Iterator[Path]:
    work = out / WORK
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("a") as lock:
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
        digest.update(f"\0{path}\0{state(source.root / path)}".encode())
    return digest.hexdigest()


def _unchanged(
    note: Path, identity: str, out: Path, volumes: list[Volume], options: Options
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


def _refuse_other_content(out: Path, volumes: list[Volume], options: Options) -> None:
    """Refuse to pack other content, or fewer volumes, under a version that is packed already."""
    expected = {volume.id: tag_digest(volume) for volume in volumes}
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


def _replace(path: Path, text: bytes) -> None:
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_bytes(text)
    temporary.replace(path)
