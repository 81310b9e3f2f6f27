"""Where things lie in a store, and how its folders are read. Nothing here writes."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shulu.content.bag import TAG_MANIFEST
from shulu.content.release import RELEASE_FILE, BagEntry, Release, parse


@dataclass(frozen=True, slots=True)
class Held:
    """A release in a store: its folder, ``release.json`` as it came, and the versions of its bags here.

    ``versions`` maps bag ids to versions; it lacks bags that this server does not take.
    """

    folder: Path
    text: bytes
    release: Release
    versions: dict[str, str]
    since: datetime

    @property
    def entries(self) -> list[BagEntry]:
        """The bags that this server holds of it."""
        return [entry for entry in self.release.bags if self.versions.get(entry.id) == entry.version]


def digest_of(content: bytes) -> str:
    """Return ``sha256:`` and the hex digest."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def bag_digest(bag: Path) -> str | None:
    """Return the digest of a bag's tag manifest, which is what a release names; None where there is none."""
    try:
        return digest_of((bag / TAG_MANIFEST).read_bytes())
    except OSError:
        return None


def read_anew(path: Path) -> bytes:
    """Return a file's first byte, past what the kernel holds in memory of a disk that may be gone.

    Raises OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        return os.read(descriptor, 1)
    finally:
        os.close(descriptor)


def is_away(bag: Path) -> bool:
    """Tell whether a bag lies on a disk that is served from, and that disk is not plugged in."""
    try:
        return bag.is_symlink() and not read_anew(bag / TAG_MANIFEST)
    except OSError:
        return True


def read_held(folder: Path, since: Path | None = None) -> Held:
    """Read a folder of ``releases/``. ``since`` is the path whose change time says since when it is live."""
    text = (folder / RELEASE_FILE).read_bytes()
    versions = {link.name: link.readlink().name for link in (folder / "bags").iterdir()}
    moment = datetime.fromtimestamp((since or folder).lstat().st_mtime, UTC)
    return Held(folder, text, parse(text), versions, moment)


def staging_name(entry: BagEntry) -> str:
    """Return the folder name of a bag in ``staging/`` and ``quarantine/``: ``<id>@<version>``."""
    return f"{entry.id}@{entry.version}"
