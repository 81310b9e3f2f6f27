"""Waiting for what must come, and never for a time: hosts answer slowly when the machine is loaded."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(what: str, look: Callable[[], Found], seconds: float = 120.0, pause: float = 0.05) -> Found:
    """Look until there is something, and return it; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} did not come in {seconds:.0f} s"
        time.sleep(pause)
    return found
