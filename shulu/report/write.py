"""Writing a report's files: each whole or not at all, and only those that differ."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def changed(files: Mapping[Path, bytes]) -> list[Path]:
    """Return the files whose bytes would be others, in their order."""
    return [path for path, content in files.items() if not _is(path, content)]


def write(files: Mapping[Path, bytes]) -> None:
    """Write the files, each by one rename."""
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(content)
        fresh.replace(path)


def _is(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False
