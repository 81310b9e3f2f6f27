"""A bag's digest chain without its payload: what a bag that is still on its way is known by.

``shulu.content.bag`` judges whole bags. Here the payload may be missing: the signed entry's digest, the tag
manifest, the tag files and so the payload's digests (RFC 8493, 2.1.3 and 2.2.1).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from shulu.content.bag import MAX_TAG_BYTES, TAG_MANIFEST
from shulu.content.manifest import STRONG, parse_manifest
from shulu.content.release import BagEntry
from shulu.content.signature import read_regular
from shulu.content.tagfile import DECLARATION, PAYLOAD, parse_declaration
from shulu.findings import Finding, Refused, refuse

_AGAIN = "fetch the bag again"


@dataclass(frozen=True, slots=True)
class Chain:
    """``payload`` maps payload paths to hex digests by ``algorithm``; ``tag_files`` are all other files."""

    algorithm: str
    payload: dict[str, str]
    tag_files: frozenset[str]


def listed_tag_files(bag: Path, entry: BagEntry) -> dict[str, str]:
    """Return the tag files with their SHA-256, as the tag manifest lists them that the entry vouches for."""
    text = read_regular(bag / TAG_MANIFEST, MAX_TAG_BYTES)
    if f"sha256:{hashlib.sha256(text).hexdigest()}" != entry.digest:
        problem = "is not the bag that the release names: its tag manifest's digest differs"
        raise refuse(entry.path.as_posix(), problem, _AGAIN)
    listed = parse_manifest(text, where=f"{entry.path}/{TAG_MANIFEST}")
    if bad := [path for path in listed if path == TAG_MANIFEST or path.startswith(f"{PAYLOAD}/")]:
        raise Refused(Finding(f"{entry.path}/{path}", "may not be in the tag manifest") for path in bad)
    return listed


def read_chain(bag: Path, entry: BagEntry) -> Chain:
    """Check all tag files of a bag and return what its payload must be. Raises Refused."""
    listed = listed_tag_files(bag, entry)
    texts = {path: read_regular(bag / path, MAX_TAG_BYTES) for path in listed}
    altered = [path for path, text in texts.items() if hashlib.sha256(text).hexdigest() != listed[path]]
    if altered:
        raise Refused(
            Finding(f"{entry.path}/{path}", "does not match its digest", _AGAIN) for path in altered
        )
    algorithm = next((name for name in STRONG if f"manifest-{name}.txt" in texts), None)
    if algorithm is None or DECLARATION not in texts:
        problem = (
            "the tag manifest lists no bagit.txt, or neither manifest-sha256.txt nor manifest-sha512.txt"
        )
        raise refuse(entry.path.as_posix(), problem)
    declaration = parse_declaration(texts[DECLARATION])
    name = f"manifest-{algorithm}.txt"
    payload = parse_manifest(
        texts[name],
        where=f"{entry.path}/{name}",
        algorithm=algorithm,
        encoding=declaration.encoding,
        percent=declaration.version >= (1, 0),
    )
    if outside := [path for path in payload if not path.startswith(f"{PAYLOAD}/")]:
        raise Refused(Finding(f"{entry.path}/{path}", "lies outside the payload") for path in outside)
    return Chain(algorithm, payload, frozenset(listed) | {TAG_MANIFEST})
