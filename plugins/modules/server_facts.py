"""Ansible module ``server_facts``: what preflight must know of a server. Reads only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: server_facts
short_description: Tell what preflight must know of a server
description:
  - Reads only, so it does the same under C(--check).
  - The controller adds C(clock_offset) and C(clock_uncertainty), in seconds.
options:
  data:
    description: The folder of the data volume.
    type: path
    default: /srv/shulu
attributes:
  check_mode: {support: full, description: Reads only., details: ""}
author: [shulu]
"""

EXAMPLES = r"""
- name: Look at the server
  server_facts:
"""

RETURN = r"""
server:
  description: >-
    os_id, os_version, architecture, python (text), memory_bytes, root_free_bytes, disks (node, serial,
    size_bytes), data_mounted, data_free_bytes, bags (id@version of what the store holds), epoch (seconds).
  type: dict
  returned: success
"""

import os
import platform
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.block_devices import disks


def os_release(path: Path = Path("/etc/os-release")) -> dict[str, str]:
    """Return the words of os-release(5)."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {key: value.strip("\"'") for key, found, value in (line.partition("=") for line in lines) if found}


def memory_bytes(path: Path = Path("/proc/meminfo")) -> int:
    """Return the memory of the machine, proc_meminfo(5)."""
    for line in path.read_text(encoding="ascii").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return 0


def free_bytes(path: Path) -> int:
    """Return what is free on the file system of the nearest folder that is there."""
    found = _volume(path)
    return found.f_bavail * found.f_frsize


def size_bytes(path: Path) -> int:
    """Return how large that file system is."""
    found = _volume(path)
    return found.f_blocks * found.f_frsize


def _volume(path: Path) -> os.statvfs_result:
    while not path.exists():
        path = path.parent
    return os.statvfs(path)


def bags(data: Path) -> list[str]:
    """Return the bags of the store as ``<id>@<version>``."""
    folder = data / "store" / "bags"
    return sorted(f"{bag.parent.name}@{bag.name}" for bag in folder.glob("*/*") if bag.is_dir())


def look(data: Path) -> dict[str, Any]:
    """Return everything that is told of this server."""
    words = os_release()
    return {
        "os_id": words.get("ID", ""),
        "os_version": words.get("VERSION_ID", ""),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "memory_bytes": memory_bytes(),
        "root_free_bytes": free_bytes(Path("/")),
        "disks": [
            {"node": str(disk.node), "serial": disk.serial, "size_bytes": disk.size_bytes} for disk in disks()
        ],
        "data_mounted": data.is_mount(),
        "data_free_bytes": free_bytes(data),
        "data_bytes": size_bytes(data),
        "bags": bags(data),
        "epoch": time.time(),
    }


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule({"data": {"type": "path", "default": "/srv/shulu"}}, supports_check_mode=True)
    module.exit_json(changed=False, server=look(Path(module.params["data"])))


if __name__ == "__main__":
    main()
