"""Shipped disks for the tests of delivery: packed by the command, mounted as a server mounts them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from delivery_servers import Library, shulu
from parcels import Province

from shulu.delivery.blockdevice import find_shipped, mount_read_only

MB = 1_000_000
MakeDisk = Callable[[str, int], Path]


def ship(province: Province, node: Path, serial: str, *words: str) -> dict[str, Any]:
    order = ["--from", str(province.release_folder), "--trust", str(province.trust_folder)]
    done = shulu("ship", *order, "--device", str(node), "--serial", serial, "--json", *words)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def mount(library: Library, node: Path) -> None:
    """Mount this disk and no other that the machine may have: ``shulu disk mount`` for one node."""
    found = next(disk for disk in find_shipped() if disk.node == node)
    mount_read_only(found, library.folder / "disk")


# Begins a script for unshare(1): a /dev that has no disk but those that the script puts there.
NO_OTHER_DISK = """
set -e
mount -t tmpfs none /dev
mknod /dev/null c 1 3
mknod /dev/zero c 1 5
mknod /dev/urandom c 1 9
mkdir /dev/shm
shulu() {{ command={python}; word=$1; shift; $command -m shulu.cli.main $word --config {config} "$@"; }}
"""
