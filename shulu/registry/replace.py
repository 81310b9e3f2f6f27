"""Replacing a registry's file: whole or not at all, and never over somebody else's change."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shulu.findings import refuse


def replace(path: Path, old: bytes, new: bytes) -> None:
    """Put ``new`` in the place of a file that holds ``old``; its mode stays.

    Raises Refused, with the file untouched, where it holds something else by now or is open in LibreOffice.
    """
    with _alone(path.parent):
        if (path.parent / f".~lock.{path.name}#").exists():
            raise refuse(str(path), "is open in LibreOffice", "close it there, and run this again")
        if path.read_bytes() != old:
            raise refuse(
                str(path), "was changed by somebody else meanwhile", "run this again on what is there now"
            )
        write(path, new, path.stat().st_mode & 0o777)


def write(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file so that a reader sees the whole of it or what was there before, after a power cut too."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    with _opened(path.parent) as folder:
        os.fsync(folder)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with _opened(folder) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)
