"""The disk route: from a folder, and from real loop disks that are pulled, damaged, full or cut off."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from delivery_servers import (
    PROJECT,
    Hub,
    Library,
    load_hub,
    make_library,
    make_network_library,
    shulu,
    wait_until,
)
from parcels import Province

from shulu.delivery.blockdevice import find_shipped, mount_read_only

MB = 1_000_000
MakeDisk = Callable[[str, int], Path]


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - no secret


def status(library: Library) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(library.run("status", "--json").stdout)
    return found


def live_file(library: Library, name: str, bag: str = "ebooks-001") -> bytes:
    return (library.folder / "store/live/bags" / bag / "data/files" / name).read_bytes()


def ship(province: Province, node: Path, serial: str, *words: str) -> dict[str, Any]:
    order = ["--from", str(province.release_folder), "--trust", str(province.trust_folder)]
    done = shulu("ship", *order, "--device", str(node), "--serial", serial, "--json", *words)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def mounts(tmp_path: Path) -> Iterator[None]:
    """Unmount what a test leaves mounted below its folder."""
    yield
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        place = line.split(" ")[4]
        if place.startswith(f"{tmp_path}/"):
            subprocess.run(["umount", "--lazy", place], check=False)


def mount(library: Library, node: Path) -> None:
    """Mount this disk and no other that the machine may have: ``shulu disk mount`` for one node."""
    found = next(disk for disk in find_shipped() if disk.node == node)
    mount_read_only(found, library.folder / "disk")


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


@pytest.mark.usefixtures("mounts")
def test_a_disk_that_is_served_from_is_not_copied(
    province: Province, library: Library, loop_disk: MakeDisk
) -> None:
    province.issue(1, province.bag("ebooks-001", "1", {"a.epub": noise(MB)}))
    node = loop_disk("WD-3", 40 * MB)
    ship(province, node, "WD-3")
    text = library.config_file.read_text().replace("[disk]", '[disk]\nmode = "serve"')
    library.config_file.write_text(text)
    mount(library, node)
    done = library.run("deliver")
    assert done.returncode == 0, done.stderr
    assert live_file(library, "a.epub") == noise(MB)
    assert (library.folder / "store/bags/ebooks-001/1").is_symlink()
    assert "stays mounted" in library.run("disk", "release").stdout
    assert json.loads(library.run("deliver", "--json").stdout)["changed"] is False


ALONE = """
set -e
mount -t tmpfs none /dev
mknod /dev/null c 1 3
mknod /dev/zero c 1 5
mknod /dev/urandom c 1 9
mkdir /dev/shm
shulu() {{ command={python}; word=$1; shift; $command -m shulu.cli.main $word --config {config} "$@"; }}
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


def damage(province: Province, name: str = "a.epub") -> Path:
    """Flip a bit of the province's folder, which stands for the disk here."""
    path = province.release_folder / "bags/ebooks-001/1/data/files" / name
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)
    return path


def test_a_damaged_file_without_a_line_is_named_and_the_rest_stays(
    province: Province, library: Library
) -> None:
    bags = [
        province.bag(name, "1", {"a.epub": name.encode(), "b": b"b"}) for name in ("ebooks-001", "video-001")
    ]
    province.issue(1, *bags)
    good = damage(province).read_bytes()
    done = library.run("deliver", "--from", str(province.release_folder))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "bags/ebooks-001/1/data/files/a.epub: on the disk: does not match its digest" in done.stderr
    assert status(library)["live"] is None
    assert status(library)["activity"]["state"] == "failed"
    assert (library.folder / "store/quarantine/ebooks-001@1/data/files/a.epub").read_bytes() == good
    assert library.store.has(bags[1]), "the good bag need not come again"
    damage(province)
    assert library.run("deliver", "--from", str(province.release_folder)).returncode == 0
    assert list((library.folder / "store/quarantine").iterdir()) == []


def test_a_damaged_file_is_fetched_by_the_line(province: Province, hub: Hub, tmp_path: Path) -> None:
    province.issue(1, province.bag("ebooks-001", "1", {"a.epub": b"a" * 500, "b": b"b"}))
    load_hub(hub, province)
    hub.start()
    library = make_network_library(tmp_path / "library", province, hub, "disk")
    damage(province)
    (province.release_folder / "bags/ebooks-001/1/data/files/b").unlink()
    done = library.run("deliver", "--from", str(province.release_folder))
    assert done.returncode == 0, done.stderr
    assert live_file(library, "a.epub") == b"a" * 500
    receipt = json.loads(next((library.folder / "state/receipts").glob("*.json")).read_bytes())
    assert receipt["bad_files"] == [f"bags/ebooks-001/1/data/files/{name}" for name in ("a.epub", "b")]


