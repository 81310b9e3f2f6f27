"""The journal of a staged bag: which files came whole, so that a cut delivery goes on behind them."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from shulu.store import durable
from shulu.syncfs import sync_filesystem

COMMIT_SECONDS = 30.0
COMMIT_BYTES = 2 << 30


def size_of(folder: Path, name: str) -> int:
    """Return the bytes of one of very many files: a Path for each would cost as much as reading it."""
    return os.lstat(f"{folder}/{name}").st_size


class Journal:
    """Lines of JSON: the bag's digest first, then [path, size, mtime in ns, inode] for each good file.

    A line is written only after the file's bytes were (syncfs(2)), so that after a power cut it still tells
    the truth; a torn last line counts for nothing, nor does a journal of another digest.
    """

    def __init__(self, path: Path, folder: Path, digest: str) -> None:
        self._path = path
        self._folder = folder
        self._digest = digest
        self._known: dict[str, tuple[int, int, int]] = {}
        self._fresh: list[str] = []
        self._fresh_bytes = 0
        self._committed = time.monotonic()

    def __enter__(self) -> Self:
        lines = self._read()
        if lines[:1] == [self._digest]:
            self._known = {name: (size, mtime, inode) for name, size, mtime, inode in lines[1:]}
        else:
            durable.write_file(self._path, self._line(self._digest))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.commit()

    def has(self, name: str) -> bool:
        """Tell whether a file came whole and is still that file."""
        try:
            return name in self._known and self._known[name] == self._state(name)
        except FileNotFoundError:
            return False

    def add(self, name: str, size: int) -> None:
        """Note a file that came whole; now and then all that was noted is made to last."""
        self._fresh.append(name)
        self._fresh_bytes += size
        if self._fresh_bytes >= COMMIT_BYTES or time.monotonic() - self._committed >= COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Write out the files, then their lines."""
        if self._fresh:
            sync_filesystem(self._folder)
            with self._path.open("ab") as stream:
                stream.writelines(self._line([name, *self._state(name)]) for name in self._fresh)
                stream.flush()
                os.fsync(stream.fileno())
        self._fresh, self._fresh_bytes, self._committed = [], 0, time.monotonic()

    def _read(self) -> list[Any]:
        try:
            lines = self._path.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        try:
            return [json.loads(line) for line in lines]
        except ValueError:
            return []

    def _state(self, name: str) -> tuple[int, int, int]:
        found = os.lstat(f"{self._folder}/{name}")
        return (found.st_size, found.st_mtime_ns, found.st_ino)

    @staticmethod
    def _line(value: object) -> bytes:
        return json.dumps(value).encode() + b"\n"
