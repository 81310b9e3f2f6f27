"""Hours of the day that repeat every day, and the arithmetic of the time that they leave open.

Moments are seconds since midnight of the plan's first day; China has one time zone and no summer time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

DAY = 86400.0
_WHOLE = ((0.0, DAY),)


@dataclass(frozen=True, slots=True)
class Hours:
    """Spans of a day in seconds, sorted and apart from each other; none at all means never."""

    spans: tuple[tuple[float, float], ...] = _WHOLE
    a_day: float = field(init=False, compare=False, default=0.0)
    _edges: tuple[float, ...] = field(init=False, compare=False, repr=False, default=())
    _hash: int = field(init=False, compare=False, repr=False, default=0)

    def __post_init__(self) -> None:
        if self.spans == _WHOLE:
            object.__setattr__(self, "spans", _WHOLE)
        object.__setattr__(self, "a_day", sum(end - begin for begin, end in self.spans))
        # Midnight is no edge where one span ends and another begins at it.
        edges = {edge % DAY for span in self.spans for edge in span}
        if self.spans and (self.spans[0][0], self.spans[-1][1]) == (0.0, DAY):
            edges.discard(0.0)
        object.__setattr__(self, "_edges", tuple(sorted(edges)))
        object.__setattr__(self, "_hash", hash(self.spans))

    def __hash__(self) -> int:
        return self._hash

    @classmethod
    def parse(cls, text: str) -> Hours:
        """Read a registry's window, ``22:00-06:00``; "" means all day."""
        if not text:
            return ALL_DAY
        begin, end = (_seconds(part) for part in text.split("-"))
        if begin < end:
            return cls(((begin, end),))
        return cls(tuple(span for span in ((0.0, end), (begin, DAY)) if span[0] < span[1]))

    def __and__(self, other: Hours) -> Hours:
        both = [
            (max(a, c), min(b, d)) for a, b in self.spans for c, d in other.spans if max(a, c) < min(b, d)
        ]
        return Hours(tuple(sorted(both)))

    def __or__(self, other: Hours) -> Hours:
        merged: list[tuple[float, float]] = []
        for begin, end in sorted({*self.spans, *other.spans}):
            if merged and begin <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((begin, end))
        return Hours(tuple(merged))

    def __sub__(self, other: Hours) -> Hours:
        """Return when this is open and the other is not."""
        edges = [0.0, *(edge for span in other.spans for edge in span), DAY]
        return self & Hours(tuple((a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b))

    def until(self, moment: float) -> float:
        """Return the open seconds from the plan's beginning to ``moment``."""
        days, clock = divmod(moment, DAY)
        found = days * self.a_day
        for begin, end in self.spans:
            if clock > begin:
                found += (clock if clock < end else end) - begin
        return found

    def between(self, begin: float, end: float) -> float:
        """Return the open seconds between two moments; 0 where the second is not later."""
        if end <= begin or not self.spans:
            return 0.0
        return end - begin if self.spans is _WHOLE else self.until(end) - self.until(begin)

    def after(self, begin: float, seconds: float) -> float:
        """Return the first moment with so many open seconds behind it since ``begin``; inf where never."""
        if seconds <= 0:
            return begin
        if not self.spans:
            return float("inf")
        wanted = self.until(begin) + seconds
        days, left = divmod(wanted, self.a_day)
        if left <= 0:
            days, left = days - 1, self.a_day
        for opens, closes in self.spans:
            if left <= closes - opens:
                return days * DAY + opens + left
            left -= closes - opens
        return (days + 1) * DAY  # rounding alone leads here

    def before(self, end: float, seconds: float) -> float:
        """Return the last moment with so many open seconds from it to ``end``; -inf where there is none.

        It may lie before the plan begins.
        """
        if seconds <= 0:
            return end
        if not self.spans:
            return float("-inf")
        wanted = self.until(end) - seconds
        days, left = divmod(wanted, self.a_day)
        for opens, closes in self.spans:
            if left < closes - opens:
                return days * DAY + opens + left
            left -= closes - opens
        return (days + 1) * DAY + self.spans[0][0]  # rounding alone leads here

    def opening(self, moment: float) -> float:
        """Return ``moment`` where it is open, else when it opens next."""
        if self.spans is _WHOLE:
            return moment
        days, clock = divmod(moment, DAY)
        for opens, closes in self.spans:
            if clock < closes:
                return max(moment, days * DAY + opens)
        return (days + 1) * DAY + self.spans[0][0] if self.spans else float("inf")

    def is_open(self, moment: float) -> bool:
        """Tell whether a moment is within."""
        return self.opening(moment) == moment

    def change(self, moment: float) -> float:
        """Return the next moment after this one at which it opens or closes; inf where it never does."""
        if not self.spans or self.spans is _WHOLE:
            return float("inf")
        days, clock = divmod(moment, DAY)
        for edge in self._edges:
            if edge > clock:
                return days * DAY + edge
        return (days + 1) * DAY + self._edges[0]


ALL_DAY = Hours()


def _seconds(text: str) -> float:
    hour, minute = text.split(":")
    return int(hour) * 3600.0 + int(minute) * 60.0
