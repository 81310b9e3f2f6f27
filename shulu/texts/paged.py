"""A plain text of any length in pages, each found by its place in the file, whatever lies before it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shulu.texts.decode import encoding_of

PAGE_BYTES = 16 << 10
"""A page begins with the line that stands at a multiple of it."""

_HEAD = 1 << 16
_NO_TRAIL = bytes(range(0x30))
"""Bytes that are no part of a longer character in GB 18030, whose trail bytes begin at 0x30."""


@dataclass(frozen=True, slots=True)
class TextPage:
    """A page of a text: its lines, its number from 1, and how many pages there are."""

    lines: tuple[str, ...]
    number: int
    count: int


def page(path: Path, number: int) -> TextPage:
    """Return a page of a text file, the last one where there are not so many; raises OSError."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        count = max(1, -(-size // PAGE_BYTES))
        number = min(max(1, number), count)
        head = file.read(_HEAD)
        encoding = encoding_of(head)
        begin = _boundary(file, number - 1, size, encoding)
        end = _boundary(file, number, size, encoding)
        file.seek(begin)
        shown = file.read(end - begin)
    # A beginning in ASCII alone says nothing of what comes behind it.
    text = shown.decode(encoding_of(shown) if head.isascii() else encoding, errors="replace")
    text = text.lstrip("\ufeff")
    return TextPage(tuple(text.replace("\0", "").splitlines()), number, count)


def _boundary(file: IO[bytes], number: int, size: int, encoding: str) -> int:
    """Return where a page, counted from 0, begins: with a line if one begins near, else with a character."""
    place = number * PAGE_BYTES
    if number == 0 or place >= size:
        return min(place, size)
    begin = place - PAGE_BYTES
    file.seek(begin)
    block = file.read(PAGE_BYTES)
    if encoding.startswith("utf-16"):
        end = "\n".encode(encoding)
        return begin + next(
            (n + 2 for n in range(len(block) - 2, -1, -2) if block[n : n + 2] == end), len(block)
        )
    found = block.rfind(b"\n") + 1
    if found:
        return begin + found
    if encoding == "gb18030":
        return begin + next(
            (n + 1 for n in range(len(block) - 1, -1, -1) if block[n] in _NO_TRAIL), len(block)
        )
    return begin + next((n for n in range(len(block) - 1, 0, -1) if block[n] & 0xC0 != 0x80), len(block))
