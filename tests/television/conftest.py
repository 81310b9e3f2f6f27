from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shulu.catalogue import readers
from shulu.catalogue.build import build
from shulu.store import durable

Bags = Mapping[str, Sequence[Mapping[str, Any]]]
MakeLive = Callable[..., Path]
TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shulu.television.offer.today", lambda: TODAY)
    monkeypatch.setattr("shulu.catalogue.readers.today", lambda: TODAY)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store"
    path.mkdir()
    return path


@pytest.fixture
def make_live(store: Path) -> MakeLive:
    """Make a release live: bags with their records, whose files hold their own names; licences of bags."""
    serials = iter(range(1, 100))

    def make(bags: Bags, licences: Mapping[str, Mapping[str, str]] | None = None) -> Path:
        serial = next(serials)
        folder = store / "releases" / f"1-{serial}"
        entries = []
        for bag, records in bags.items():
            data = store / "bags" / bag / f"{serial}" / "data"
            (data / "files").mkdir(parents=True)
            lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
            (data / "records.jsonl").write_text("".join(lines))
            for name in (name for record in records for name in record["files"]):
                (data / "files" / name).parent.mkdir(parents=True, exist_ok=True)
                (data / "files" / name).write_text(name)
            (folder / "bags").mkdir(parents=True, exist_ok=True)
            (folder / "bags" / bag).symlink_to(f"../../../bags/{bag}/{serial}")
            licence = (licences or {}).get(bag, {"scope": "lan"})
            entries.append(
                {"id": bag, "collection": bag.rpartition("-")[0], "version": f"{serial}", "licence": licence}
                | {"digest": f"sha256:{serial:064x}", "bytes": 1, "files": 1}
            )
        document = {"format": 1, "epoch": 1, "serial": serial, "bags": entries}
        document |= {"issued": f"2026-11-23T00:00:{serial:02d}Z", "expires": "2027-11-23T00:00:00Z"}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "release.json").write_text(json.dumps(document))
        build(folder)
        readers.link(folder, TODAY)
        durable.switch_link(store / "live", f"releases/1-{serial}")
        return folder

    return make
