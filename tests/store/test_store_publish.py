"""How a release becomes live, and what is refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from parcels import Province, deliver, stage

from shulu.findings import Refused
from shulu.store.mark import read_mark
from shulu.store.store import Store


def test_all_bags_change_at_one_rename(province: Province, store: Store) -> None:
    first = [province.bag(name, "1", {"x": name.encode()}) for name in ("ebooks-001", "video-001")]
    assert deliver(province, store, province.issue(1, *first)) is True
    before = (store.root / "live").resolve()
    second = [province.bag(name, "2", {"x": name.encode() * 2}) for name in ("ebooks-001", "video-001")]
    seen: list[bytes] = []

    def prepare(folder: Path) -> None:
        (folder / "catalogue.db").write_bytes(b"catalogue")
        assert (folder / "bags/video-001/data/files/x").read_bytes() == b"video-001" * 2
        seen.append((store.root / "live/bags/video-001/data/files/x").read_bytes())

    assert deliver(province, store, province.issue(2, *second), prepare) is True
    assert seen == [b"video-001"]
    live = store.live()
    assert live is not None
    assert live.release.name == "1-2"
    assert os.readlink(store.root / "live") == "releases/1-2"  # noqa: PTH115
    assert before.is_dir(), "who reads the release before goes on reading it"
    mark = read_mark(store.state)
    assert mark is not None
    assert mark.number == (1, 2)


def test_bags_are_read_only_for_everybody(province: Province, store: Store) -> None:
    bag = province.bag("ebooks-001", "1", {"deep/er/x": b"x"})
    deliver(province, store, province.issue(1, bag))
    for place, _, files in os.walk(store.path(bag)):
        assert stat.S_IMODE(Path(place).stat().st_mode) == 0o555
        assert all(stat.S_IMODE(Path(place, name).stat().st_mode) == 0o444 for name in files)


def test_live_again_is_nothing_to_do(province: Province, store: Store) -> None:
    release = province.issue(1, province.bag("ebooks-001", "1", {"x": b"x"}))
    deliver(province, store, release)
    inode = (store.root / "live").lstat().st_ino
    assert deliver(province, store, release) is False
    assert (store.root / "live").lstat().st_ino == inode


def test_older_and_other_releases_are_refused(province: Province, store: Store) -> None:
    bag = province.bag("ebooks-001", "1", {"x": b"x"})
    old = province.issue(1, bag)
    old_text, old_signature = province.text, province.signature
    deliver(province, store, province.issue(2, bag))
    with pytest.raises(Refused, match=r"1-1 is older than 1-2"):
        store.publish(old, old_text, old_signature, [bag])
    other = province.issue(2, bag, province.bag("video-001", "1", {"x": b"y"}))
    with pytest.raises(Refused, match="is not the release 1-2 that was live"):
        store.check_mark(other, province.text)
    deliver(province, store, province.issue(1, bag, epoch=2))


def test_the_mark_outlives_the_loss_of_its_file(province: Province, store: Store) -> None:
    bag = province.bag("ebooks-001", "1", {"x": b"x"})
    old = province.issue(1, bag)
    text = province.text
    deliver(province, store, province.issue(2, bag))
    (store.state / "mark.json").unlink()
    with pytest.raises(Refused, match="older"):
        store.check_mark(old, text)


def test_going_back_is_a_new_serial_with_old_versions(province: Province, store: Store) -> None:
    old = province.bag("ebooks-001", "1", {"x": b"old"})
    deliver(province, store, province.issue(1, old))
    deliver(province, store, province.issue(2, province.bag("ebooks-001", "2", {"x": b"new"})))
    store.gc(keep=2)
    assert store.has(old), "nothing travels to go back"
    assert deliver(province, store, province.issue(3, old)) is True
    assert (store.root / "live/bags/ebooks-001/data/files/x").read_bytes() == b"old"


def test_a_missing_bag_is_refused_and_readers_keep_theirs(province: Province, store: Store) -> None:
    first = province.bag("ebooks-001", "1", {"x": b"x"})
    deliver(province, store, province.issue(1, first))
    release = province.issue(2, first, province.bag("video-001", "1", {"x": b"y"}))
    with pytest.raises(Refused, match=r"bags/video-001/1: is not in the store"):
        store.publish(release, province.text, province.signature, release.bags)
    live = store.live()
    assert live is not None
    assert live.release.name == "1-1"


def test_a_failing_prepare_leaves_all_as_it_was(province: Province, store: Store) -> None:
    bag = province.bag("ebooks-001", "1", {"x": b"x"})
    deliver(province, store, province.issue(1, bag))

    def fail(_: Path) -> None:
        raise OSError("no catalogue today")

    with pytest.raises(OSError, match="no catalogue"):
        deliver(province, store, province.issue(2, bag), fail)
    live = store.live()
    assert live is not None
    assert live.release.name == "1-1"
    assert [held.release.name for held in store.releases()] == ["1-1"]
    assert deliver(province, store, province.issue(2, bag)) is True


def test_a_version_is_issued_once(province: Province, store: Store) -> None:
    deliver(province, store, province.issue(1, province.bag("ebooks-001", "1", {"x": b"x"})))
    other = province.bag("ebooks-001", "1", {"x": b"y", "z": b"z"})
    with pytest.raises(Refused, match="issue the changed bag under a new version"):
        deliver(province, store, province.issue(2, other))


def test_what_is_staged_must_be_the_bag_of_the_release(province: Province, store: Store) -> None:
    entry = province.bag("ebooks-001", "1", {"x": b"x"})
    stage(province, store, province.bag("ebooks-001", "1", {"x": b"other"}))
    with pytest.raises(Refused, match="not the bag that the release names"):
        store.adopt(entry)


def test_one_release_with_more_bags_later(province: Province, store: Store) -> None:
    bags = [province.bag(name, "1", {"x": name.encode()}) for name in ("ebooks-001", "video-001")]
    release = province.issue(1, *bags)
    for bag in bags:
        stage(province, store, bag)
        store.adopt(bag)
    assert store.publish(release, province.text, province.signature, bags[:1]) is True
    assert store.publish(release, province.text, province.signature, bags) is True
    live = store.live()
    assert live is not None
    assert sorted(live.versions) == ["ebooks-001", "video-001"]


def test_gc_keeps_what_is_live_kept_or_coming(province: Province, store: Store) -> None:
    bags = [province.bag("ebooks-001", str(number), {"x": b"x" * number}) for number in range(1, 5)]
    for number, bag in enumerate(bags[:3], 1):
        deliver(province, store, province.issue(number, bag))
    store.expect(province.issue(4, bags[3]), province.text)
    stage(province, store, bags[3])
    store.adopt(bags[3])
    assert store.gc(keep=2) == ["bags/ebooks-001/1", "releases/1-1"]
    assert [store.has(bag) for bag in bags] == [False, True, True, True]
    assert store.gc(keep=2) == []


def test_only_one_writes(store: Store) -> None:
    with store.lock(), pytest.raises(Refused, match="another delivery is under way"), store.lock():
        pass
    with store.lock():
        pass
