"""``notice/status.json`` in the store: what a delivery posts for the pages to tell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NOTICE_FILE = Path("notice") / "status.json"
"""Below the store's root (docs/formats.md, "Notice")."""

_ACTIVITY = {"state": str, "message": str, "updated": str, "done_bytes": int, "total_bytes": int}
_ERROR = {"at": str, "message": str}
_RECEIPT = {"release": str, "ended": str, "sent": bool, "code": str}


def read_notice(root: Path) -> dict[str, Any]:
    """Return what a store's notice says, nothing where there is none or it makes no sense."""
    try:
        document = json.loads((root / NOTICE_FILE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return document if _is_notice(document) else {}


def _is_notice(document: Any) -> bool:
    if not _has(document, {"route": str, "errors": list}):
        return False
    return (
        (document.get("activity") is None or _has(document["activity"], _ACTIVITY))
        and (document.get("receipt") is None or _has(document["receipt"], _RECEIPT))
        and all(_has(error, _ERROR) for error in document["errors"])
    )


def _has(found: Any, shape: Mapping[str, type]) -> bool:
    return isinstance(found, dict) and all(isinstance(found.get(name), kind) for name, kind in shape.items())
