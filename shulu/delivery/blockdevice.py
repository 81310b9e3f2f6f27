"""Shipped disks among the block devices of this machine, and how they are mounted."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shulu.delivery import device
from shulu.findings import refuse

LABEL = re.compile(r"SHULU-([0-9]+)-([0-9]+)", re.ASCII)
FORMATS = {"ext4": ("ext4",), "exfat": ("exfat", "exfat-fuse"), "ntfs": ("ntfs3", "ntfs-3g")}
"""File systems of shipped disks, with mount(8)'s names for them: the kernel's, then the one in FUSE."""


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


def find_shipped() -> list[Shipped]:
    """Return the shipped disks that are plugged in, the newest release first. Needs root."""
    found = []
    for node in device.nodes():
        if not device.size(node):  # blkid waits for an empty card reader, or complains
            continue
        with contextlib.suppress(OSError):
            known = device.probe(node)
            match = LABEL.fullmatch(known.label)
            if match and known.kind in FORMATS:
                found.append(Shipped(node, known.kind, (int(match[1]), int(match[2]))))
    return sorted(found, key=lambda disk: disk.mark, reverse=True)


def is_mounted_at(node: Path, target: Path) -> bool:
    """Tell whether a device is mounted there."""
    return str(target) in mount_points(node)


def mount_points(node: Path) -> list[str]:
    """Return where a device is mounted."""
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
