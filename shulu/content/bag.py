"""A bag's structure: all that RFC 8493 asks of it but the digests of the payload's files.

Tag files are read once, into memory, and what was hashed is what is parsed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from shulu.content import tagfile
from shulu.content.hashing import hash_files
from shulu.content.manifest import HEX_DIGITS, STRONG, parse_manifest
from shulu.content.names import shown
from shulu.content.release import BagEntry
from shulu.content.signature import read_regular
from shulu.content.tagfile import Oxum
from shulu.content.tree import Tree, collisions, scan
from shulu.findings import Finding, Refused, refuse
from shulu.progress import Progress

TAG_MANIFEST = "tagmanifest-sha256.txt"
MAX_TAG_BYTES = 4 << 30
_MANIFEST = re.compile(r"(tag)?manifest-([^/]*)\.txt", re.IGNORECASE)
_CHANGED_PAYLOAD = "fetch the bag again; where its source was edited, pack the collection as a new version"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Bag:
    """A bag whose structure holds.

    ``payload`` maps each payload path (``data/...``) to its digest in lower-case hex by ``algorithm``, sorted
    bytewise; ``manifests`` has all payload manifests by algorithm, ``sizes`` every file's bytes,
    ``tag_files`` the paths of all other files, ``info`` the lines of bag-info.txt, ``oxum`` the payload as it
    lies there.
    """

    path: Path
    algorithm: str
    payload: dict[str, str]
    manifests: dict[str, dict[str, str]]
    sizes: dict[str, int]
    tag_files: tuple[str, ...]
    info: tuple[tuple[str, str], ...]
    oxum: Oxum


def check_structure(bag: Path) -> Bag:
    """Check everything of a bag but the payload's digests.

    Raises Refused with all findings: declaration, manifests, tag manifests and the tag files' digests,
    files missing or too many, sizes against Payload-Oxum, links, special files, unsafe or colliding names,
    fetch.txt.
    """
    return _Check(bag).run()


def check_digest(bag: Path, entry: BagEntry) -> Bag:
    """Check that a bag is the one that a release names, then its structure; nothing is parsed before.

    The chain: the signed entry's digest, the tag manifest, all tag files, the payload's digests. A tag file
    that the tag manifest does not list breaks it; of the bag only the two lines of bagit.txt, which name the
    encoding, are read before it holds. Raises Refused.
    """
    text = read_regular(bag / TAG_MANIFEST, MAX_TAG_BYTES)
    if _named(text) != entry.digest:
        raise refuse(
            f"{entry.id} {entry.version}",
            "is not the bag that the release names: its tag manifest's digest differs",
            "fetch the bag again",
        )
    found = _Check(bag, text).run()
    if (found.oxum.bytes, found.oxum.files) != (entry.bytes, entry.files):
        raise refuse(
            f"{entry.id} {entry.version}",
            f"the payload is {found.oxum} and the release says {entry.bytes}.{entry.files}",
        )
    return found


def identify(bag: Path) -> tuple[str, Bag]:
    """Return the digest by which a release names this bag, and the bag, its structure checked.

    Raises Refused, also where a tag file is not in the tag manifest and so could not be trusted.
    """
    text = read_regular(bag / TAG_MANIFEST, MAX_TAG_BYTES)
    return _named(text), _Check(bag, text).run()


def _named(tag_manifest: bytes) -> str:
    return f"sha256:{hashlib.sha256(tag_manifest).hexdigest()}"


class _Check:
    """One check of one bag; findings gather so that all are told at once.

    With ``tag_manifest``, the bytes that a release vouches for, everything must hang on them: no manifest is
    read before its digest holds there, and no file may lie beside.
    """

    def __init__(self, path: Path, tag_manifest: bytes | None = None) -> None:
        self.path = path
        self.chained = tag_manifest is not None
        self.texts: dict[str, bytes] = {} if tag_manifest is None else {TAG_MANIFEST: tag_manifest}
        self.findings: list[Finding] = []
        self.tree = Tree()

    def run(self) -> Bag:
        if self.path.is_symlink() or not self.path.is_dir():
            raise refuse(str(self.path), "is not a folder")
        self.tree = scan(self.path)
        self.findings.extend(self.tree.findings)
        self.findings.extend(collisions(self.tree.sizes))
        tag_files = tuple(path for path in self.tree.sizes if not path.startswith(f"{tagfile.PAYLOAD}/"))
        payload_manifests, tag_manifests = self._manifest_names(tag_files)
        if not (self.path / tagfile.PAYLOAD).is_dir():
            self._find(tagfile.PAYLOAD, "the payload's folder is missing")
        if tagfile.FETCH in tag_files:
            self._find(
                tagfile.FETCH, "the bag is not complete: files would have to be fetched", "complete it first"
            )
        declaration = self._declaration()
        listed = self._tag_manifests(tag_manifests, tag_files, payload_manifests, declaration)
        if self.chained:
            for path in tag_files:
                if path != TAG_MANIFEST and path not in listed:
                    self._find(path, "the tag manifest does not list this file")
            if self.findings:
                raise Refused(sorted(set(self.findings)))
        manifests = self._payload_manifests(payload_manifests, declaration)
        info = self._info(declaration)
        found = self._oxum(info)
        if self.findings:
            raise Refused(sorted(set(self.findings)))
        algorithm = next(name for name in STRONG if name in manifests)
        chosen = manifests[algorithm]
        order = sorted(chosen, key=str.encode)
        payload = chosen if order == list(chosen) else {path: chosen[path] for path in order}
        # Both name the same files: one text for each path, not two, halves what a large bag takes.
        sizes = {path: self.tree.sizes[path] for path in (*payload, *tag_files)}
        return Bag(self.path, algorithm, payload, manifests, sizes, tag_files, info, found)

    def _find(self, where: str, problem: str, remedy: str = "") -> None:
        self.findings.append(Finding(shown(where), problem, remedy))

    def _text(self, name: str) -> bytes:
        if name not in self.texts:
            self.texts[name] = read_regular(self.path / name, MAX_TAG_BYTES)
        return self.texts[name]

    def _try(self, step: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return step()
        except Refused as refused:
            self.findings.extend(refused.findings)
            return otherwise

    def _manifest_names(self, tag_files: tuple[str, ...]) -> tuple[dict[str, str], dict[str, str]]:
        """Return the file names of the payload's and the tag manifests by algorithm."""
        payload: dict[str, str] = {}
        tag: dict[str, str] = {}
        for name in tag_files:
            match = _MANIFEST.fullmatch(name)
            if match is None:
                continue
            if name != name.lower() or match[2] not in HEX_DIGITS:
                self._find(name, f"is a manifest of an algorithm that is not known: {shown(match[2])}")
            else:
                (tag if match[1] else payload)[match[2]] = name
        if not any(name in payload for name in STRONG):
            self._find("manifest-sha256.txt", "is missing, and there is no manifest-sha512.txt either")
        return payload, tag

    def _declaration(self) -> tagfile.Declaration:
        fallback = tagfile.Declaration((1, 0), "utf-8")
        if tagfile.DECLARATION not in self.tree.sizes:
            self._find(tagfile.DECLARATION, "is missing: this is no bag")
            return fallback
        return self._try(lambda: tagfile.parse_declaration(self._text(tagfile.DECLARATION)), fallback)

    def _read(self, name: str, algorithm: str, declaration: tagfile.Declaration) -> dict[str, str] | None:
        return self._try(
            lambda: parse_manifest(
                self._text(name),
                where=name,
                algorithm=algorithm,
                encoding=declaration.encoding,
                percent=declaration.version >= (1, 0),
            ),
            None,
        )

    def _tag_manifests(
        self,
        names: dict[str, str],
        tag_files: tuple[str, ...],
        payload_manifests: dict[str, str],
        declaration: tagfile.Declaration,
    ) -> set[str]:
        """Check tag files against every tag manifest; return the paths that one of them lists."""
        listed: set[str] = set()
        present = set(tag_files)
        for algorithm, name in names.items():
            entries = self._read(name, algorithm, declaration)
            if entries is None:
                continue
            listed.update(entries)
            for path, digest in entries.items():
                if path in names.values() or path.startswith(f"{tagfile.PAYLOAD}/"):
                    self._find(path, f"may not be listed in {name}")
                elif path not in present:
                    self._find(path, f"is missing: {name} lists it")
                elif self._digest(path, algorithm) != digest:
                    self._find(
                        path, f"does not match its digest in {name}: the file is damaged", "fetch it again"
                    )
            for manifest in payload_manifests.values():
                if manifest not in entries:
                    self._find(manifest, f"is not listed in {name}")
        return listed

    def _digest(self, path: str, algorithm: str) -> str:
        if _MANIFEST.fullmatch(path) or path in {tagfile.DECLARATION, tagfile.INFO}:
            text = self._try(lambda: self._text(path), b"")
            return hashlib.new(algorithm, text, usedforsecurity=False).hexdigest()
        files = [(path, self.tree.sizes[path])]
        return "".join(next(hash_files(self.path, files, (algorithm,), Progress(), 1)).digests)

    def _payload_manifests(
        self, names: dict[str, str], declaration: tagfile.Declaration
    ) -> dict[str, dict[str, str]]:
        manifests: dict[str, dict[str, str]] = {}
        for algorithm, name in names.items():
            entries = self._read(name, algorithm, declaration)
            self.texts.pop(name, None)
            if entries is None:
                continue
            manifests[algorithm] = entries
            for path in entries:
                if not path.startswith(f"{tagfile.PAYLOAD}/"):
                    self._find(path, f"lies outside the payload, and {name} lists it")
                elif path not in self.tree.sizes:
                    self._find(path, f"is missing: {name} lists it")
            for path in self.tree.sizes:
                if path.startswith(f"{tagfile.PAYLOAD}/") and path not in entries:
                    self._find(path, f"is too many: {name} does not list it")
        return manifests

    def _info(self, declaration: tagfile.Declaration) -> tuple[tuple[str, str], ...]:
        if tagfile.INFO not in self.tree.sizes:
            return ()
        text = self._try(lambda: self._text(tagfile.INFO), b"")
        return self._try(lambda: tagfile.parse_info(text, declaration), ())

    def _oxum(self, info: tuple[tuple[str, str], ...]) -> Oxum:
        sizes = [size for path, size in self.tree.sizes.items() if path.startswith(f"{tagfile.PAYLOAD}/")]
        found = Oxum(sum(sizes), len(sizes))
        declared = self._try(lambda: tagfile.oxum(info), None)
        if declared is not None and declared != found:
            self._find(
                tagfile.INFO, f"Payload-Oxum is {declared} and the payload is {found}", _CHANGED_PAYLOAD
            )
        return found
