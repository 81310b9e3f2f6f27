"""Block devices: shipped disks among them, what lies on one, its serial, its mounts.

Works without udev and inside containers: only devices with a node in /dev count, whatever it is called.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shulu.findings import refuse

LABEL = re.compile(r"SHULU-([0-9]+)-([0-9]+)", re.ASCII)
FORMATS = {"ext4": ("ext4",), "exfat": ("exfat", "exfat-fuse"), "ntfs": ("ntfs3", "ntfs-3g")}
"""File systems of shipped disks, with mount(8)'s names for them: the kernel's, then the one in FUSE."""
_EDGE_BYTES = 1 << 20
_DEV = Path("/dev")
_SYS = Path("/sys/dev/block")


@dataclass(frozen=True, slots=True)
class Shipped:
    """A shipped disk: its node, its file system, and the release's (epoch, serial) on its label."""

    node: Path
    format: str
    mark: tuple[int, int]

    @property
    def label(self) -> str:
        """The label as it is written."""
        return f"SHULU-{self.mark[0]}-{self.mark[1]}"


def nodes() -> list[Path]:
    """Return a node for each block device that can be opened here, sorted."""
    found: dict[int, Path] = {}
    for path in sorted([*_DEV.iterdir(), *_DEV.glob("mapper/*")]):
        with contextlib.suppress(OSError):
            status = path.lstat()
            if stat.S_ISBLK(status.st_mode):
                found.setdefault(status.st_rdev, path)
    return sorted(found.values())


def probe(node: Path) -> dict[str, str]:
    """Return what blkid(8) finds on a device: TYPE, LABEL, PTTYPE and the like; nothing for a blank one."""
    words = ["blkid", "--probe", "--output", "export", str(node)]
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    found = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    if done.returncode == 8:  # blkid(8): signatures of several kinds that contradict each other
        found["TYPE"] = "contradicting signatures"
    return found


def check_readable(node: Path) -> None:
    """Read the first and the last MiB of a device, where file systems and partition tables are marked.

    Raises Refused where they cannot be read: blkid(8) says of such a device the same as of a blank one.
    """
    try:
        with node.open("rb", buffering=0) as stream:
            end = stream.seek(0, os.SEEK_END)
            for start in (0, max(0, end - _EDGE_BYTES)):
                if len(os.pread(stream.fileno(), _EDGE_BYTES, start)) < min(end, _EDGE_BYTES):
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
    except OSError as error:
        remedy = "see to its cable, or take another disk"
        raise refuse(str(node), f"cannot be read: {error.strerror}", remedy) from error


def find_shipped() -> list[Shipped]:
    """Return the shipped disks that are plugged in, the newest release first. Needs root."""
    found = []
    for node in nodes():
        if not _has_size(node):
            continue
        known = probe(node)
        match = LABEL.fullmatch(known.get("LABEL", ""))
        if match and known.get("TYPE") in FORMATS:
            found.append(Shipped(node, known["TYPE"], (int(match[1]), int(match[2]))))
    return sorted(found, key=lambda disk: disk.mark, reverse=True)


def sysfs(node: Path) -> Path:
    """Return the device's folder in sysfs."""
    number = node.stat().st_rdev
    return (_SYS / f"{os.major(number)}:{os.minor(number)}").resolve()


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace").strip("\0\n ")
    except OSError:
        return ""


def _has_size(node: Path) -> bool:
    # An empty loop device or card reader would make blkid wait or complain.
    return size(node) > 0


def size(node: Path) -> int:
    """Return a device's bytes; 0 where sysfs does not know it."""
    return int(_text(sysfs(node) / "size") or 0) * 512


def serial(node: Path) -> str:
    """Return a disk's serial number, "" where it has none; a loop device's is the stem of its file's name.

    NVMe and MMC: ``device/serial``; virtio: ``serial``; SCSI, SATA and USB: the vital product data (SPC-4,
    page 80h: four bytes of header, then ASCII).
    """
    folder = sysfs(node)
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
    """Return what uses a disk: its partitions, mappings over it, and mount points."""
    folder = sysfs(node)
    found = [entry.name for entry in folder.iterdir() if (entry / "partition").exists()]
    with contextlib.suppress(FileNotFoundError):
        found += [entry.name for entry in (folder / "holders").iterdir()]
    return found + _mount_points(node)


def is_mounted_at(node: Path, target: Path) -> bool:
    """Tell whether a device is mounted there."""
    return str(target) in _mount_points(node)


def _mount_points(node: Path) -> list[str]:
    number = node.stat().st_rdev
    own = {f"{os.major(number)}:{os.minor(number)}", str(node)}
    return [mount for device, source, mount in _mounts() if device in own or source in own]


def _mounts() -> Iterator[tuple[str, str, str]]:
    """Yield device number, source and mount point of each mount (proc(5), /proc/pid/mountinfo)."""
    for line in Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape").splitlines():
        before, _, after = line.partition(" - ")
        words = before.split(" ")
        yield words[2], after.split(" ")[1], words[4].replace("\\040", " ")


def mount_read_only(disk: Shipped, target: Path) -> None:
    """Mount a shipped disk so that nothing on it runs, is a device, or is written, its journal included.

    Raises Refused with mount's own words.
    """
    mount(disk, target, "ro,nodev,nosuid,noexec" + (",noload" if disk.format == "ext4" else ""))


def mount(disk: Shipped, target: Path, options: str) -> None:
    """Mount a disk. Raises Refused with mount's own words."""
    target.mkdir(parents=True, exist_ok=True)
    said: list[str] = []
    for kind in FORMATS[disk.format]:
        words = [*_own_scope(kind), "mount", "-t", kind, "-o", options, str(disk.node), str(target)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        said.append(done.stderr.strip().partition("\n")[0] or f"mount ended with {done.returncode}")
    problem = f"{disk.label} cannot be mounted: {', '.join(said)}"
    raise refuse(str(disk.node), problem, "try another disk or another port")


def _own_scope(kind: str) -> list[str]:
    """Keep FUSE's process alive: systemd kills what an ExecStartPre= leaves behind."""
    is_process = kind in ("exfat-fuse", "ntfs-3g") and Path("/run/systemd/system").is_dir()
    return ["systemd-run", "--quiet", "--scope", "--collect", "--"] if is_process else []


def unmount(target: Path) -> None:
    """Unmount, also what was pulled out and still is in use."""
    done = subprocess.run(["umount", str(target)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        subprocess.run(["umount", "--lazy", str(target)], capture_output=True, check=False)


@contextlib.contextmanager
def mounted(disk: Shipped, target: Path) -> Iterator[Path]:
    """Mount a disk read-only for a while."""
    mount_read_only(disk, target)
    try:
        yield target
    finally:
        unmount(target)
