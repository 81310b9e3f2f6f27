"""What the tests of bags share: small bags written by hand, so that each can break one rule."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
BASE = {"data/a.txt": b"hello\n", "data/sub/b.txt": b"world\n"}


def digest(data: bytes, algorithm: str = "sha256") -> str:
    return hashlib.new(algorithm, data).hexdigest()


def manifest(entries: Mapping[str, bytes], algorithm: str = "sha256", end: str = "\n") -> bytes:
    """Write a manifest of paths as they stand in it, in the order given."""
    return "".join(f"{digest(data, algorithm)}  {path}{end}" for path, data in entries.items()).encode()


def write(root: Path, files: Mapping[str, bytes]) -> Path:
    for path, data in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return root


def tag_manifest(root: Path) -> None:
    """Write the tag manifest over all tag files that lie at the top."""
    names = sorted(p.name for p in root.iterdir() if p.is_file() and not p.name.startswith("tagmanifest"))
    (root / "tagmanifest-sha256.txt").write_bytes(
        manifest({name: (root / name).read_bytes() for name in names})
    )


def good(root: Path, payload: Mapping[str, bytes] | None = None) -> Path:
    """Write a whole valid bag with Payload-Oxum and tag manifest; ``payload`` is keyed below ``data/``."""
    payload = {"a.txt": b"hello\n", "sub/b.txt": b"world\n"} if payload is None else payload
    files = {f"data/{path}": data for path, data in payload.items()}
    oxum = f"{sum(map(len, payload.values()))}.{len(payload)}"
    (root / "data").mkdir(parents=True, exist_ok=True)
    write(root, files)
    (root / "bagit.txt").write_bytes(DECLARATION)
    (root / "manifest-sha256.txt").write_bytes(manifest(files))
    (root / "bag-info.txt").write_bytes(f"Source-Organization: 国家图书馆\nPayload-Oxum: {oxum}\n".encode())
    tag_manifest(root)
    return root


def remake(root: Path, name: str, data: bytes) -> None:
    (root / name).write_bytes(data)
    tag_manifest(root)
