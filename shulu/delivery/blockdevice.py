"""Shipped disks among the block devices of this machine, and how they are mounted."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shulu.delivery import device
from shulu.findings import refuse

LABEL = re.compile(r"SHULU-([0-9]+)-([0-9]+)", re.ASCII)
FORMATS = {"ext4": ("ext4",), "exfat": ("exfat", "exfat-fuse"), "ntfs": ("ntfs3", "ntfs-3g")}
"""File systems of shipped disks, with mount(8)'s names for them: the kernel's, then the one in FUSE."""
_FUSE = ("exfat-fuse", "ntfs-3g")
_CONFINED = (
    "Description=A shipped disk in a file system that the kernel does not have",
    "CapabilityBoundingSet=CAP_SYS_ADMIN CAP_SETGID CAP_SETUID",
    "DevicePolicy=closed",
    "DeviceAllow=/dev/fuse rw",
    "IPAddressDeny=any",
    "LockPersonality=true",
    "MemoryDenyWriteExecute=true",
    "NoNewPrivileges=true",
    "RestrictAddressFamilies=AF_UNIX",
    "RestrictNamespaces=true",
    "RestrictRealtime=true",
    "RestrictSUIDSGID=true",
    "SystemCallArchitectures=native",
    "SystemCallErrorNumber=EPERM",
    "SystemCallFilter=@system-service @mount",
    "SystemCallFilter=~@resources",
)
"""What a FUSE process may do (systemd.exec(5)): mount, then change to another user, as ntfs-3g does.

Nothing of it makes a mount namespace.
"""


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


def is_mount_point(folder: Path) -> bool:
    """Tell whether something is mounted there, also where it does not answer any more."""
    return folder in all_mount_points()


def all_mount_points() -> list[Path]:
    """Return where anything is mounted, each place once, sorted."""
    return sorted({Path(mount) for _, _, mount in _mounts()})


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
        command = ["mount", "-t", kind, "-o", options, str(disk.node), str(target)]
        done = _mount_confined(disk, command) if kind in _FUSE else _run(command)
        if done.returncode == 0:
            return
        if is_mount_point(target):
            unmount(target)  # what a FUSE process left that ended: no other could take the disk up
        said.append(done.stderr.strip().partition("\n")[0] or f"mount ended with {done.returncode}")
    problem = f"{disk.label} cannot be mounted: {', '.join(said)}"
    raise refuse(str(disk.node), problem, "try another disk or another port")


def mount_again(folder: Path, target: Path) -> None:
    """Show what is mounted at a folder at another place too, with the same options. Raises Refused."""
    target.mkdir(parents=True, exist_ok=True)
    done = _run(["mount", "--bind", str(folder), str(target)])
    if done.returncode != 0:
        raise refuse(str(target), f"cannot be mounted: {done.stderr.strip()}")


def _mount_confined(disk: Shipped, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Mount through FUSE, whose process reads what strangers wrote: it may do that and mount, no more.

    It is a unit of its own, as systemd kills what an ExecStartPre= leaves behind, and in the host's mount
    namespace, as a mount in one of its own nobody else would see. It ends when the disk is unmounted.
    """
    if not Path("/run/systemd/system").is_dir():
        return _run(command)
    with tempfile.NamedTemporaryFile(prefix="shulu-mount-") as said:
        properties = [*_CONFINED, f"DeviceAllow={disk.node} r", f"StandardError=append:{said.name}"]
        words = ["systemd-run", "--quiet", "--collect", "--service-type=forking"]
        done = _run([*words, *(f"--property={each}" for each in properties), "--", *command])
        return subprocess.CompletedProcess(command, done.returncode, "", said.read().decode() or done.stderr)


def _run(words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)


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
