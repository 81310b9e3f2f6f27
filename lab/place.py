"""Where a lab's things lie, and what they are called on this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from shulu.findings import refuse

STATE = Path("/var/lib/shulu-lab")
NAMESPACES = Path("/run/netns")
# Short, because the kernel allows 15 letters in an interface's name and nspawn 64 in a machine's.
LAB = re.compile(r"[0-9a-z][0-9a-z-]{0,23}")


@dataclass(frozen=True, slots=True)
class Place:
    """The files of one lab and the names of its namespaces. Nothing here touches the machine."""

    lab: str

    def __post_init__(self) -> None:
        if not LAB.fullmatch(self.lab):
            raise refuse(
                self.lab, "is no name for a lab", "use lower case letters, digits, hyphens; at most 24"
            )

    @property
    def folder(self) -> Path:
        """The lab's state folder."""
        return STATE / self.lab

    @property
    def spec(self) -> Path:
        """What the lab was made from."""
        return self.folder / "spec.yml"

    @property
    def faults(self) -> Path:
        """What was slowed, cut, plugged or switched off since."""
        return self.folder / "faults.json"

    @property
    def ssh_config(self) -> Path:
        """Give this to ssh -F."""
        return self.folder / "ssh_config"

    @property
    def known_hosts(self) -> Path:
        """The host keys of the lab's hosts."""
        return self.folder / "known_hosts"

    @property
    def admin_key(self) -> Path:
        """The private key of the user admin on all hosts."""
        return self.folder / "admin_key"

    @property
    def control_paths(self) -> Path:
        """Sockets of shared ssh connections: labs have the same addresses and must not share these."""
        return self.folder / "cp"

    @property
    def disks(self) -> Path:
        """The images of the lab's disks, ``<serial>.img``."""
        return self.folder / "disks"

    def host(self, code: str) -> Path:
        """Return the folder of a host: root (mounted), upper, work, console.log."""
        return self.folder / "hosts" / code

    def netns(self, who: str = "") -> str:
        """Return the name of a network namespace: of a host, a reader, the stranger; of the lab itself."""
        return f"shulu-{self.lab}.{who}" if who else f"shulu-{self.lab}"

    def netns_path(self, who: str = "") -> Path:
        """Return the file that nsenter --net takes."""
        return NAMESPACES / self.netns(who)

    def netns_names(self) -> list[str]:
        """Return all namespaces of this lab that are there, the lab's own last."""
        if not NAMESPACES.is_dir():
            return []
        own = [path.name for path in NAMESPACES.glob(f"{self.netns()}.*")]
        return sorted(own) + ([self.netns()] if self.netns_path().exists() else [])


def labs() -> list[str]:
    """Return the names of all labs on this machine."""
    if not STATE.is_dir():
        return []
    return sorted(path.name for path in STATE.iterdir() if path.is_dir() and LAB.fullmatch(path.name))
