"""Worker processes that end when their parent was killed, also while they wait for work.

A worker inherits the store's lock: one that stayed behind would hold it for ever.
"""

from __future__ import annotations

import os
import threading
import time

INTERVAL = 0.5
"""Seconds between two looks."""


def end_with(parent: int) -> None:
    """Let this process end within ``INTERVAL`` seconds of its parent (a process id)."""
    threading.Thread(target=_watch, args=(parent,), name="parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(INTERVAL)
    os._exit(1)
