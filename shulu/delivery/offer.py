"""A release that is offered to this server: its bytes, its signature, and what they say once believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shulu.content.release import MAX_BYTES, RELEASE_FILE, SIGNATURE_FILE, Release, parse
from shulu.content.signature import MAX_SIGNATURE_BYTES, Trust, parse_signed, read_regular


@dataclass(frozen=True, slots=True)
class Offer:
    """A release whose signature holds; ``text`` and ``signature`` are the two files' bytes."""

    release: Release
    text: bytes
    signature: bytes

    def warning(self, now: datetime | None = None) -> str:
        """Say that the release has expired, "" if not. Readers keep it all the same: clocks go wrong."""
        if (now or datetime.now(UTC)) < self.release.expires:
            return ""
        return f"release {self.release.name} expired on {self.release.expires:%Y-%m-%d}; ask for a newer one"


def unsigned_offer(folder: Path) -> Offer:
    """Read a release that is yet to be signed anew: good for a plan, and for nothing else. Raises Refused."""
    text = read_regular(folder / RELEASE_FILE, MAX_BYTES)
    return Offer(parse(text), text, b"")


def load_offer(folder: Path, trust: Trust) -> Offer:
    """Read the release of an export layout. Raises Refused where its chain of trust does not hold."""
    text = read_regular(folder / RELEASE_FILE, MAX_BYTES)
    release = parse_signed(text, folder / SIGNATURE_FILE, trust)
    return Offer(release, text, read_regular(folder / SIGNATURE_FILE, MAX_SIGNATURE_BYTES))
