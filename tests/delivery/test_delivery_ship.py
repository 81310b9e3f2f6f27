"""Shipping disks: what is refused before a disk is touched, and what a re-read finds."""

from __future__ import annotations

import json
import os
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from delivery_servers import shulu
from parcels import Province

MB = 1_000_000
MakeDisk = Callable[[str, int], Path]


def ship(
    province: Province, node: Path, *words: str, serial: str = "WD-9"
) -> subprocess.CompletedProcess[str]:
    order = ["--from", str(province.release_folder), "--trust", str(province.trust_folder)]
    return shulu("ship", *order, "--device", str(node), "--serial", serial, "--json", *words)


@pytest.fixture
def loaded(province: Province) -> Province:
    bags = [
        province.bag(name, "1", {"x": name.encode() * 1000}) for name in ("ebooks-001", "video-001", "kit")
    ]
    province.issue(1, *bags)
    return province


def test_a_disk_with_something_on_it_is_erased_only_when_its_serial_says_so(
    loaded: Province, loop_disk: MakeDisk
) -> None:
    node = loop_disk("WD-9", 40 * MB)
    subprocess.run(["mkfs.ext4", "-q", "-L", "photos", str(node)], check=True)
    done = ship(loaded, node)
    assert done.returncode == 1
    assert "has something on it: ext4 photos; if it may be lost, say --erase WD-9" in done.stderr
    assert ship(loaded, node, "--erase", "WD-8").returncode == 1
    assert ship(loaded, node, "--plan").stderr == done.stderr, "a rehearsal refuses what the run would"
    assert json.loads(ship(loaded, node, "--plan", "--erase", "WD-9").stdout)["changed"] is True
    assert ship(loaded, node, "--erase", "WD-9").returncode == 0
    plan = json.loads(ship(loaded, node, "--plan").stdout)
    assert (plan["changed"], plan["state"]) == (False, "unchanged")


def test_a_partition_table_counts_as_something(loaded: Province, loop_disk: MakeDisk) -> None:
    node = loop_disk("WD-9", 40 * MB)
    entry = struct.pack("<B3sB3sII", 0, b"", 0x83, b"", 2048, 4096)
    with node.open("r+b") as stream:
        stream.write(bytes(446) + entry + bytes(48) + b"\x55\xaa")
    done = ship(loaded, node)
    assert done.returncode == 1
    assert "has something on it: dos" in done.stderr


def test_all_that_is_wrong_is_told_before_anything_is_touched(loaded: Province, loop_disk: MakeDisk) -> None:
    node = loop_disk("WD-8", 2 * MB)
    loaded.issue(1_000_000, loaded.bag("ebooks-001", "1", {"x": bytes(3 * MB)}))
    done = ship(loaded, node, "--format", "exfat")
    assert done.returncode == 1
    assert "its serial is 'WD-8' and not 'WD-9'" in done.stderr
    assert "take a larger disk" in done.stderr
    assert "is too long a label for exfat" in done.stderr
    assert node.read_bytes() == bytes(node.stat().st_size or 2 * MB)[: len(node.read_bytes())]


def test_a_disk_in_use_is_refused(loaded: Province, loop_disk: MakeDisk, tmp_path: Path) -> None:
    node = loop_disk("WD-9", 40 * MB)
    subprocess.run(["mkfs.ext4", "-q", str(node)], check=True)
    place = tmp_path / "in-use"
    place.mkdir()
    subprocess.run(["mount", str(node), str(place)], check=True)
    try:
        done = ship(loaded, node, "--erase", "WD-9")
    finally:
        subprocess.run(["umount", str(place)], check=True)
    assert done.returncode == 1
    assert f"is in use: {place}" in done.stderr


def test_only_some_collections_and_the_kit(loaded: Province, loop_disk: MakeDisk) -> None:
    node = loop_disk("WD-9", 40 * MB)
    done = ship(loaded, node, "--collections", "video")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["bags"] == ["kit", "video-001"]


def test_the_bags_of_a_plan_and_no_others(loaded: Province, loop_disk: MakeDisk, tmp_path: Path) -> None:
    node = loop_disk("WD-9", 40 * MB)
    done = ship(loaded, node, "--bags", "video-001@1,ebooks-001@1")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["bags"] == ["ebooks-001", "video-001"]
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-o", "ro", str(node), str(place)], check=True)
    try:
        assert sorted(bag.name for bag in (place / "bags").iterdir()) == ["ebooks-001", "video-001"]
        assert "如果收到多块硬盘" in (place / "请先阅读.txt").read_text("utf-8-sig")
    finally:
        subprocess.run(["umount", str(place)], check=True)
    again = ship(loaded, node, "--bags", "video-001@1", "ebooks-001@1", "--plan")
    assert json.loads(again.stdout)["state"] == "unchanged"
    assert ship(loaded, node, "--bags", "kit@1").returncode == 1, "it holds something else"


def test_bags_that_are_not_there_or_do_not_fit_are_refused(loaded: Province, loop_disk: MakeDisk) -> None:
    node = loop_disk("WD-9", 2 * MB)
    done = ship(loaded, node, "--bags", "kit@1", "kit@2", "films-001@1")
    assert done.returncode == 1
    assert "release 1-1 has no bag kit@2; plan anew" in done.stderr
    assert "release 1-1 has no bag films-001@1" in done.stderr
    loaded.issue(2, loaded.bag("ebooks-001", "2", {"x": bytes(3 * MB)}), loaded.bag("kit", "2", {"x": b"x"}))
    assert "take a larger disk" in ship(loaded, node, "--bags", "ebooks-001@2").stderr
    assert ship(loaded, node, "--bags", "kit@2").returncode == 0


def test_a_damaged_source_is_not_shipped(loaded: Province, loop_disk: MakeDisk) -> None:
    (loaded.release_folder / "bags/video-001/1/data/files/x").write_bytes(b"video-00X" * 1000)
    done = ship(loaded, loop_disk("WD-9", 40 * MB))
    assert done.returncode == 1
    assert "bags/video-001/1/data/files/x: in the source: does not match its digest" in done.stderr


def test_a_disk_that_lost_a_bit_is_written_again(loaded: Province, loop_disk: MakeDisk) -> None:
    node = loop_disk("WD-9", 40 * MB)
    assert ship(loaded, node).returncode == 0
    data = node.read_bytes()
    at = data.index(b"video-001" * 100) + 5000
    with node.open("r+b") as stream:
        stream.seek(at)
        stream.write(b"?")
    done = ship(loaded, node, "--erase", "WD-9")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["state"] == "written"
    assert json.loads(ship(loaded, node).stdout)["state"] == "unchanged"


def test_an_unsigned_release_is_not_shipped(loaded: Province, loop_disk: MakeDisk) -> None:
    (loaded.trust_folder / "allowed_signers").write_text("")
    done = ship(loaded, loop_disk("WD-9", 40 * MB))
    assert done.returncode == 1
    assert "unknown key" in done.stderr


@pytest.mark.parametrize("kept", [0, 30 * MB])
def test_a_disk_that_cannot_be_read_does_not_count_as_blank(
    loaded: Province, loop_disk: MakeDisk, tmp_path: Path, kept: int
) -> None:
    node = loop_disk("WD-9", 40 * MB)
    os.truncate(tmp_path / "WD-9.img", kept)  # what is read behind its end is an I/O error
    for words in ([], ["--plan"], ["--erase", "WD-9"]):
        done = ship(loaded, node, *words)
        assert done.returncode == 1
        assert f"{node}: cannot be read: Input/output error" in done.stderr
