"""Writes that outlast a power cut: atomic files and links; read-only trees, free space, locks."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from shulu.findings import Finding, Refused, refuse
from shulu.progress import human_bytes

SPARE = 1.10
"""Free space that must be there before work starts: what it will write and a tenth more."""
BUSY_REMEDY = (
    "see how far it is: shulu status; one that waits may be stopped and started later, and goes on where it "
    "was: systemctl stop shulu-deliver"
)


class Busy(Refused):
    """Another process holds the lock; nothing is wrong, and a later try goes through."""


def write_file(path: Path, content: bytes, mode: int = 0o644, *, durable: bool = True) -> None:
    """Write a file so that readers see the old or the new content and never a part.

    With ``durable`` the content outlasts a power cut once this returns.
    """
    fresh = path.with_name(f".{path.name}.new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)
        if durable:
            file.flush()
            os.fsync(descriptor)
    fresh.rename(path)
    if durable:
        sync_folder(path.parent)


def switch_link(link: Path, target: str) -> None:
    """Point a symlink elsewhere by one rename, and make that last."""
    fresh = link.with_name(f".{link.name}.new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    fresh.symlink_to(target)
    fresh.rename(link)
    sync_folder(link.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlast a power cut: fsync(2) of the folder itself."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_read_only(folder: Path) -> None:
    """Take all write permission from what is below ``folder``, and let everybody read it.

    The folder itself stays writable for its owner: a folder must be that while it moves to another parent.
    """
    # By descriptors: building a path for each of very many files costs more than the work itself.
    for place, _, files, descriptor in os.fwalk(folder):
        for name in files:
            # A file that is linked from another version has its mode already: a write less for each.
            if stat.S_IMODE(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode) != 0o444:
                os.chmod(name, 0o444, dir_fd=descriptor)
        os.fchmod(descriptor, 0o755 if place == str(folder) else 0o555)


def _chmod(path: Path, mode: int) -> None:
    if stat.S_IMODE(path.lstat().st_mode) != mode:
        path.chmod(mode)


def open_folders(top: Path, folder: Path) -> None:
    """Make the folders from ``top`` down to ``folder`` where they are missing, and let their owner write."""
    steps = folder.relative_to(top).parts
    for count in range(len(steps) + 1):
        step = top.joinpath(*steps[:count])
        step.mkdir(exist_ok=True)
        _chmod(step, 0o755)


def remove_tree(folder: Path) -> None:
    """Remove a folder, read-only or not; one that is not there is fine."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
        return
    for place, _, _ in os.walk(folder):
        _chmod(Path(place), 0o755)
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


def free_bytes(folder: Path) -> int:
    """Return what an ordinary user may still write there."""
    figures = os.statvfs(folder)
    return figures.f_bavail * figures.f_frsize


def require_space(folder: Path, count: int) -> None:
    """Refuse to write ``count`` bytes below ``folder`` where they and a tenth more do not fit."""
    needed, free = round(count * SPARE), free_bytes(folder)
    if needed > free:
        raise refuse(
            str(folder),
            f"{human_bytes(needed)} are needed and {human_bytes(free)} are free",
            "enlarge the data volume, or choose fewer collections",
        )


@contextlib.contextmanager
def locked(path: Path, wait: float = 0.0) -> Iterator[int]:
    """Hold an exclusive flock(2) on a file; yield its descriptor, which children may inherit to hold it too.

    Raises Busy when another process holds it for longer than ``wait`` seconds.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    deadline = time.monotonic() + wait
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Busy([Finding(str(path), "another delivery is under way", BUSY_REMEDY)]) from None
                time.sleep(0.1)
        yield descriptor
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Tell whether some process holds the lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
