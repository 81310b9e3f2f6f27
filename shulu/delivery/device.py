"""Block devices: which are here, their serials and sizes, what lies on one; nothing is touched.

Works without udev and inside containers: only devices with a node in /dev count, whatever it is called. It
imports nothing of shulu: Ansible ships it, as module_utils/block_devices.py, to hosts without shulu.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

_EDGE_BYTES = 1 << 20
_DEV = Path("/dev")
_SYS = Path("/sys/dev/block")


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """A whole disk: its node (``/dev/sdb``), its serial ("" when it tells none) and its size in bytes."""

    node: Path
    serial: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What lies on a disk; all fields are empty on a blank one. ``users`` as the function of that name."""

    kind: str = ""
    label: str = ""
    uuid: str = ""
    users: tuple[str, ...] = ()

    @property
    def blank(self) -> bool:
        """Nothing known lies on it, and no partition, RAID or mapping uses it."""
        return not self.kind and not self.users


def nodes() -> list[Path]:
    """Return a node for each block device that can be opened here, sorted."""
    found: dict[int, Path] = {}
    for path in sorted([*_DEV.iterdir(), *_DEV.glob("mapper/*")]):
        with contextlib.suppress(OSError):
            status = path.lstat()
            if stat.S_ISBLK(status.st_mode):
                found.setdefault(status.st_rdev, path)
    return sorted(found.values())


def disks() -> list[BlockDevice]:
    """Return the whole disks of this host that have a size, sorted by node."""
    return [
        BlockDevice(node, serial(node), size_bytes)
        for node in nodes()
        if (size_bytes := size(node)) and not (sysfs(node) / "partition").exists()
    ]


def sysfs(node: Path) -> Path:
    """Return the device's folder in sysfs."""
    number = node.stat().st_rdev
    return (_SYS / f"{os.major(number)}:{os.minor(number)}").resolve()


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace").strip("\0\n ")
    except OSError:
        return ""


def size(node: Path) -> int:
    """Return a device's bytes; 0 where sysfs does not know it."""
    return int(_text(sysfs(node) / "size") or 0) * 512


def serial(node: Path) -> str:
    """Return a disk's serial number, "" where it has none."""
    return serial_in(sysfs(node))


def serial_in(folder: Path) -> str:
    """Return the serial number that a disk's folder in sysfs tells, "" where it tells none.

    NVMe and MMC: ``device/serial``; virtio: ``serial``; SCSI, SATA and USB: the vital product data (SPC-4,
    page 80h: four bytes of header, then ASCII). A loop device bears the stem of its backing file.
    """
    if backing := _text(folder / "loop" / "backing_file"):
        return Path(backing.removesuffix(" (deleted)")).stem
    for name in ("device/serial", "serial"):
        if text := _text(folder / name):
            return text
    try:
        return (folder / "device" / "vpd_pg80").read_bytes()[4:].decode("ascii", "replace").strip("\0 ")
    except OSError:
        return ""


def users(node: Path) -> list[str]:
    """Return what is made of a disk: its partitions, and RAIDs and mappings over it, sorted."""
    folder = sysfs(node)
    found = [entry.name for entry in folder.iterdir() if (entry / "partition").exists()]
    with contextlib.suppress(FileNotFoundError):
        found += [entry.name for entry in (folder / "holders").iterdir()]
    return sorted(found)


def probe(node: Path) -> Contents:
    """Return what blkid(8) finds on a device by low-level probing, and who uses it.

    Raises OSError when blkid cannot look. It says of a device that cannot be read the same as of a blank one.
    """
    words = ["blkid", "--probe", "--output", "export", str(node)]
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    # blkid(8): 0 found, 2 nothing found, 8 signatures of several kinds contradict each other.
    if done.returncode not in {0, 2, 8}:
        raise OSError(errno.EIO, done.stderr.strip() or "blkid failed", str(node))
    known = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    unclear = "contradicting signatures" if done.returncode == 8 else ""
    kind = known.get("TYPE") or known.get("PTTYPE") or unclear
    return Contents(kind, known.get("LABEL", ""), known.get("UUID", ""), tuple(users(node)))


def contents(node: Path) -> Contents:
    """Return what lies on a disk, as ``probe``. Raises OSError, also when the disk cannot be read.

    The first and the last MiB are read, where file systems, partition tables and RAIDs are marked.
    """
    with node.open("rb", buffering=0) as stream:
        end = stream.seek(0, os.SEEK_END)
        for start in (0, max(0, end - _EDGE_BYTES)):
            if len(os.pread(stream.fileno(), _EDGE_BYTES, start)) < min(end, _EDGE_BYTES):
                raise OSError(errno.EIO, os.strerror(errno.EIO), str(node))
    return probe(node)
