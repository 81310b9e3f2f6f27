"""What a table is: rows of values under heads, which page, PDF and workbook show alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
GROUNDS = "依据（回执号）"


class Size(int):
    """Bytes: pages show a fitting unit, workbooks TB."""


class Share(float):
    """A part of 1, shown in percent."""


Value = str | int | float | None


@dataclass(frozen=True)
class Table:
    """Rows under a title. ``sheet`` is its name in the workbook, ``widths`` are characters."""

    title: str
    sheet: str
    heads: tuple[str, ...]
    widths: tuple[int, ...]
    rows: Sequence[Sequence[Value]]
    note: str = ""


def share(part: float, whole: float) -> Share | None:
    """Return a share; None of nothing."""
    return Share(part / whole) if whole else None
