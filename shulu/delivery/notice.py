"""Posts what the reading room may tell on its librarian's page: ``notice/status.json`` in the store.

The page's program may not open the state folder. What lies here everybody on the library's LAN may read:
neither addresses nor names of the line's users are in it.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shulu.delivery.config import Config
from shulu.delivery.receiptcode import write_code
from shulu.findings import Refused
from shulu.store import durable
from shulu.store.notice import NOTICE_FILE, read_notice
from shulu.store.store import Store

MOST_ERRORS = 10
_ADDRESS = re.compile(r"\b(?:[\w.-]+@)?(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b")


def post(config: Config, store: Store, activity: Mapping[str, Any] | None = None) -> None:
    """Write the notice anew; without an activity the one before stays. A full volume is no failure of it."""
    path = store.root / NOTICE_FILE
    before = read_notice(store.root)
    shown = before.get("activity") if activity is None else _without_addresses(config, activity)
    document = {
        "format": 1,
        "library": config.library,
        "name": config.name,
        "route": config.route,
        "written": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "activity": shown,
        "errors": _errors(before, shown),
        "receipt": _receipt(config, store),
    }
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        durable.write_file(path, text.encode(), durable=False)


def _errors(before: Mapping[str, Any], activity: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the last failures, newest first, each message once."""
    known: list[dict[str, Any]] = before.get("errors", [])
    if activity is not None and activity["state"] == "failed":
        now = {"at": activity["updated"], "message": activity["message"]}
        known = [now, *(error for error in known if error["message"] != now["message"])]
    return known[:MOST_ERRORS]


def _receipt(config: Config, store: Store) -> dict[str, Any] | None:
    """Return the newest receipt for what is live: when it was written, whether it was sent, its code."""
    live = store.live()
    if live is None:
        return None
    name = live.release.name
    files = sorted(config.own_receipts.glob(f"{name}-*.json.sig"))
    if not files:
        return None
    signature = files[-1]
    file = signature.with_suffix("")
    try:
        text = file.read_bytes()
        ended = json.loads(text)["ended"]
        code = write_code(text, signature.read_bytes(), live.text)
    except (OSError, ValueError, KeyError):
        return None
    except Refused:
        code = ""
    return {"release": name, "ended": ended, "sent": file.with_suffix(".sent").exists(), "code": code}


def _without_addresses(config: Config, activity: Mapping[str, Any]) -> dict[str, Any]:
    message = str(activity["message"])
    if config.upstream is not None:
        message = message.replace(config.upstream.host, "the upstream")
    return {**activity, "message": _ADDRESS.sub("…", message)}
