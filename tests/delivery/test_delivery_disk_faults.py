"""The disk route where the disk is damaged or pulled, the import is killed, or the volume is full."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from delivery_disks import MB, MakeDisk, mount, ship
from delivery_servers import (
    Hub,
    Library,
    live_file,
    load_hub,
    make_library,
    make_network_library,
    noise,
    status,
    wait_until,
)
from parcels import Province


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
