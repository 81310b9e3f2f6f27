"""Packing: a collection's folder becomes bags, the same bytes from the same input.

Each payload file is hashed once, on all cores. A bag is built under a temporary name in ``<out>/.pack`` and
shows under ``<out>/bags`` when it is whole.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from shulu.content import tagfile
from shulu.content.bag import TAG_MANIFEST
from shulu.content.bagwriter import (
    MANIFEST,
    PAYLOAD_FILES,
    WORK,
    Options,
    Packed,
    Volume,
    fill_tags,
    state,
    tag_digest,
    write_bags,
)
from shulu.content.hashing import hash_file, hash_files
from shulu.content.manifest import parse_manifest
from shulu.content.names import shown
from shulu.content.release import KIT
from shulu.content.source import Source, read_collection, read_plain
from shulu.findings import Finding, Refused, refuse
from shulu.progress import Progress

_NEW_KIT = "give a new --version"
_NEW_VERSION = "give a new --version; for pack.yml say it in pack_versions"


def pack(source: Path, out: Path, options: Options, progress: Progress | None = None) -> list[Packed]:
    """Pack a folder into ``<out>/bags/<id>/<version>``; the collection ``kit`` is packed without records.

    A version is packed once: the same input changes nothing, other input under the same version is refused.
    Raises Refused with all findings before anything shows under ``out``.
    """
    progress = progress or Progress()
    found, volumes = _read(source, options)
    with _work_folder(out) as work:
        note = _note(work, options)
        identity = _identity(found, options)
        known = _unchanged(note, identity, out, volumes, options)
        if known is not None:
            return known
        stats = {path: state(found.root / path) for path in found.sizes}
        digests = _digests(found, found.sizes, options, progress)
        _fill(volumes, found, digests, options)
        _refuse_other_content(out, volumes, options)
        packed = write_bags(out, volumes, found, stats, options)
        noted = {volume.id: tag_digest(volume) for volume in volumes}
        _replace(note, json.dumps({"input": identity, "bags": noted}).encode())
    progress.tell()
    return packed


def plan(source: Path, out: Path, options: Options, progress: Progress | None = None) -> list[Packed]:
    """Tell what ``pack`` would do, ``changed`` where it would write a bag, and touch nothing.

    What must differ is found by the metadata and the names, without content being read; of what may differ
    only the files that may be others than those in the bag are hashed, as ``pack`` hashes them all.
    Raises Refused as ``pack`` does.
    """
    found, volumes = _read(source, options)
    known = _unchanged(_note(out / WORK, options), _identity(found, options), out, volumes, options)
    if known is not None:
        return known
    there = [volume for volume in volumes if _folder(out, volume, options).is_dir()]
    # No file has this digest: a bag that is there and does not list one of these has other content.
    digests = dict.fromkeys(found.sizes, "")
    for volume in there:
        digests |= _packed_digests(_folder(out, volume, options))
    _fill(volumes, found, digests, options)
    _refuse_other_content(out, volumes, options)
    doubtful = [file for volume in there for file in _doubtful(found, volume, _folder(out, volume, options))]
    digests |= _digests(found, doubtful, options, progress or Progress())
    _fill(volumes, found, digests, options)
    _refuse_other_content(out, volumes, options)
    return [
        Packed(volume.id, path, volume.oxum, changed=not path.is_dir())
        for volume, path in ((volume, _folder(out, volume, options)) for volume in volumes)
    ]


def _packed_digests(bag: Path) -> dict[str, str]:
    """Return what a packed bag says its content's digests are; nothing where its manifest cannot be read."""
    head = f"{PAYLOAD_FILES}/"
    try:
        entries = parse_manifest((bag / MANIFEST).read_bytes())
    except (OSError, Refused):
        return {}
    return {path.removeprefix(head): digest for path, digest in entries.items() if path.startswith(head)}


def _doubtful(source: Source, volume: Volume, bag: Path) -> Iterator[str]:
    """Yield a volume's files that may have other content than they had when its bag was packed.

    The others are the bag's own files, by hard link, untouched since: a write moves their change time.
    """
    packed_ns = (bag / TAG_MANIFEST).stat().st_mtime_ns
    for file in volume.files:
        origin = (source.root / file).lstat()
        try:
            linked = os.path.samestat(origin, (bag / PAYLOAD_FILES / file).lstat())
        except FileNotFoundError:
            linked = False
        if not linked or origin.st_ctime_ns >= packed_ns:
            yield file


def _read(source: Path, options: Options) -> tuple[Source, list[Volume]]:
    """Return what is to be packed, and the volumes that it makes, their tags still empty."""
    _check_options(options)
    found = read_plain(source) if options.collection == KIT else read_collection(source)
    return found, _split(found, options)


def _note(work: Path, options: Options) -> Path:
    """Return where it is noted what a version was packed from."""
    return work / f"{options.collection}@{options.version}.json"


def _folder(out: Path, volume: Volume, options: Options) -> Path:
    return out / "bags" / volume.id / options.version


def _fill(volumes: list[Volume], source: Source, digests: dict[str, str], options: Options) -> None:
    for position, volume in enumerate(volumes, 1):
        fill_tags(volume, source, digests, options, f"{position} of {len(volumes)}")


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
        path = _folder(out, volume, options)
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


def _digests(source: Source, chosen: Iterable[str], options: Options, progress: Progress) -> dict[str, str]:
    files = [(path, source.sizes[path]) for path in chosen]
    progress.label = progress.label or f"pack {options.collection}"
    progress.total_bytes += sum(size for _, size in files)
    progress.total_files += len(files)
    digests: dict[str, str] = {}
    findings: list[Finding] = []
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
                    _NEW_KIT if bag_id == KIT else _NEW_VERSION,
                )
            )
    if findings:
        raise Refused(findings)


def _replace(path: Path, text: bytes) -> None:
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_bytes(text)
    temporary.replace(path)
