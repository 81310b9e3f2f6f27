"""Loop devices: how the kernel shows an image file as a disk, and how such a disk is pulled out.

A loop device in use is not taken away by ``losetup -d``, that waits for the last user. What pulls a disk here
is LOOP_SET_STATUS64 (loop(4)) with a size limit of one sector: from then on every access fails as it does on
a disk that is gone (EIO), for whoever has it mounted, and what is in the image stays as it is.
"""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path

from lab import tool

LOOP_SET_STATUS64 = 0x4C04
LOOP_GET_STATUS64 = 0x4C05
# struct loop_info64 of <linux/loop.h>: lo_sizelimit after lo_device, lo_inode, lo_rdevice, lo_offset.
INFO_BYTES = 232
SIZE_LIMIT_AT = 32
ONE_SECTOR = 512


def attach(image: Path) -> Path:
    """Return the loop device of an image, attached first if it was not. A pulled device is not used again."""
    whole = [device for device in attached(image) if _attribute(device, "sizelimit") == "0"]
    return whole[0] if whole else Path(tool.run("losetup", "--find", "--show", str(image)).strip())


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
    """Make every access to the disk fail, at once and for good."""
    handle = os.open(device, os.O_RDONLY)
    try:
        info = bytearray(INFO_BYTES)
        fcntl.ioctl(handle, LOOP_GET_STATUS64, info)
        struct.pack_into("=Q", info, SIZE_LIMIT_AT, ONE_SECTOR)
        fcntl.ioctl(handle, LOOP_SET_STATUS64, info)
    finally:
        os.close(handle)


def _attribute(device: Path, name: str) -> str:
    try:
        return Path("/sys/block", device.name, "loop", name).read_text().strip()
    except OSError:
        return ""  # detached since
