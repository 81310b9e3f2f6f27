from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

Records = Mapping[str, Sequence[Mapping[str, Any]]]
MakeRelease = Callable[..., Path]


@pytest.fixture
def make_release(tmp_path: Path) -> MakeRelease:
    """Make a release's folder as a store has it; the content of every named file is its own name.

    A bag's version counts the contents that it had; ``licences`` are those of bags, ``lan`` without an end
    where nothing is said.
    """
    seen: dict[str, list[str]] = {}

    def make(bags: Records, serial: int = 7, licences: Mapping[str, Mapping[str, str]] | None = None) -> Path:
        folder = tmp_path / "releases" / f"1-{serial}"
        folder.mkdir(parents=True, exist_ok=True)
        entries = []
        for bag, records in bags.items():
            data = folder / "bags" / bag / "data"
            (data / "files").mkdir(parents=True, exist_ok=True)
            lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
            (data / "records.jsonl").write_text(lines)
            for record in records:
                for name in record.get("files", ()):
                    path = data / "files" / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(name)
            versions = seen.setdefault(bag, [])
            if lines not in versions:
                versions.append(lines)
            entries.append(
                {
                    "id": bag,
                    "collection": bag.rpartition("-")[0] or bag,
                    "version": str(versions.index(lines) + 1),
                    "digest": f"sha256:{versions.index(lines):064x}",
                    "bytes": 1,
                    "files": 1,
                    "licence": (licences or {}).get(bag, {"scope": "lan"}),
                }
            )
        document = {
            "format": 1,
            "epoch": 1,
            "serial": serial,
            "issued": f"2026-11-23T00:{serial // 60:02d}:{serial % 60:02d}Z",
            "expires": "2027-11-23T00:00:00Z",
            "bags": entries,
        }
        (folder / "release.json").write_text(json.dumps(document))
        return folder

    return make
