"""From a release to a bag: the bag is the one that the release names, and nothing lies beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from content_bags import good, manifest, write

from shulu.content.bag import check_digest, check_structure, identify
from shulu.content.licence import Licence
from shulu.content.release import BagEntry
from shulu.findings import Refused


def entry_of(root: Path) -> BagEntry:
    name, bag = identify(root)
    return BagEntry("x-001", "x", "1", name, bag.oxum.bytes, bag.oxum.files, Licence("lan"))


def test_the_bag_that_the_release_names(tmp_path: Path) -> None:
    root = good(tmp_path / "bag")
    assert check_digest(root, entry_of(root)) == check_structure(root)


def test_another_bag_is_refused(tmp_path: Path) -> None:
    root = good(tmp_path / "bag")
    other = good(tmp_path / "other", {"a.txt": b"HELLO\n", "sub/b.txt": b"world\n"})
    with pytest.raises(Refused, match="is not the bag that the release names"):
        check_digest(other, entry_of(root))


@pytest.mark.parametrize("name", ["tagmanifest-sha512.txt", "manifest-sha512.txt", "notes.txt", "x/y"])
def test_no_file_may_lie_beside_the_chain(tmp_path: Path, name: str) -> None:
    root = good(tmp_path / "bag")
    entry = entry_of(root)
    text = manifest({"manifest-sha256.txt": (root / "manifest-sha256.txt").read_bytes()}, "sha512")
    write(root, {name: text})
    with pytest.raises(Refused, match="the tag manifest does not list this file"):
        check_digest(root, entry)


def test_a_release_that_counts_otherwise_is_refused(tmp_path: Path) -> None:
    root = good(tmp_path / "bag")
    found = entry_of(root)
    entry = BagEntry(found.id, found.collection, found.version, found.digest, 13, found.files, found.licence)
    with pytest.raises(Refused, match=r"the payload is 12\.2 and the release says 13\.2"):
        check_digest(root, entry)
