"""The journal of a verification: which files were found good, so that an interrupted one can go on."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from shulu.content.bag import Bag
from shulu.content.manifest import decode_path, encode_path

_FLUSH_EVERY = 256


class Journal:
    """A text file: a line that names the bag's manifests, then a line per good file.

    A file's line holds size, mtime and ctime in nanoseconds, inode, and path; it counts only while all of
    them are as noted. A journal of other manifests is begun anew, a torn last line is dropped. On leaving the
    context without an exception the journal is removed; without a path nothing is noted at all.
    """

    def __init__(self, path: Path | None, bag: Bag) -> None:
        self._path = path
        self._bag = bag
        self._good: dict[str, str] = {}
        self._stream: IO[str] | None = None
        self._unflushed = 0

    def __enter__(self) -> Self:
        if self._path is None:
            return self
        header = f"shulu-verify 1 {_identity(self._bag)}"
        lines = self._read()
        if lines[:1] == [header]:
            for line in lines[1:]:
                *numbers, path = line.split(" ", 4)
                self._good[decode_path(path)] = " ".join(numbers)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_name(f"{self._path.name}.new")
        with temporary.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(f"{header}\n")
            stream.writelines(f"{state} {encode_path(path)}\n" for path, state in self._good.items())
        temporary.replace(self._path)
        self._stream = self._path.open("a", encoding="utf-8", newline="\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path is None or self._stream is None:
            return
        self._stream.close()
        if kind is None:
            self._path.unlink(missing_ok=True)

    def has(self, path: str) -> bool:
        """Tell whether a file was found good and is still the same file."""
        state = self._good.get(path)
        return state is not None and state == self._state(path)

    def add(self, path: str) -> None:
        """Note that a file was found good."""
        if self._stream is None:
            return
        self._stream.write(f"{self._state(path)} {encode_path(path)}\n")
        self._unflushed += 1
        if self._unflushed >= _FLUSH_EVERY or self._bag.sizes[path] > 1 << 24:
            self._stream.flush()
            self._unflushed = 0

    def _read(self) -> list[str]:
        try:
            text = self._path.read_bytes().decode("utf-8", "surrogateescape") if self._path else ""
        except FileNotFoundError:
            return []
        return [line for line in text.split("\n")[:-1] if line.count(" ") >= 2]

    def _state(self, path: str) -> str:
        found = os.lstat(self._bag.path / path)
        return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


def _identity(bag: Bag) -> str:
    """Return a digest of the bag's place and payload manifests."""
    digest = hashlib.sha256(os.fsencode(bag.path.resolve()))
    for algorithm, entries in sorted(bag.manifests.items()):
        digest.update(f"\0{algorithm}\0{len(entries)}\0".encode())
        for path in bag.payload:
            digest.update(f"{entries[path]} {path}\0".encode())
    return digest.hexdigest()
