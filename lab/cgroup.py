"""Control groups: every host has one of its own, so that its processes are found by id and no others.

They are made in the file system itself, beside systemd's own (as Docker's cgroupfs driver does), because
PID 1 of the machine need not be systemd. Unified, hybrid and legacy layouts: cgroups(7).
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from lab.place import Place

ROOT = Path("/sys/fs/cgroup")
FAMILY = "shulu-lab"


def _hierarchies() -> list[Path]:
    """Return the hierarchies that a systemd keeps its own tree in."""
    if (ROOT / "cgroup.controllers").exists():
        return [ROOT]
    return [path for path in (ROOT / "systemd", ROOT / "unified") if path.is_dir()]


def launch(place: Place, code: str, words: Sequence[str], log: Path, handles: Sequence[int] = ()) -> None:
    """Start a program that outlives this one, in the groups of a host, with these file handles of ours.

    The shell joins before it forks: once this returns, ``processes`` has the program.
    """
    doors = []
    for hierarchy in _hierarchies():
        group = hierarchy / FAMILY / place.lab / code
        group.mkdir(parents=True, exist_ok=True)
        doors.append(str(group / "cgroup.procs"))
    join = 'for door in $0; do echo $$ >"$door"; done; exec setsid --fork "$@"'
    with log.open("ab") as output:
        subprocess.run(
            ["sh", "-euc", join, " ".join(doors), *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=handles,
            check=True,
        )


def processes(place: Place, code: str = "") -> list[int]:
    """Return the ids of all processes of a host, or of the whole lab."""
    found: set[int] = set()
    for hierarchy in _hierarchies():
        for members in _below(hierarchy / FAMILY / place.lab / code):
            try:
                found.update(int(word) for word in (members / "cgroup.procs").read_text().split())
            except OSError:
                continue  # gone since, with its last process
    return sorted(found - {0})


def kill(place: Place, code: str = "") -> None:
    """Kill all processes of a host or of the whole lab at once, and see them gone."""
    deadline = time.monotonic() + 30
    while alive := processes(place, code):
        for process in alive:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes {alive} of {place.lab} {code} do not end")
        time.sleep(0.05)


def remove(place: Place, code: str = "") -> None:
    """Remove the groups, once no process is left."""
    for hierarchy in _hierarchies():
        for group in sorted(_below(hierarchy / FAMILY / place.lab / code), reverse=True):
            group.rmdir()
        family = hierarchy / FAMILY
        if family.is_dir() and not any(path.is_dir() for path in family.iterdir()):
            family.rmdir()


def _below(group: Path) -> list[Path]:
    return [Path(folder) for folder, _, _ in os.walk(group)]
