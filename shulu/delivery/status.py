"""``status.json``: what is live here and what is under way, for whoever watches (docs/architecture.md, 4)."""

from __future__ import annotations

import contextlib
import json
import time
from datetime import UTC, datetime
from typing import Any

from shulu.delivery.config import Config
from shulu.delivery.notice import post
from shulu.progress import Progress
from shulu.store import durable
from shulu.store.store import Store

STATUS_FILE = "status.json"
WORKING = ("fetching", "importing", "verifying", "paused")
"""States in which a process is at work; without one they mean that it was cut off."""


def describe_live(store: Store) -> dict[str, Any] | None:
    """Return the live release as plain data; None before the first one. Bytes are payload bytes.

    A bag is not whole when it is not here or known to be damaged: what a delivery mends.
    """
    live = store.live()
    if live is None:
        return None
    return {
        "epoch": live.release.epoch,
        "serial": live.release.serial,
        "since": live.since.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "bytes": sum(entry.bytes for entry in live.entries),
        "bags": [
            {"id": entry.id, "version": entry.version, "bytes": entry.bytes, "whole": store.has(entry)}
            for entry in live.entries
        ],
    }


class Status:
    """Writes ``status.json``: at once when the state changes, progress at most once a second."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._store = store
        self._path = store.state / STATUS_FILE
        self._live = describe_live(store)
        self._state = "idle"
        self._message = ""
        self._figures: dict[str, object] = Progress().as_dict()
        self._written = 0.0

    def say(self, state: str, message: str = "", *, keep_figures: bool = False) -> None:
        """Enter a state, one of idle, waiting, fetching, importing, verifying, live, paused, failed."""
        self._state, self._message = state, message
        if not keep_figures:
            self._figures = Progress().as_dict()
        self._write()
        post(self._config, self._store, self._activity())

    def show(self, progress: Progress) -> None:
        """Listen to a piece of work."""
        self._figures = progress.as_dict()
        if time.monotonic() - self._written >= 1.0:
            self._write()

    def live_changed(self) -> None:
        """Look again at what is live."""
        self._live = describe_live(self._store)

    def _activity(self) -> dict[str, object]:
        return {
            "state": self._state,
            "message": self._message,
            "updated": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **self._figures,
        }

    def _write(self) -> None:
        self._written = time.monotonic()
        document = {
            "library": self._config.library,
            "name": self._config.name,
            "route": self._config.route,
            "live": self._live,
            "activity": self._activity(),
            "free_bytes": durable.free_bytes(self._store.root),
        }
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        # A full volume must not turn a status into the delivery's failure.
        with contextlib.suppress(OSError):
            durable.write_file(self._path, text.encode(), durable=False)


class Silent(Status):
    """A status that nobody is told: for plans, which touch nothing."""

    def __init__(self) -> None:
        """Look at nothing."""

    def say(self, state: str, message: str = "", *, keep_figures: bool = False) -> None:
        """Say nothing."""

    def show(self, progress: Progress) -> None:
        """Show nothing."""


def read_status(config: Config, store: Store) -> dict[str, Any]:
    """Return the status as it is now: the file's activity, and what is live and free looked up anew."""
    try:
        document: dict[str, Any] = json.loads((store.state / STATUS_FILE).read_bytes())
        activity = document["activity"]
    except (OSError, ValueError, KeyError):
        activity = {"state": "idle", "message": "", "updated": None, **Progress().as_dict()}
    if activity["state"] in WORKING and not durable.is_locked(store.lock_file):
        activity |= {"state": "failed", "message": "was cut off; the next delivery goes on from there"}
    return {
        "library": config.library,
        "name": config.name,
        "route": config.route,
        "live": describe_live(store),
        "activity": activity,
        "free_bytes": durable.free_bytes(store.root) if store.root.is_dir() else 0,
    }
