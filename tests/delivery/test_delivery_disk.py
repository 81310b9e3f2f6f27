"""The disk route: from a folder, and from real loop disks, one or two at a time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from delivery_disks import MB, NO_OTHER_DISK, MakeDisk, mount, ship
from delivery_servers import (
    PROJECT,
    Library,
    live_file,
    noise,
    status,
)
from parcels import Province


def test_a_folder_is_imported_made_live_and_receipted(province: Province, library: Library) -> None:
    book = province.bag("ebooks-001", "1", {"a.epub": b"a" * 5000, "twin.epub": b"a" * 5000, "b.epub": b"b"})
    province.issue(1, book)
    done = library.run("deliver", "--from", str(province.release_folder), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["changed"] is True
    assert live_file(library, "twin.epub") == b"a" * 5000
    assert (library.folder / "store/live/catalogue.db").exists()
    assert status(library)["live"]["serial"] == 1
    assert status(library)["activity"]["state"] == "live"
    again = library.run("deliver", "--from", str(province.release_folder), "--json")
    assert json.loads(again.stdout)["changed"] is False
    assert len(list((library.folder / "state/receipts").glob("*.json"))) == 1
    for path in (province.release_folder, library.folder / "store"):
        subprocess.run(["rm", "-r", str(path / "bags/ebooks-001")], check=True)
    without = json.loads(library.run("deliver", "--from", str(province.release_folder), "--json").stdout)
    assert (without["state"], without["changed"]) == ("waiting", False)


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize("kind", ["ext4", "exfat"])
def test_a_shipped_disk_arrives(province: Province, library: Library, loop_disk: MakeDisk, kind: str) -> None:
    content = {"中文 名字.epub": noise(MB), "b.epub": b"b" * 10, "twin.epub": b"b" * 10}
    province.issue(3, province.bag("ebooks-001", "1", content), province.bag("kit", "1", {"x.deb": b"x"}))
    node = loop_disk("WD-1", 40 * MB)
    written = ship(province, node, "WD-1", "--format", kind)
    assert (written["state"], written["label"], written["format"]) == ("written", "SHULU-1-3", kind)
    assert ship(province, node, "WD-1", "--format", kind)["changed"] is False
    assert json.loads(library.run("deliver", "--json").stdout)["message"] == "plug in the shipped disk"
    mount(library, node)
    leaflet = (library.folder / "disk/请先阅读.txt").read_text("utf-8-sig")
    assert "SHULU-1-3" in leaflet
    done = library.run("deliver", "--json")
    assert done.returncode == 0, done.stderr
    assert {name: live_file(library, name) for name in content} == content
    assert library.run("disk", "release").stdout == "the disk may be pulled out\n"
    assert not (library.folder / "disk").is_mount()


@pytest.mark.usefixtures("mounts")
def test_a_disk_that_was_filled_on_a_pc_arrives(
    province: Province, library: Library, loop_disk: MakeDisk, tmp_path: Path
) -> None:
    """NTFS, which only others write: no permissions, the mode of every file is 0777."""
    content = {"中文 名字.epub": noise(MB), "b.epub": b"b" * 10}
    province.issue(3, province.bag("ebooks-001", "1", content))
    node = loop_disk("WD-1", 40 * MB)
    subprocess.run(["mkntfs", "--quick", "--quiet", "--label", "SHULU-1-3", str(node)], check=True)
    (tmp_path / "pc").mkdir()
    subprocess.run(["mount", "-t", "ntfs-3g", str(node), str(tmp_path / "pc")], check=True)
    subprocess.run(["cp", "-r", f"{province.release_folder}/.", str(tmp_path / "pc")], check=True)
    subprocess.run(["umount", str(tmp_path / "pc")], check=True)
    before = node.read_bytes()
    mount(library, node)
    line = next(
        x for x in Path("/proc/self/mountinfo").read_text().splitlines() if f"{library.folder}/disk" in x
    )
    assert {"ro", "nodev", "nosuid", "noexec"} <= set(line.split(" ")[5].split(","))
    done = library.run("deliver")
    assert done.returncode == 0, done.stderr
    assert {name: live_file(library, name) for name in content} == content
    file = library.folder / "store/live/bags/ebooks-001/data/files/b.epub"
    assert file.stat().st_mode & 0o777 == 0o444
    library.run("disk", "release")
    assert node.read_bytes() == before, "not a bit was written"


@pytest.mark.usefixtures("mounts")
def test_a_disk_is_mounted_so_that_nothing_on_it_acts(
    province: Province, library: Library, loop_disk: MakeDisk
) -> None:
    province.issue(1, province.bag("ebooks-001", "1", {"a": b"a"}))
    node = loop_disk("WD-2", 40 * MB)
    ship(province, node, "WD-2")
    before = node.read_bytes()
    mount(library, node)
    line = next(
        x for x in Path("/proc/self/mountinfo").read_text().splitlines() if f"{library.folder}/disk" in x
    )
    assert {"ro", "nodev", "nosuid", "noexec"} <= set(line.split(" ")[5].split(","))
    assert library.run("deliver").returncode == 0
    library.run("disk", "release")
    assert node.read_bytes() == before, "not a bit was written"


ALONE = (
    NO_OTHER_DISK
    + """
