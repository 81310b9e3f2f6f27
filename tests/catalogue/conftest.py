from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Records = dict[str, list[dict[str, Any]]]
MakeRelease = Callable[..., Path]


@pytest.fixture
def make_release(tmp_path: Path) -> MakeRelease:
    """Make a release's folder as a store has it; the content of every named file is its own name."""

    def make(bags: Records, serial: int = 7) -> Path:
        folder = tmp_path / "releases" / f"1-{serial}"
        folder.mkdir(parents=True, exist_ok=True)
        entries = []
        for bag, records in bags.items():
            data = folder / "bags" / bag / "data"
            (data / "files").mkdir(parents=True, exist_ok=True)
            (data / "records.jsonl").write_text(
                "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
            )
            for record in records:
                for name in record.get("files", ()):
                    path = data / "files" / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(name)
            collection = bag.rpartition("-")[0] or bag
            entries.append(
                {
                    "id": bag,
                    "collection": collection,
                    "version": "1",
                    "digest": "sha256:" + "0" * 64,
                    "bytes": 1,
                    "files": 1,
                    "licence": {"scope": "lan"},
                }
            )
        document = {
            "format": 1,
            "epoch": 1,
            "serial": serial,
            "issued": "2026-11-23T00:00:00Z",
            "expires": "2027-11-23T00:00:00Z",
            "bags": entries,
        }
        (folder / "release.json").write_text(json.dumps(document))
        return folder

    return make
