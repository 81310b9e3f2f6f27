"""Titles as names of files: a television shows them, and lists a folder in their order."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

MOST_BYTES = 200
"""Leaves room below the 255 bytes of a file's name for a number before it and an extension behind it."""


def plain(text: str) -> str:
    """Return a text in one line and in form NFC, without characters that an XML document may not hold."""
    line = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", text))
    kept = (c for c in line if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Cn"})
    return " ".join("".join(kept).split())


def cut(text: str, most: int) -> str:
    """Return as much of a text as fits into so many bytes of UTF-8, whole characters only."""
    return text.encode()[:most].decode(errors="ignore")


def file_name(title: str) -> str:
    """Return a title as the name of a file without extension; one that says nothing becomes ``_``.

    The server passes over names that begin with a dot.
    """
    name = cut(plain(title).replace("/", "／").lstrip(". "), MOST_BYTES)
    return name.strip() or "_"


def in_order(names: Sequence[str]) -> list[str]:
    """Return names that sort as these stand, no two alike.

    Numbers are put before them only where they would sort otherwise.
    """
    if all(one < other for one, other in pairwise(names)):
        return list(names)
    width = len(str(len(names)))
    return [f"{number:0{width}} {name}" for number, name in enumerate(names, 1)]
