"""What rsync says on stdout while it pulls: how many bytes came, and which files are whole."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

OPTIONS = ("--info=progress2", "--no-human-readable", "--outbuf=N", "--out-format=came %b %n")
"""rsync(1): a format with %b is printed behind a file's transfer and not before it."""

_CAME = re.compile(rb"came [0-9]+ (.*)", re.DOTALL)
_PROGRESS = re.compile(rb"\s([0-9]+)\s+[0-9]+%")
_ESCAPE = re.compile(rb"\\#([0-7]{3})")


class Said:
    """Takes rsync's output in pieces as they come.

    ``on_bytes`` is told the bytes so far; ``on_file`` each file that is whole, one behind: of the file that
    it named last rsync has yet to set the time.
    """

    def __init__(self, on_bytes: Callable[[int], object], on_file: Callable[[str], object]) -> None:
        self._on_bytes = on_bytes
        self._on_file = on_file
        self._rest = b""
        self._last: str | None = None

    def feed(self, block: bytes) -> None:
        """Take the next piece."""
        *lines, self._rest = (self._rest + block).split(b"\n")
        count = None
        for line in lines:
            if found := _CAME.fullmatch(line):
                self.flush()
                self._last = os.fsdecode(_ESCAPE.sub(_byte, found[1]))
            else:
                count = _count(line) or count
        # Progress is rewritten on one line, which no newline ends.
        if self._rest.startswith(b"\r"):
            count = _count(self._rest) or count
            self._rest = self._rest[self._rest.rindex(b"\r") :]
        if count is not None:
            self._on_bytes(count)

    def flush(self) -> None:
        """Tell the last file too: rsync has ended well, or begun another."""
        if self._last is not None:
            self._on_file(self._last)
        self._last = None


def _count(text: bytes) -> int | None:
    found = _PROGRESS.findall(text)
    return int(found[-1]) if found else None


def _byte(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 8)])
