"""Resumption tokens: they hold all that a list needs to go on, so that the server remembers nothing.

A token carries no right: what it names is checked as if it were asked for anew, by whoever brings it. The
check sum only tells a damaged one.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass

_MOST = 2000
_MOST_RECORDS = 1 << 40


class Bad(Exception):  # noqa: N818 - a state of the token
    """A token that no list of this portal ends with."""


@dataclass(frozen=True, slots=True)
class Token:
    """Where a list goes on: its limits, the key of the last change given, and counts of changes."""

    prefix: str
    since: str
    until: str
    collection: str
    after: tuple[str, str, str]
    cursor: int
    total: int


def write(token: Token) -> str:
    """Return a token as text, fit for an address as it is."""
    fields = [
        token.prefix,
        token.since,
        token.until,
        token.collection,
        *token.after,
        token.cursor,
        token.total,
    ]
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(zlib.crc32(body).to_bytes(4) + body).decode().rstrip("=")


def read(text: str) -> Token:
    """Return what a token says; raises Bad for everything that ``write`` did not write."""
    if len(text) > _MOST or not text.isascii():
        raise Bad
    try:
        token = _parsed(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
        if write(token) != text:
            raise Bad
    except (binascii.Error, ValueError, RecursionError):
        raise Bad from None
    return token


def _parsed(raw: bytes) -> Token:
    fields = json.loads(raw[4:].decode())
    if not isinstance(fields, list) or len(fields) != 9:
        raise Bad
    words, numbers = fields[:7], fields[7:]
    if not all(isinstance(word, str) for word in words) or not all(type(number) is int for number in numbers):
        raise Bad
    if not 0 < numbers[0] < _MOST_RECORDS or not 0 <= numbers[1] < _MOST_RECORDS:
        raise Bad
    prefix, since, until, collection, *after = words
    return Token(prefix, since, until, collection, (after[0], after[1], after[2]), *numbers)
