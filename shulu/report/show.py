"""The report in a terminal: coverage by tier, then every receipt that does not count, a line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shulu.campaign.table import render

_COVERED = ("registered", "enrolled", "live", "current", "pending", "awaiting")


def told(document: Mapping[str, Any]) -> str:
    """Return the text."""
    covered = document["coverage"]
    rows = [
        {"tier": row["id"]} | {key: row[key] for key in _COVERED}
        for row in (*covered["tiers"], covered["total"])
    ]
    lines = [render(rows, numbers=_COVERED), ""]
    lines.append(f"{len(document['receipts'])} receipts count, {len(document['rejected'])} do not")
    lines += [f"{row['file']}: {row['en']}" for row in document["rejected"]]
    return "\n".join([*lines, *document["notes"]])
