"""The folders of a mirror where libraries drop their receipts: bounded, whatever a library sends.

A library may write only below its own folder, and no more there than these bounds, so that none can fill the
mirror's disk. What proves when a release went live first stays; of the rest the newest stay.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

from shulu.findings import refuse
from shulu.progress import human_bytes
from shulu.store.durable import free_bytes

NAME = re.compile(r"([0-9]+)-([0-9]+)-([0-9]{8}T[0-9]{6}Z)\.json", re.ASCII)
"""A receipt's file: epoch, serial and the moment of its end."""
MOST_BYTES = 16 << 20
"""Bytes of one receipt."""
MOST_FOLDER_BYTES = 64 << 20
MOST_FOLDER_FILES = 4000
KEPT = 200
"""Receipts of a library that are kept besides the first one of each release."""
SPARE_BYTES = 1 << 30
"""What stays free on the mirror's disk."""
_FORGOTTEN_SECONDS = 3600
_LOOK_SECONDS = 0.2


def sweep(folder: Path) -> None:
    """Remove from a library's folder what is no receipt, and receipts that are neither new nor first."""
    receipts: dict[str, re.Match[str]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            match = NAME.fullmatch(entry.name.removesuffix(".sig"))
            if match and entry.is_file(follow_symlinks=False):
                receipts[match[0]] = match
            # What rsync is still writing begins with a dot.
            elif not entry.name.startswith(".") or _age(entry) > _FORGOTTEN_SECONDS:
                _remove(Path(entry.path))
    by_moment = sorted(receipts.values(), key=lambda match: match[3])
    first: dict[tuple[str, str], str] = {}
    for match in by_moment:
        first.setdefault((match[1], match[2]), match[0])
    for name in {match[0] for match in by_moment[:-KEPT]} - set(first.values()):
        for path in (folder / f"{name}.sig", folder / name):
            path.unlink(missing_ok=True)


def _age(entry: os.DirEntry[str]) -> float:
    try:
        return time.time() - entry.stat(follow_symlinks=False).st_mtime
    except FileNotFoundError:
        return 0.0


def _remove(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def require_room(folder: Path) -> None:
    """Refuse to take more where a library's folder or the mirror's disk is full."""
    files = size = 0
    for place, names, others in os.walk(folder):
        for name in (*names, *others):
            with contextlib.suppress(FileNotFoundError):
                size += Path(place, name).lstat().st_size
        files += len(names) + len(others)
        if files > MOST_FOLDER_FILES or size > MOST_FOLDER_BYTES:
            most = f"{MOST_FOLDER_FILES} files or {human_bytes(MOST_FOLDER_BYTES)}"
            raise refuse(str(folder), f"has more than {most}", "move old receipts away from there")
    if (free := free_bytes(folder)) < SPARE_BYTES:
        raise refuse(str(folder), f"only {human_bytes(free)} are free on this disk", "make room there")


def take(folder: Path, receiver: list[str]) -> int:
    """Run what receives into a library's folder, and return its exit code.

    Raises Refused where there is no room, before it starts or while it runs; it is stopped then.
    """
    sweep(folder)
    require_room(folder)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES))
    process = subprocess.Popen(receiver, start_new_session=True)
    try:
        while True:
            try:
                return process.wait(_LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                require_room(folder)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