shulu disk find && exit 1
shulu disk mount
shulu deliver
mknod /dev/any-name b {major} {minor}
shulu disk find
shulu deliver --plan --json
shulu disk mount
shulu disk mount
shulu deliver
shulu disk find && exit 1
shulu disk release
"""
)


def test_a_librarian_only_plugs_the_disk_in(
    province: Province, library: Library, loop_disk: MakeDisk
) -> None:
    """In a mount namespace of its own, so that no disk is there but this one; its node has any name."""
    province.issue(1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    node = loop_disk("WD-5", 40 * MB)
    ship(province, node, "WD-5")
    number = node.stat().st_rdev
    script = ALONE.format(
        python=sys.executable, config=library.config_file, major=os.major(number), minor=os.minor(number)
    )
    words = ["unshare", "--mount", "sh", "-c", script]
    done = subprocess.run(words, capture_output=True, text=True, cwd=PROJECT, check=False, timeout=60)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert done.stdout.splitlines() == [
        "no shipped disk is plugged in",
        "plug in the shipped disk",
        "/dev/any-name SHULU-1-1",
        '{"would_change": true, "release": {"epoch": 1, "serial": 1}, "bags": 1, "bytes": 60,'
        ' "reason": "1 bags are to be brought"}',
        f"SHULU-1-1 is mounted at {library.folder}/disk",
        f"{library.folder}/disk is mounted",
        "release 1-1 is live",
        "the disk may be pulled out",
    ]


def test_a_release_on_two_disks_goes_live_with_the_second(
    province: Province, library: Library, tmp_path: Path
) -> None:
    bags = [province.bag(name, "1", {"a.epub": name.encode()}) for name in ("ebooks-001", "video-001")]
    province.issue(1, *bags)
    apart = tmp_path / "apart"
    (province.release_folder / "bags/video-001").rename(apart)
    done = library.run("deliver", "--from", str(province.release_folder), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["message"] == "plug in the disk that has video-001"
    assert status(library)["activity"]["state"] == "waiting"
    library.run("store", "gc")
    apart.rename(province.release_folder / "bags/video-001")
    (province.release_folder / "bags/ebooks-001").rename(apart)
    done = library.run("deliver", "--from", str(province.release_folder), "--json")
    assert done.returncode == 0, done.stderr
    assert live_file(library, "a.epub") == b"ebooks-001"


PARTS = (
    NO_OTHER_DISK
    + """
mknod /dev/a b {a}
{second}
shulu disk mount
shulu deliver
shulu disk release
{third}
shulu disk find
shulu disk mount
shulu deliver
shulu disk find && exit 1
shulu disk release
"""
)


@pytest.mark.parametrize("both", [False, True], ids=["one after the other", "both at once"])
def test_the_disks_of_a_plan_bring_a_release_together(
    province: Province, library: Library, loop_disk: MakeDisk, both: bool
) -> None:
    bags = [province.bag(name, "1", {"a.epub": name.encode()}) for name in ("ebooks-001", "video-001")]
    province.issue(1, *bags)
    nodes = [loop_disk(name, 40 * MB) for name in ("WD-8", "WD-9")]
    ship(province, nodes[0], "WD-8", "--bags", "ebooks-001@1")
    ship(province, nodes[1], "WD-9", "--bags", "video-001@1")
    a, b = (f"{os.major(node.stat().st_rdev)} {os.minor(node.stat().st_rdev)}" for node in nodes)
    other = f"mknod /dev/b b {b}"
    script = PARTS.format(
        python=sys.executable,
        config=library.config_file,
        a=a,
        second=other if both else "",
        third="" if both else f"rm /dev/a; {other}",
    )
    words = ["unshare", "--mount", "sh", "-c", script]
    done = subprocess.run(words, capture_output=True, text=True, cwd=PROJECT, check=False, timeout=60)
    assert done.returncode == 0, (done.stdout, done.stderr)
    mounted = f"SHULU-1-1 is mounted at {library.folder}/disk"
    assert done.stdout.splitlines() == [
        mounted,
        "plug in the disk that has video-001",
        "the disk may be pulled out",
        f"/dev/{'a' if both else 'b'} SHULU-1-1",
        mounted,
        "release 1-1 is live",
        "the disk may be pulled out",
    ]
    assert live_file(library, "a.epub") == b"ebooks-001"


TWO_DISKS = (
    NO_OTHER_DISK
    + """
