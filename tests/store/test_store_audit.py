"""Rot in the store is found, named, kept from spreading, and mended without taking anything from readers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from parcels import Province, deliver, stage

from shulu.content.release import BagEntry
from shulu.store.audit import audit, held_entries
from shulu.store.store import Store


def flip(path: Path) -> None:
    """Turn one bit over, as a bad sector or memory does: neither size nor time change."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    times = path.stat()
    path.chmod(0o644)
    path.write_bytes(data)
    path.chmod(0o444)
    import os  # noqa: PLC0415

    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def live_bag(province: Province, store: Store) -> BagEntry:
    entry = province.bag("ebooks-001", "1", {"a.epub": b"a" * 100, "b.epub": b"b" * 100})
    deliver(province, store, province.issue(1, entry))
    return entry


def test_a_good_store_has_no_findings(province: Province, store: Store) -> None:
    live_bag(province, store)
    assert audit(store, held_entries(store)) == []


def test_readers_keep_a_damaged_file_until_a_good_one_is_here(province: Province, store: Store) -> None:
    entry = live_bag(province, store)
    bad = store.path(entry) / "data/files/a.epub"
    flip(bad)
    findings = audit(store, [entry])
    assert [finding.where for finding in findings] == ["bags/ebooks-001/1/data/files/a.epub"]
    assert bad.exists()
    assert not store.has(entry)
    assert (store.quarantine / "ebooks-001@1/data/files/a.epub").exists()
    stage(province, store, entry)
    store.adopt(entry)
    assert bad.read_bytes() == b"a" * 100
    assert store.has(entry)
    assert list(store.quarantine.iterdir()) == []
    assert audit(store, [entry]) == []


def test_damage_is_named_while_a_delivery_waits(
    province: Province, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = live_bag(province, store)
    flip(store.path(entry) / "data/files/a.epub")
    monkeypatch.setattr("shulu.store.audit.LOCK_SECONDS", 0.0)
    with store.lock():
        findings = audit(store, [entry])
    assert findings[0].where == "bags/ebooks-001/1/data/files/a.epub"
    assert [finding.problem for finding in findings[1:]] == ["another delivery is under way"]
    assert list(store.quarantine.iterdir()) == []


def test_a_bag_that_is_not_live_loses_its_bad_file(province: Province, store: Store) -> None:
    old = live_bag(province, store)
    new = province.bag("ebooks-001", "2", {"a.epub": b"c"})
    deliver(province, store, province.issue(2, new))
    bad = store.path(old) / "data/files/b.epub"
    flip(bad)
    assert len(audit(store, held_entries(store))) == 1
    assert not bad.exists()
    assert store.has(new)


@pytest.mark.parametrize("name", ["bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"])
def test_a_damaged_tag_file_is_mended(province: Province, store: Store, name: str) -> None:
    entry = live_bag(province, store)
    flip(store.path(entry) / name)
    assert audit(store, [entry]) != []
    record = json.loads((store.quarantine / "ebooks-001@1.json").read_bytes())
    assert record["unchecked"] is True
    stage(province, store, entry)
    store.adopt(entry)
    assert audit(store, [entry]) == []
    assert store.has(entry)


def test_missing_and_additional_files_are_found_and_mended(province: Province, store: Store) -> None:
    entry = live_bag(province, store)
    place = store.path(entry)
    for folder in (place, place / "data", place / "data/files"):
        folder.chmod(0o755)
    (place / "data/files/a.epub").unlink()
    (place / "data/more").write_bytes(b"?")
    assert len(audit(store, [entry])) == 2
    stage(province, store, entry)
    store.adopt(entry)
    assert audit(store, [entry]) == []
