"""Text tables that line up: Chinese characters take two columns of a terminal (Unicode UAX 11)."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence

_NO_WIDTH = {"Mn", "Me", "Cf", "Cc"}


def width(text: str) -> int:
    """Return how many columns a terminal gives a text."""
    return sum(
        0
        if unicodedata.category(char) in _NO_WIDTH
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )


def render(
    rows: Sequence[Mapping[str, object]], columns: Sequence[str] | None = None, numbers: Collection[str] = ()
) -> str:
    """Lay rows out under their headings, two spaces between columns.

    ``columns`` names the columns in order, by default the keys of the first row. Those in ``numbers`` stand
    to the right. None shows as nothing.
    """
    if not rows and not columns:
        return ""
    names = list(columns or rows[0])
    lines = [names] + [["" if row.get(name) is None else _flat(row[name]) for name in names] for row in rows]
    widths = [max(width(line[place]) for line in lines) for place in range(len(names))]
    lines.insert(1, ["-" * each for each in widths])
    return "\n".join(
        "  ".join(
            _pad(cell, size, right=name in numbers)
            for cell, size, name in zip(line, widths, names, strict=True)
        ).rstrip()
        for line in lines
    )


def _flat(value: object) -> str:
    return " ".join(str(value).split())


def _pad(text: str, size: int, *, right: bool) -> str:
    gap = " " * (size - width(text))
    return gap + text if right else text + gap
