"""How far a long piece of work is: bytes and files done, rate, and time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO


@dataclass(slots=True)
class Progress:
    """Counts work and tells its listener at most every ``interval`` seconds, and once at the end.

    ``total_bytes`` and ``total_files`` may be 0 where they are not known. The rate is the mean since the
    start without the work that an earlier, interrupted run had done (``resumed``).
    """

    total_bytes: int = 0
    total_files: int = 0
    listener: Callable[[Progress], None] | None = None
    interval: float = 1.0
    done_bytes: int = 0
    done_files: int = 0
    resumed_bytes: int = 0
    label: str = ""
    _began: float = field(default_factory=time.monotonic)
    _told: float = 0.0

    def advance(self, count: int, files: int = 0) -> None:
        """Add ``count`` bytes and ``files`` files that are done."""
        self.done_bytes += count
        self.done_files += files
        now = time.monotonic()
        if now - self._told >= self.interval:
            self._told = now
            self.tell()

    def resume(self, count: int, files: int = 0) -> None:
        """Add work that an earlier run had done: it counts as done and not for the rate."""
        self.resumed_bytes += count
        self.advance(count, files)

    def tell(self) -> None:
        """Tell the listener now."""
        if self.listener is not None:
            self.listener(self)

    @property
    def rate(self) -> float:
        """Bytes a second since the start of this run."""
        elapsed = time.monotonic() - self._began
        return (self.done_bytes - self.resumed_bytes) / elapsed if elapsed > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end at this rate; None where it cannot be told."""
        left = self.total_bytes - self.done_bytes
        if not self.total_bytes or self.rate <= 0:
            return None
        return max(0.0, left / self.rate)

    def as_dict(self) -> dict[str, object]:
        """Return the figures as plain data: bytes, files, bytes a second, seconds left."""
        return {
            "label": self.label,
            "done_bytes": self.done_bytes,
            "total_bytes": self.total_bytes,
            "done_files": self.done_files,
            "total_files": self.total_files,
            "rate": round(self.rate),
            "seconds_left": None if self.seconds_left is None else round(self.seconds_left),
        }


def human_bytes(count: float) -> str:
    """Return a size as people read it, in decimal units as disks are sold: ``1.5 GB``."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if abs(count) < 1000 or unit == "TB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


def human_seconds(seconds: float | None) -> str:
    """Return a span of time as people read it: ``2 d 3 h``, ``5 min``, ``12 s``; ``?`` where unknown."""
    if seconds is None:
        return "?"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole < 600 else f"{whole // 60} min"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def terminal_line(stream: TextIO = sys.stderr) -> Callable[[Progress], None]:
    """Return a listener that shows one line: rewritten on a terminal, written whole into a log."""
    rewrite = stream.isatty()

    def show(progress: Progress) -> None:
        percent = 100 * progress.done_bytes / progress.total_bytes if progress.total_bytes else 0.0
        text = (
            f"{progress.label} {percent:5.1f} %  {human_bytes(progress.done_bytes)} of "
            f"{human_bytes(progress.total_bytes)}  {progress.done_files} files  "
            f"{human_bytes(progress.rate)}/s  {human_seconds(progress.seconds_left)} left"
        )
        stream.write(f"\r\x1b[K{text}" if rewrite else f"{text}\n")
        stream.flush()

    return show
