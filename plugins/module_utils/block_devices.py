"""Find a disk by what is printed on it, and say what lies on it, without touching it."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

SYS_BLOCK = Path("/sys/block")
DEV = Path("/dev")
EDGE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """A whole disk: its node (``/dev/sdb``), its serial ("" when it tells none) and its size in bytes."""

    node: str
    serial: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What lies on a disk; all fields are empty on a blank one."""

    kind: str = ""
    label: str = ""
    uuid: str = ""
    users: tuple[str, ...] = ()

    @property
    def blank(self) -> bool:
        """Nothing known lies on it, and no partition, RAID or mapping uses it."""
        return not self.kind and not self.users


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("ascii", "replace").replace("\0", "").strip()
    except OSError:
        return ""


def serial_of(disk: Path) -> str:
    """Return the serial of a disk in sysfs, "" when there is none.

    NVMe and MMC tell it in ``device/serial``, virtio in ``serial``, SCSI and SATA in the vital product data
    (SPC-4, page 80h: four bytes of header, then ASCII). A loop device bears the stem of its backing file.
    """
    for path in (disk / "device" / "serial", disk / "serial"):
        if found := _text(path):
            return found
    try:
        return (disk / "device" / "vpd_pg80").read_bytes()[4:].decode("ascii", "replace").strip("\0 ")
    except OSError:
        backing = _text(disk / "loop" / "backing_file")
        return Path(backing.removesuffix(" (deleted)")).stem if backing else ""


def _reachable(node: Path, disk: Path) -> bool:
    """Tell whether the node leads to that disk; sysfs shows a container the disks of its neighbours too."""
    try:
        status = node.stat()
    except OSError:
        return False
    number = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    return stat.S_ISBLK(status.st_mode) and number == _text(disk / "dev")


def disks(sys_block: Path = SYS_BLOCK, dev: Path = DEV) -> list[BlockDevice]:
    """Return the disks of this host that have a size and a node, sorted by node."""
    found = []
    for disk in sorted(sys_block.iterdir()):
        size_bytes = int(_text(disk / "size") or 0) * 512
        node = dev / disk.name.replace("!", "/")
        if size_bytes and _reachable(node, disk):
            found.append(BlockDevice(str(node), serial_of(disk), size_bytes))
    return found


def check_readable(node: str) -> None:
    """Read the first and the last MiB of a disk, where file systems, partition tables and RAIDs are marked.

    Raises OSError when one cannot be read: blkid(8) says of such a disk the same as of a blank one.
    """
    try:
        descriptor = os.open(node, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.lseek(descriptor, 0, os.SEEK_END)
            for start in (0, max(0, size - EDGE_BYTES)):
                if len(os.pread(descriptor, EDGE_BYTES, start)) < min(size, EDGE_BYTES):
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OSError(
            f"{node} cannot be read ({error.strerror}) and is not touched; see to its cable or its age"
        ) from error


def contents(device: BlockDevice, sys_block: Path = SYS_BLOCK) -> Contents:
    """Return what blkid(8) finds on a disk by low-level probing, and who uses it.

    Raises OSError when the disk cannot be read.
    """
    check_readable(device.node)
    probe = subprocess.run(
        ["blkid", "--probe", "--output", "export", device.node], capture_output=True, text=True, check=False
    )
    known = dict(line.split("=", 1) for line in probe.stdout.splitlines() if "=" in line)
    disk = sys_block / Path(device.node).name
    users = [entry.name for entry in disk.iterdir() if (entry / "partition").exists()]
    users += [entry.name for entry in (disk / "holders").iterdir()] if (disk / "holders").is_dir() else []
    # blkid(8): 0 found, 2 nothing found, 8 signatures of several kinds contradict each other.
    kind = (
        known.get("TYPE")
        or known.get("PTTYPE")
        or ("contradicting signatures" if probe.returncode == 8 else "")
    )
    if probe.returncode not in {0, 2, 8}:
        raise OSError(f"{device.node} cannot be read: {probe.stderr.strip()}")
    return Contents(kind, known.get("LABEL", ""), known.get("UUID", ""), tuple(sorted(users)))
