from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from plugins.filter.release_bytes import release_bytes
from shulu.content.licence import Licence
from shulu.content.release import BagEntry, Release, dump

DIGEST = "sha256:" + "0" * 64


def test_counts_the_library_s_collections_and_the_kit(tmp_path: Path) -> None:
    bags = tuple(
        BagEntry(bag_id, collection, "1", DIGEST, size, 1, Licence("lan"))
        for bag_id, collection, size in (
            ("ebooks-001", "ebooks", 1),
            ("ebooks-002", "ebooks", 2),
            ("journals-001", "journals", 4),
            ("kit", "kit", 8),
        )
    )
    file = tmp_path / "release.json"
    file.write_bytes(
        dump(Release(1, 1, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), bags))
    )
    assert release_bytes(str(file), []) == 15
    assert release_bytes(str(file), ["ebooks"]) == 11


def test_needs_nothing_before_a_release_is_packed(tmp_path: Path) -> None:
    assert release_bytes(str(tmp_path / "release.json"), []) == 0
