"""``notice/status.json`` in the store: what a delivery posts for the pages to tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NOTICE_FILE = Path("notice") / "status.json"
"""Below the store's root (docs/formats.md, "Notice")."""


def read_notice(root: Path) -> dict[str, Any]:
    """Return what a store's notice says, nothing where there is none or it cannot be read."""
    try:
        document = json.loads((root / NOTICE_FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
