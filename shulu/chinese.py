"""What servers and preflight say, in Chinese: ``phrases.txt`` has both languages, sentence by sentence."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

PHRASES = Path(__file__).with_name("phrases.txt")
ELSEWHERE = "原因见原文"
"""What stands for a cause that only the English text has: a system's own words."""
_SPAN = re.compile(r"(\d+) (d|h|min|s)\b")
_UNITS = {"d": " 天", "h": " 小时", "min": " 分", "s": " 秒"}
_FIELD = re.compile(r"\{(\w+)\}")
_PARTS = re.compile(r"(\{\w+\})")
_WITHIN = {"reason": "(?!; ).", "value": "."}


def chinese(text: str) -> str:
    """Return a finding, or several joined by ``; ``, in Chinese; "" where nothing of it is known.

    The places that a finding begins with, as ``release.json: ``, stay as they are.
    """
    flat = " ".join(text.split())
    if whole := _phrase(flat):
        return whole
    parts = [_part(part) for part in flat.split("; ")]
    if not any(parts):
        return ""
    return "；".join(part or ELSEWHERE for part in parts)


def span(text: str) -> str:
    """Return a length of time as ``human_seconds`` writes it, in Chinese: ``2 d 3 h`` is ``2 天 3 小时``."""
    return _SPAN.sub(lambda found: found[1] + _UNITS[found[2]], text).replace("  ", " ")


@cache
def phrases() -> dict[str, str]:
    """Return what ``phrases.txt`` has: Chinese by English."""
    lines = [line for line in PHRASES.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return {english: zh.strip() for english, zh in zip(lines[::2], lines[1::2], strict=True)}


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    # One with more words of its own says more of what is meant.
    ranked = sorted(phrases().items(), key=lambda each: -len(_FIELD.sub("", each[0])))
    return [(re.compile("".join(map(_pattern, _PARTS.split(english)))), zh) for english, zh in ranked]


def _pattern(part: str) -> str:
    field = _FIELD.fullmatch(part)
    if field is None:
        return re.escape(part)
    # A field does not run over the end of its finding, nor over a place that the finding begins with.
    inside = _WITHIN.get(field[1], "(?!; |: ).")
    return f"(?P<{field[1]}>(?:{inside})+?)"


def _phrase(text: str) -> str:
    for pattern, zh in _patterns():
        if found := pattern.fullmatch(text):
            return zh.format(**{name: _field(name, value) for name, value in found.groupdict().items()})
    return ""


def _field(name: str, value: str) -> str:
    if name == "span":
        return span(value)
    return chinese(value) or ELSEWHERE if name == "reason" else value


def _part(text: str) -> str:
    if found := _phrase(text):
        return found
    place, colon, rest = text.partition(": ")
    if not colon:
        return ""
    said = _part(rest)
    return f"{place}：{said}" if said else ""
