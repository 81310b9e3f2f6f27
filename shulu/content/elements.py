"""What the elements of a record may hold that are more than a text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from shulu.content import licence

DIRECTIONS = ("ltr", "rtl")
"""Which way the pages of an item are turned."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""What no text has: control characters other than tab and line ends, and halves of surrogate pairs."""

_MAX_SECONDS = 10_000_000


def _bad_duration(value: Any) -> str:
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _MAX_SECONDS
    return "" if known else "is no number of seconds"


def _bad_direction(value: Any) -> str:
    return "" if value in DIRECTIONS else f"is neither of {', '.join(DIRECTIONS)}"


def _bad_licence(value: Any) -> str:
    try:
        licence.read(value)
    except ValueError as error:
        return str(error)
    return ""


def _bad_parts(value: Any) -> str:
    if not isinstance(value, list):
        return "is not a list"
    for part in value:
        if not isinstance(part, dict) or not set(part) <= {"title", "duration"}:
            return "has a part that is not an object of title and duration"
        title = part.get("title", "")
        if not isinstance(title, str) or CONTROL.search(title):
            return "has a title that is no text"
        if "duration" in part and (problem := _bad_duration(part["duration"])):
            return f"has a duration that {problem}"
    return ""


CHECKS: dict[str, Callable[[Any], str]] = {
    "duration": _bad_duration,
    "direction": _bad_direction,
    "licence": _bad_licence,
    "parts": _bad_parts,
}
"""What is wrong with the value of an element that is more than a text, "" where nothing is."""