@pytest.mark.parametrize("name", ["manifest-sha256.txt", "tagmanifest-sha256.txt"])
def test_damaged_manifests_refuse_the_bag(province: Province, library: Library, name: str) -> None:
    province.issue(1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    path = province.release_folder / "bags/ebooks-001/1" / name
    path.write_bytes(path.read_bytes().replace(b"a", b"b"))
    done = library.run("deliver", "--from", str(province.release_folder))
    assert done.returncode == 1
    assert status(library)["live"] is None


def test_a_bag_that_is_another_is_named_also_where_the_upstream_has_none(
    province: Province, hub: Hub, tmp_path: Path
) -> None:
    province.issue(1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    load_hub(hub, province)
    hub.start()
    library = make_network_library(tmp_path / "library", province, hub, "disk")
    province.issue(2, province.bag("ebooks-001", "2", {"a.epub": b"A"}))
    path = province.release_folder / "bags/ebooks-001/2/tagmanifest-sha256.txt"
    path.write_bytes(path.read_bytes().replace(b"a", b"b"))
    done = library.run("deliver", "--from", str(province.release_folder))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "bags/ebooks-001/2: is not the bag that the release names" in done.stderr
    assert (
        "from the upstream: 127.0.0.1:bags/ebooks-001/2/tagmanifest-sha256.txt: cannot be read" in done.stderr
    )


def test_killed_during_an_import_the_next_run_ends_it(province: Province, library: Library) -> None:
    content = {f"{number}.bin": noise(2 * MB, number) for number in range(60)}
    province.issue(1, province.bag("ebooks-001", "1", content))
    staging = library.folder / "store/staging/ebooks-001@1/data/files"
    for files in (1, 20, 40):
        running = library.start("deliver", "--from", str(province.release_folder))
        wait_until(lambda files=files: staging.is_dir() and len(list(staging.iterdir())) >= files)  # type: ignore[misc]
        os.kill(running.pid, signal.SIGKILL)
        running.communicate()
        assert library.store.live() is None
    done = library.run("deliver", "--from", str(province.release_folder))
    assert done.returncode == 0, done.stderr
    assert all(live_file(library, name) == data for name, data in content.items())


@pytest.mark.usefixtures("mounts")
def test_a_pulled_disk_is_one_line_and_goes_on_when_plugged_again(
    province: Province, library: Library, loop_disk: MakeDisk
) -> None:
    content = {f"{number:03}.bin": noise(2 * MB, number) for number in range(100)}
    province.issue(1, province.bag("ebooks-001", "1", content))
    node = loop_disk("WD-4", 300 * MB)
    ship(province, node, "WD-4")
    image = province.folder.parent / "WD-4.img"
    copy = province.folder.parent / "WD-4.copy"
    copy.write_bytes(image.read_bytes())
    mount(library, node)
    staging = library.folder / "store/staging/ebooks-001@1/data/files"
    running = library.start("deliver")
    wait_until(lambda: staging.is_dir() and len(list(staging.iterdir())) >= 5)
    os.truncate(image, 0)  # what is read of the disk from here on is an I/O error
    said, _ = running.communicate(timeout=60)
    assert running.returncode == 75, said
    assert said.count("\n") == 1
    assert "the disk does not answer any more" in said
    assert status(library)["activity"]["state"] == "failed"
    assert library.store.live() is None
    subprocess.run(["umount", "--lazy", str(library.folder / "disk")], check=True)
    image.write_bytes(copy.read_bytes())
    mount(library, node)
    done = library.run("deliver")
    assert done.returncode == 0, done.stderr
    assert all(live_file(library, name) == data for name, data in content.items())


@pytest.fixture
def small_volume(tmp_path: Path, loop_disk: MakeDisk) -> Iterator[Path]:
    """A data volume of 60 MB of its own."""
    node = loop_disk("VOLUME", 60 * MB)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(node)], check=True)
    folder = tmp_path / "volume"
    folder.mkdir()
    subprocess.run(["mount", str(node), str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_too_little_room_is_refused_before_the_start(
    province: Province, small_volume: Path, tmp_path: Path
) -> None:
    library = make_library(tmp_path / "library", province, "disk")
    text = library.config_file.read_text().replace('store = "@', 'store = "')
    library.config_file.write_text(text.replace(f'"{library.folder}/store"', f'"{small_volume}/store"'))
    province.issue(1, province.bag("ebooks-001", "1", {"big": noise(60 * MB)}))
    library.store.create()
    done = library.run("deliver", "--from", str(province.release_folder))
    assert done.returncode == 1
    assert "66.0 MB are needed" in done.stderr
    assert "enlarge the data volume" in done.stderr


def test_a_volume_that_fills_up_costs_nothing_and_room_ends_it(
    province: Province, small_volume: Path, tmp_path: Path
) -> None:
    library = make_library(tmp_path / "library", province, "disk")
    library.config_file.write_text(
        library.config_file.read_text().replace(f'"{library.folder}/store"', f'"{small_volume}/store"')
    )
    library.store.create()
    province.issue(1, province.bag("ebooks-001", "1", {"a": b"old"}))
    assert library.run("deliver", "--from", str(province.release_folder)).returncode == 0
    new = province.bag("ebooks-001", "2", {f"{number}": noise(MB, number) for number in range(40)})
    province.issue(2, new)
    running = library.start("deliver", "--from", str(province.release_folder))
    staging = small_volume / "store/staging/ebooks-001@2/data/files"
    wait_until(staging.is_dir)
    hog = small_volume / "hog"
    with hog.open("wb") as stream:
        while True:
            try:
                stream.write(bytes(MB))
                stream.flush()
            except OSError:
                break
    said, _ = running.communicate(timeout=60)
    assert running.returncode == 75, said
    assert said.count("\n") == 1
    assert f"{small_volume}/store is full; make room there" in said
    assert (small_volume / "store/live/bags/ebooks-001/data/files/a").read_bytes() == b"old"
    hog.unlink()
    done = library.run("deliver", "--from", str(province.release_folder))
    assert done.returncode == 0, done.stderr
    assert (small_volume / "store/live/bags/ebooks-001/data/files/7").read_bytes() == noise(MB, 7)


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


TWO_DISKS = """
set -e
mount -t tmpfs none /dev
mknod /dev/null c 1 3
mknod /dev/zero c 1 5
mknod /dev/urandom c 1 9
mkdir /dev/shm
shulu() {{ command={python}; word=$1; shift; $command -m shulu.cli.main $word --config {config} "$@"; }}
mknod /dev/good b {good}
mknod /dev/other b {other}
shulu deliver --plan
shulu disk mount
shulu disk mount
shulu deliver
shulu disk release
"""


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
