"""Moments as people read them: China has one time (UTC+8, no summer time), and windows are in it too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


def moment(text: str) -> str:
    """``2026-11-23T08:15:00Z`` as ``2026-11-23 16:15``, Beijing time; "" stays "". Raises ValueError."""
    if not text:
        return ""
    found = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return f"{found.astimezone(BEIJING):%Y-%m-%d %H:%M}"
