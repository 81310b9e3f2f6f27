"""Make the device nodes of FUSE and of the disks plugged into this host, and udev's links by UUID and label.

The lab writes what is plugged in into ``disks`` beside this file, a line each: name, major, minor number.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import subprocess
from pathlib import Path

DEV = Path("/dev")
FOLDERS = {"ID_FS_UUID_ENC": DEV / "disk/by-uuid", "ID_FS_LABEL_ENC": DEV / "disk/by-label"}


def main() -> None:
    """Make what ought to be there and remove the rest."""
    with Path(__file__).with_name("disks").open() as disks:
        # A mount unit and the lab may both ask for it at the same time.
        fcntl.flock(disks, fcntl.LOCK_EX)
        make_fuse()
        plugged = [line.split() for line in disks]
        nodes = make_nodes({DEV / name: (int(major), int(minor)) for name, major, minor in plugged})
        make_links(nodes)


def make_fuse() -> None:
    """Make the node of FUSE, which every server has (modules.devname(5))."""
    node = DEV / "fuse"
    if not node.exists():
        os.mknod(node, stat.S_IFCHR, os.makedev(10, 229))
        node.chmod(0o666)


def make_nodes(wanted: dict[Path, tuple[int, int]]) -> list[Path]:
    """Return the nodes, owned as udev has them."""
    for node in DEV.glob("loop[0-9]*"):
        if node not in wanted:
            node.unlink()
    for node, (major, minor) in wanted.items():
        if not node.exists():
            os.mknod(node, stat.S_IFBLK, os.makedev(major, minor))
            shutil.chown(node, "root", "disk")
            node.chmod(0o660)
    return sorted(wanted)


def make_links(nodes: list[Path]) -> None:
    """Name the links as udev does: blkid escapes what a file name cannot have."""
    wanted = {}
    for node in nodes:
        probe = subprocess.run(
            ["blkid", "--probe", "--output", "udev", str(node)], capture_output=True, text=True, check=False
        )
        for line in probe.stdout.splitlines():
            name, _, value = line.partition("=")
            if name in FOLDERS and value:
                wanted[FOLDERS[name] / value] = Path("../..", node.name)
    for folder in FOLDERS.values():
        folder.mkdir(parents=True, exist_ok=True)
        for link in folder.iterdir():
            if link not in wanted:
                link.unlink()
    for link, target in wanted.items():
        if not link.is_symlink() or link.readlink() != target:
            link.unlink(missing_ok=True)
            link.symlink_to(target)


main()
