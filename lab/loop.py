"""Loop devices: how the kernel shows an image file as a disk, and how such a disk is pulled out.

A loop device in use is not taken away by ``losetup -d``, that waits for the last user. What pulls a disk here is
LOOP_SET_STATUS64 (loop(4)) with a size limit of one sector: from then on every access fails as it does on a disk
that is gone (EIO), for whoever has it mounted, and what is in the image stays as it is.
"""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path

from lab import tool

LOOP_SET_STATUS64 = 0x4C04
LOOP_GET_STATUS64 = 0x4C05
# struct loop_info64 of <linux/loop.h>: 232 bytes, lo_sizelimit after lo_device, lo_inode, lo_rdevice, lo_offset.
INFO_BYTES = 232
SIZE_LIMIT_AT = 32
ONE_SECTOR = 512


def attach(image: Path) -> Path:
    """Return the loop device of an image, attached first if it was not."""
    found = attached(image)
    return found[0] if found else Path(tool.run("losetup", "--find", "--show", "--nooverlap", str(image)).strip())


def attached(image: Path) -> list[Path]:
    """Return the loop devices over an image, or over all images of a folder."""
    found = []
    for backing in Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            file = Path(backing.read_text().strip().removesuffix(" (deleted)"))
        except OSError:
            continue  # detached since
        if file == image or image in file.parents:
            found.append(Path("/dev", backing.parts[-3]))
    return sorted(found)


def detach(device: Path) -> None:
    """Let go of the image; a device still in use goes with its last user."""
    tool.run("losetup", "--detach", str(device))


def pull(device: Path) -> None:
    """Make every access to the disk fail, at once."""
    _limit(device, ONE_SECTOR)


def push(device: Path) -> None:
    """Make a pulled disk whole again."""
    _limit(device, 0)


def _limit(device: Path, size: int) -> None:
    handle = os.open(device, os.O_RDONLY)
    try:
        info = bytearray(INFO_BYTES)
        fcntl.ioctl(handle, LOOP_GET_STATUS64, info)
        if struct.unpack_from("=Q", info, SIZE_LIMIT_AT)[0] != size:
            struct.pack_into("=Q", info, SIZE_LIMIT_AT, size)
            fcntl.ioctl(handle, LOOP_SET_STATUS64, info)
    finally:
        os.close(handle)
