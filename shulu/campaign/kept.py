"""What an earlier run wrote of libraries that this one is not for: it stays, with the moment it is of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

Row = Mapping[str, Any]


def earlier_rows(
    said: Mapping[str, Any], libraries: Collection[str], show: Callable[[Row], object]
) -> dict[str, Row]:
    """Return the rows of an earlier ``status.json`` or ``preflight.json`` by library, each with ``as_of``.

    Only of ``libraries``, and only what ``show`` takes: a file that was changed by hand, or that an older
    version wrote, does not keep a run from telling what it found.
    """
    rows = said.get("libraries")
    found: dict[str, Row] = {}
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict) or row.get("library") not in libraries:
            continue
        kept = {"as_of": said.get("written")} | row
        if not isinstance(kept["as_of"], str):
            continue
        try:
            show(kept)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
        found[row["library"]] = kept
    return found