mknod /dev/good b {good}
mknod /dev/other b {other}
shulu deliver --plan
shulu disk mount
shulu disk mount
shulu deliver
shulu disk release
"""
)


TWO = """
set -e
mount -t tmpfs none /dev
mknod /dev/null c 1 3
mkdir /dev/shm
mknod /dev/a b {a}
mknod /dev/b b {b}
exec {python} -m shulu.cli.main disk --config {config} mount
"""


@pytest.mark.parametrize("second", ["a copy", "no release"])
def test_two_disks_of_one_label_are_told(
    province: Province, library: Library, loop_disk: MakeDisk, second: str
) -> None:
    province.issue(1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    nodes = [loop_disk(name, 40 * MB) for name in ("WD-8", "WD-9")]
    ship(province, nodes[0], "WD-8")
    if second == "a copy":
        ship(province, nodes[1], "WD-9")
    else:
        subprocess.run(["mkfs.ext4", "-q", "-L", "SHULU-1-1", str(nodes[1])], check=True)
    numbers = (f"{os.major(node.stat().st_rdev)} {os.minor(node.stat().st_rdev)}" for node in nodes)
    a, b = numbers
    script = TWO.format(python=sys.executable, config=library.config_file, a=a, b=b)
    words = ["unshare", "--mount", "sh", "-c", script]
    done = subprocess.run(words, capture_output=True, text=True, cwd=PROJECT, check=False, timeout=60)
    said = f"SHULU-1-1 is mounted at {library.folder}/disk\n"
    assert (done.returncode, done.stdout) == (0, said), done.stderr
    assert len(done.stderr.splitlines()) == 1
    expected = {
        "a copy": "/dev/b: carries SHULU-1-1 as /dev/a does, which is read first",
        "no release": "/dev/b: SHULU-1-1: ",
    }
    assert expected[second] in done.stderr
    assert ("release.json: cannot be read" in done.stderr) is (second == "no release")


@pytest.mark.parametrize("other", ["of strangers", "old"])
def test_a_label_hides_no_good_disk(
    province: Province, library: Library, loop_disk: MakeDisk, tmp_path: Path, other: str
) -> None:
    nodes = [loop_disk(name, 40 * MB) for name in ("WD-6", "WD-7")]
    source = Province(tmp_path / "strangers") if other == "of strangers" else province
    source.issue(1, source.bag("ebooks-001", "1", {"a.epub": b"x"}))
    ship(source, nodes[1], "WD-7")
    subprocess.run(["e2label", str(nodes[1]), "SHULU-999-1"], check=True)
    province.issue(2, province.bag("ebooks-001", "2", {"a.epub": b"a"}))
    ship(province, nodes[0], "WD-6")
    numbers = [node.stat().st_rdev for node in nodes]
    good, bad = (f"{os.major(number)} {os.minor(number)}" for number in numbers)
    script = TWO_DISKS.format(python=sys.executable, config=library.config_file, good=good, other=bad)
    words = ["unshare", "--mount", "sh", "-c", script]
    done = subprocess.run(words, capture_output=True, text=True, cwd=PROJECT, check=False, timeout=60)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert done.stdout.splitlines() == [
        "release 1-2: 1 bags are to be brought (1 bags, 60 B)",
        f"SHULU-1-2 is mounted at {library.folder}/disk",
        f"{library.folder}/disk is mounted",
        "release 1-2 is live",
        "the disk may be pulled out",
    ]
    assert ("/dev/other: SHULU-999-1:" in done.stderr) is (other == "of strangers")


def test_a_plan_knows_which_bags_a_named_release_lacks(
    province: Province, library: Library, tmp_path: Path
) -> None:
    def planned(*words: str) -> dict[str, Any]:
        done = library.run("deliver", "--from", str(bare), "--plan", "--json", *words)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    bare = tmp_path / "bare"
    bare.mkdir()
    for serial in (1, 2):
        province.issue(serial, province.bag("ebooks-001", str(serial), {"a.epub": b"a" * serial}))
        if serial == 1:
            assert library.run("deliver", "--from", str(province.release_folder)).returncode == 0
            (bare / "release.json").write_bytes(province.text)
            assert planned("--anew")["would_change"] is True, "its bags are here, and its serial is new"
    for name in ("release.json", "release.json.sig"):
        shutil.copy(province.release_folder / name, bare)
    for plan in (planned(), planned("--anew")):
        assert (plan["would_change"], plan["reason"]) == (False, "1 bags are on another disk")
    done = library.run("deliver", "--from", str(bare), "--json")
    assert json.loads(done.stdout)["changed"] is False
