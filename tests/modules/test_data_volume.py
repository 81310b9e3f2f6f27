from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible.module_utils.block_devices import BlockDevice, Contents, disks, serial_in

from plugins.modules.data_volume import VolumeError, choose, look, make, plan

DISK = BlockDevice(Path("/dev/sdb"), "WD-1", 10**9)
BLANK = Contents()
OURS = Contents(kind="ext4", label="shulu-data", uuid="b7a0c0de-0000-4000-8000-000000000001")


def test_a_blank_disk_is_formatted_only_when_the_run_says_so() -> None:
    assert plan(DISK, BLANK, "shulu-data", may_format=True, needed_bytes=0).make
    with pytest.raises(VolumeError, match="storage_format: true"):
        plan(DISK, BLANK, "shulu-data", may_format=False, needed_bytes=0)


def test_our_disk_is_taken_as_it_is() -> None:
    todo = plan(DISK, OURS, "shulu-data", may_format=True, needed_bytes=0)
    assert (todo.make, todo.uuid) == (False, OURS.uuid)


@pytest.mark.parametrize(
    "found",
    [
        Contents(kind="ntfs", label="photos"),
        Contents(kind="ext4", label="other"),
        Contents(kind="gpt"),
        Contents(users=("sdb1",)),
        Contents(kind="ext4", label="shulu-data", users=("dm-0",)),
        Contents(kind="contradicting signatures"),
    ],
)
def test_a_disk_with_anything_on_it_is_never_formatted(found: Contents) -> None:
    with pytest.raises(VolumeError, match="not overwritten"):
        plan(DISK, found, "shulu-data", may_format=True, needed_bytes=0)


def test_says_every_reason_at_once() -> None:
    with pytest.raises(VolumeError, match=r"2\.0 GB are needed.*; and it carries ntfs"):
        plan(DISK, Contents(kind="ntfs"), "shulu-data", may_format=True, needed_bytes=2 * 10**9)


def test_the_serial_names_one_disk() -> None:
    other = BlockDevice(Path("/dev/sdc"), "WD-2", 10**9)
    assert choose("WD-1", [DISK, other]) == DISK
    with pytest.raises(VolumeError, match=r"/dev/sdb \(WD-1\), /dev/sdc \(WD-2\)"):
        choose("WD-3", [DISK, other])
    with pytest.raises(VolumeError, match="belongs to"):
        choose("WD-1", [DISK, BlockDevice(Path("/dev/sdc"), "WD-1", 10**9)])


@pytest.mark.parametrize(
    ("file", "content", "serial"),
    [
        ("device/serial", b"S3Z9NX0M\n", "S3Z9NX0M"),
        ("serial", b"virtio-1\n", "virtio-1"),
        ("device/vpd_pg80", b"\x00\x80\x00\x0c    WD-WX12D1", "WD-WX12D1"),
        ("loop/backing_file", b"/srv/disks/990101-data.img (deleted)\n", "990101-data"),
    ],
)
def test_serials_as_the_kernel_tells_them(tmp_path: Path, file: str, content: bytes, serial: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_bytes(content)
    assert serial_in(tmp_path) == serial


@pytest.fixture
def loop_disk(tmp_path: Path) -> Iterator[BlockDevice]:
    image = tmp_path / f"{uuid.uuid4().hex}.img"
    with image.open("wb") as file:
        file.truncate(64 * 2**20)
    command = ["losetup", "--find", "--show", str(image)]
    node = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    try:
        yield choose(image.stem, disks())
    finally:
        subprocess.run(["losetup", "--detach", node], check=True)


def test_on_a_real_disk(loop_disk: BlockDevice) -> None:
    assert look(loop_disk).blank
    todo = plan(loop_disk, look(loop_disk), "shulu-data", may_format=True, needed_bytes=10**6)
    make(todo, "shulu-data")
    found = look(loop_disk)
    assert (found.kind, found.label, found.uuid) == ("ext4", "shulu-data", todo.uuid)
    assert not plan(loop_disk, found, "shulu-data", may_format=True, needed_bytes=10**6).make


@pytest.mark.parametrize("kept_bytes", [0, 32 * 2**20])
def test_a_disk_that_cannot_be_read_is_not_blank(
    tmp_path: Path, loop_disk: BlockDevice, kept_bytes: int
) -> None:
    image = tmp_path / f"{loop_disk.serial}.img"
    os.truncate(image, kept_bytes)
    with pytest.raises(VolumeError, match=r"cannot be read .* is not touched"):
        look(loop_disk)


def test_a_real_partition_table_is_not_overwritten(loop_disk: BlockDevice) -> None:
    # The protective MBR of an empty GPT: one entry of type EE, then the signature.
    mbr = bytearray(512)
    mbr[446:462] = bytes.fromhex("00000200eeffffff01000000ffff0100")
    mbr[510:] = b"\x55\xaa"
    with loop_disk.node.open("wb") as disk:
        disk.write(mbr)
    with pytest.raises(VolumeError, match="not overwritten"):
        plan(loop_disk, look(loop_disk), "shulu-data", may_format=True, needed_bytes=0)
