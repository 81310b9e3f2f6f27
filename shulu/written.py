"""Files for people and for the next run: each is there whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def changed(files: Mapping[Path, bytes]) -> list[Path]:
    """Return the files whose bytes would be others, in their order."""
    return [path for path, content in files.items() if not _is(path, content)]


def write(files: Mapping[Path, bytes]) -> None:
    """Write the files, each by one rename; their folders too. Raises OSError."""
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(content)
        fresh.replace(path)


def earlier(path: Path) -> dict[str, Any]:
    """Return what an earlier run wrote, nothing where there is none or it cannot be read."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _is(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False
