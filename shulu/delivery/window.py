"""The hours in which a library's line may be used: pure arithmetic on a clock that the caller holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """From ``opens`` until before ``closes`` each day, across midnight where ``closes`` is the earlier one.

    Without hours (both None) it is always open.
    """

    opens: time | None = None
    closes: time | None = None

    @classmethod
    def parse(cls, text: str) -> Window:
        """Read ``22:00-06:00``; ``""`` means at any time. Raises ValueError."""
        if not text:
            return cls()
        match = re.fullmatch(r"(\d{2}:\d{2})-(\d{2}:\d{2})", text, re.ASCII)
        if match is None:
            raise ValueError(f"{text!r} is not of the form 22:00-06:00")
        opens, closes = time.fromisoformat(match[1]), time.fromisoformat(match[2])
        if opens == closes:
            raise ValueError(f"{text!r} has no length; write an empty text for any time")
        return cls(opens, closes)

    def is_open(self, now: datetime) -> bool:
        """Tell whether the line may be used at this local time."""
        if self.opens is None or self.closes is None:
            return True
        clock = now.time()
        if self.opens < self.closes:
            return self.opens <= clock < self.closes
        return clock >= self.opens or clock < self.closes

    def wait(self, now: datetime) -> timedelta:
        """Return how long it is until the window opens; zero while it is open."""
        if self.opens is None or self.is_open(now):
            return timedelta()
        opening = datetime.combine(now.date(), self.opens)
        return opening - now if opening > now else opening + _DAY - now

    def __str__(self) -> str:
        if self.opens is None or self.closes is None:
            return "at any time"
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"
