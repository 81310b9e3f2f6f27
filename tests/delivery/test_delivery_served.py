"""Disks that are served from: known again where nobody wrote to them, else read whole; pulled, swapped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from delivery_disks import MB, NO_OTHER_DISK, MakeDisk, ship
from delivery_servers import PROJECT, Library, live_file, make_library, status
from parcels import Province

from shulu.delivery.blockdevice import find_shipped
from shulu.delivery.device import serial
from shulu.delivery.run import Plan, open_route, plan
from shulu.delivery.served import fingerprint, hide, is_gone, show, shown
from shulu.delivery.status import Silent

pytestmark = pytest.mark.usefixtures("mounts")


@pytest.fixture
def library(tmp_path: Path, province: Province) -> Library:
    found = make_library(tmp_path / "library", province, "disk")
    text = found.config_file.read_text()
    found.config_file.write_text(text.replace("[disk]", '[disk]\nmode = "serve"'))
    return found


def write(province: Province, node: Path, *words: str) -> None:
    ship(province, node, serial(node), *words)


def plug(library: Library, node: Path) -> Path:
    """Mount this disk and no other that the machine may have: ``shulu disk mount`` for one node."""
    disk = next(disk for disk in find_shipped() if disk.node == node)
    return show(disk, library.config.disk.served)


def write_elsewhere(node: Path, folder: Path, change: Callable[[Path], None]) -> None:
    """Write to a disk as somebody does at home."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", str(node), str(folder)], check=True)
    try:
        change(folder)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def alter(file: Path) -> None:
    """Change a byte; size, mtime and mode stay as they were."""
    before = file.stat()
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    with file.open("r+b") as stream:
        stream.write(data)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def deliver(library: Library) -> dict[str, Any]:
    done = library.run("deliver", "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def foretold(library: Library) -> Plan:
    """Return the plan with the disks that are mounted: others that this machine may have stay out."""
    return plan(library.store, open_route(library.config, library.store, Silent()))


def not_whole(library: Library) -> list[str]:
    return [bag["id"] for bag in status(library)["live"]["bags"] if not bag["whole"]]


def read(library: Library, bag: str = "ebooks-001") -> bytes:
    return live_file(library, "a.epub", bag)


def test_a_disk_is_linked_and_known_again(province: Province, library: Library, loop_disk: MakeDisk) -> None:
    province.issue(1, province.bag("ebooks-001", "1", {"a.epub": b"a" * MB}))
    node = loop_disk("WD-1", 40 * MB)
    write(province, node)
    place = plug(library, node)
    assert deliver(library)["changed"] is True
    link = library.folder / "store/bags/ebooks-001/1"
    assert link.readlink() == place / "bags/ebooks-001/1"
    assert deliver(library)["changed"] is False
    assert "stays mounted" in library.run("disk", "release").stdout
    hide(place)
    assert not_whole(library) == ["ebooks-001"]
    assert deliver(library)["message"] == "plug in the shipped disk"
    assert plug(library, node) == place
    assert not_whole(library) == []
    assert deliver(library)["changed"] is False
    line = next(x for x in Path("/proc/self/mountinfo").read_text().splitlines() if str(place) in x)
    assert {"ro", "nodev", "nosuid", "noexec"} <= set(line.split(" ")[5].split(","))


def test_a_file_that_was_altered_elsewhere_is_found(
    province: Province, library: Library, loop_disk: MakeDisk, tmp_path: Path
) -> None:
    bags = [province.bag(name, "1", {"a.epub": name.encode() * 500}) for name in ("ebooks-001", "video-001")]
    province.issue(1, *bags)
    node = loop_disk("WD-1", 40 * MB)
    write(province, node)
    place = plug(library, node)
    deliver(library)
    hide(place)
    file = "bags/ebooks-001/1/data/files/a.epub"
    write_elsewhere(node, tmp_path / "home", lambda folder: alter(folder / file))
    other = plug(library, node)
    assert other != place
    assert not_whole(library) == ["ebooks-001", "video-001"], "nothing of it is believed"
    done = library.run("deliver")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"{file}: does not match its sha256 digest: the file is damaged; get another disk" in done.stderr
    assert not_whole(library) == ["ebooks-001"]
    with pytest.raises(FileNotFoundError):
        read(library)
    assert read(library, "video-001") == b"video-001" * 500
    hide(other)
    write_elsewhere(node, tmp_path / "home", lambda folder: alter(folder / file))
    assert plug(library, node) not in (place, other)
    deliver(library)
    assert read(library) == b"ebooks-001" * 500


def test_a_disk_that_looks_the_same_takes_no_readers(
    province: Province, library: Library, loop_disk: MakeDisk, tmp_path: Path
) -> None:
    province.issue(1, province.bag("ebooks-001", "1", {"a.epub": b"a" * 500}))
    good, twin = loop_disk("WD-1", 40 * MB), loop_disk("WD-2", 40 * MB)
    write(province, good)
    twin.write_bytes(good.read_bytes())
    file = "bags/ebooks-001/1/data/files/a.epub"
    write_elsewhere(twin, tmp_path / "home", lambda folder: alter(folder / file))
    place = plug(library, good)
    deliver(library)
    other = plug(library, twin)
    assert other != place
    assert deliver(library)["changed"] is False
    assert read(library) == b"a" * 500
    hide(place)
    done = library.run("deliver")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert (library.folder / "store/bags/ebooks-001/1").readlink() == place / "bags/ebooks-001/1"
    assert plug(library, good) == place
    assert read(library) == b"a" * 500
    hide(place)
    subprocess.run(["umount", str(other)], check=True)
    twin.write_bytes(good.read_bytes())
    assert plug(library, twin) != place, "the serial tells a copy from the disk"


def test_a_disk_that_was_only_mounted_for_writing_is_read_again(
    province: Province, library: Library, loop_disk: MakeDisk, tmp_path: Path
) -> None:
    province.issue(1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    node = loop_disk("WD-1", 40 * MB)
    write(province, node)
    place = plug(library, node)
    hide(place)
    write_elsewhere(node, tmp_path / "home", lambda _: None)
    assert plug(library, node) != place


def test_exfat_is_never_known_again(
    province: Province, library: Library, loop_disk: MakeDisk, tmp_path: Path
) -> None:
    province.issue(1, province.bag("ebooks-001", "1", {"名 A.epub": b"x", "a.epub": b"a" * 500}))
    node = loop_disk("WD-1", 40 * MB)
    write(province, node, "--format", "exfat")
    place = plug(library, node)
    assert plug(library, node) == place, "while it stays plugged in, nobody else writes to it"
    assert deliver(library)["changed"] is True
    assert read(library) == b"a" * 500
    hide(place)
    assert plug(library, node) != place
    assert not_whole(library) == ["ebooks-001"]
    assert deliver(library)["changed"] is True
    disk = next(disk for disk in find_shipped() if disk.node == node)
    assert fingerprint(disk, tmp_path) != fingerprint(disk, tmp_path)


def test_a_release_lies_on_two_disks(province: Province, library: Library, loop_disk: MakeDisk) -> None:
    province.issue(
        1, *(province.bag(name, "1", {"a.epub": name.encode()}) for name in ("ebooks-001", "video-001"))
    )
    nodes = [loop_disk(name, 40 * MB) for name in ("WD-1", "WD-2")]
    for node, collection in zip(nodes, ("ebooks", "video"), strict=True):
        write(province, node, "--collections", collection)
    plug(library, nodes[0])
    assert deliver(library)["message"] == "plug in the disk that has video-001"
    second = plug(library, nodes[1])
    assert foretold(library).would_change
    assert deliver(library)["changed"] is True
    assert (read(library), read(library, "video-001")) == (b"ebooks-001", b"video-001")
    hide(second)
    assert foretold(library).reason == "1 bags are on another disk"
    assert read(library) == b"ebooks-001"


def test_what_is_live_is_served_beside_an_older_disk(
    province: Province, library: Library, loop_disk: MakeDisk
) -> None:
    old, new = loop_disk("WD-1", 40 * MB), loop_disk("WD-2", 40 * MB)
    same = province.bag("video-001", "1", {"a.epub": b"v"})
    province.issue(1, province.bag("ebooks-001", "1", {"a.epub": b"1"}), same)
    write(province, old)
    province.issue(2, province.bag("ebooks-001", "2", {"a.epub": b"2"}), same)
    write(province, new)
    plug(library, old)
    deliver(library)
    newer = plug(library, new)
    assert deliver(library)["changed"] is True
    assert read(library) == b"2"
    hide(newer)
    assert deliver(library)["message"] == "plug in the disk that has ebooks-001"
    assert read(library, "video-001") == b"v"


def test_a_pulled_disk_is_noticed(province: Province, library: Library, loop_disk: MakeDisk) -> None:
    province.issue(1, province.bag("ebooks-001", "1", {"a.epub": b"a" * 500}))
    node = loop_disk("WD-1", 40 * MB)
    write(province, node)
    place = plug(library, node)
    deliver(library)
    assert not is_gone(place)
    os.truncate(Path(Path(f"/sys/block/{node.name}/loop/backing_file").read_text().strip()), 0)
    assert is_gone(place)
    assert library.run("disk", "find").returncode == 0
    done = library.run("store", "verify")
    assert done.returncode == 1
    assert "bags/ebooks-001/1: lies on a disk that is not plugged in" in done.stderr
    hide(place)
    assert shown(library.config.disk.served) == []
    assert not place.exists()
    assert list((library.folder / "store/quarantine").iterdir()) == []


def test_what_rots_on_a_served_disk_is_named_and_healed_by_another(
    province: Province, library: Library, loop_disk: MakeDisk
) -> None:
    province.issue(1, province.bag("ebooks-001", "1", {"a.epub": b"rot" * 1000}))
    bad, good = loop_disk("WD-1", 40 * MB), loop_disk("WD-2", 40 * MB)
    write(province, bad)
    write(province, good)
    plug(library, bad)
    deliver(library)
    with bad.open("r+b") as device:
        where = device.read().index(b"rot" * 1000)
        device.seek(where)
        device.write(b"X")
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3")
    done = library.run("store", "verify")
    assert done.returncode == 1
    assert "bags/ebooks-001/1/data/files/a.epub: is damaged" in done.stderr
    assert not_whole(library) == ["ebooks-001"]
    assert library.run("deliver").returncode == 1
    plug(library, good)
    assert deliver(library)["changed"] is True
    assert not_whole(library) == []
    assert read(library) == b"rot" * 1000
    assert library.run("store", "verify").returncode == 0


ALONE = (
    NO_OTHER_DISK
    + """
shulu disk find && exit 1
shulu disk mount
shulu deliver
mknod /dev/any-name b {major} {minor}
shulu disk find
shulu deliver --plan
shulu disk mount >/dev/null
shulu disk find && exit 1
shulu deliver
shulu deliver --plan
shulu disk release --force
shulu disk find
shulu deliver --plan
shulu disk mount >/dev/null
shulu deliver --plan
"""
)


def test_a_librarian_only_plugs_the_disk_in(
    province: Province, library: Library, loop_disk: MakeDisk
) -> None:
    """In a mount namespace of its own, so that no disk is there but this one; its node has any name."""
    province.issue(1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    node = loop_disk("WD-5", 40 * MB)
    write(province, node)
    number = node.stat().st_rdev
    script = ALONE.format(
        python=sys.executable, config=library.config_file, major=os.major(number), minor=os.minor(number)
    )
    words = ["unshare", "--mount", "sh", "-c", script]
    done = subprocess.run(words, capture_output=True, text=True, cwd=PROJECT, check=False, timeout=60)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert done.stdout.splitlines() == [
        "plug in the shipped disk",
        "/dev/any-name SHULU-1-1",
        "release 1-1: 1 bags are to be brought (1 bags, 60 B)",
        "release 1-1 is live",
        "release 1-1: is live (0 bags, 0 B)",
        "the disk may be pulled out",
        "/dev/any-name SHULU-1-1",
        "release 1-1: 1 bags are to be brought (1 bags, 60 B)",
        "release 1-1: is live (0 bags, 0 B)",
    ]
