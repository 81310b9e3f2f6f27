"""The high-water mark: the newest release that was ever live here. It only rises."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from shulu.findings import refuse
from shulu.store.durable import write_file

MARK_FILE = "mark.json"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """(epoch, serial), and the ``sha256:`` digest of that release's ``release.json``."""

    epoch: int
    serial: int
    digest: str

    @property
    def number(self) -> tuple[int, int]:
        """What is compared: (epoch, serial)."""
        return (self.epoch, self.serial)


def read_mark(state: Path) -> Mark | None:
    """Return the mark in a state folder; None on a server that never had a release.

    Refuses a file that cannot be read: without it a rolled-back release could not be told from a new one.
    """
    path = state / MARK_FILE
    try:
        document = json.loads(path.read_bytes())
        return Mark(int(document["epoch"]), int(document["serial"]), str(document["digest"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        remedy = "remove it if you know why; the release that is live then sets it anew"
        raise refuse(str(path), f"is not a high-water mark ({error})", remedy) from error


def write_mark(state: Path, mark: Mark) -> None:
    """Write the mark so that it outlasts a power cut."""
    document = {"epoch": mark.epoch, "serial": mark.serial, "digest": mark.digest}
    write_file(state / MARK_FILE, (json.dumps(document) + "\n").encode())
