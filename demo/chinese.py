"""Chinese as readers in a county library expect it: simplified, with readings for addresses and voices."""

from __future__ import annotations

import re
from functools import cache

from opencc import OpenCC
from pypinyin import Style, lazy_pinyin

_TONES = {"ˊ": "2", "ˇ": "3", "ˋ": "4", "˙": "1"}
_HAN = re.compile(r"[\u3007\u3400-\u9fff]+")


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


def simplified(text: str) -> str:
    """Return a text in simplified characters."""
    converted: str = _converter().convert(text)
    return converted


def slug(text: str) -> str:
    """Return a reading in ASCII that can stand in an address: ``李白诗集`` is ``li-bai-shi-ji``."""
    return "-".join(re.findall(r"[a-z0-9]+", " ".join(lazy_pinyin(text, errors="default")).lower()))


def is_name(text: str) -> bool:
    """Tell whether a text is made of common Chinese characters alone, so that any font shows it."""
    return bool(_HAN.fullmatch(text)) and len(text) <= 12


def syllables(line: str) -> list[str]:
    """Return the syllables of a line as gcin's voices are named: bopomofo, then the tone's number.

    The first tone has no number and the neutral one is 1; punctuation is left out.
    """
    readings = lazy_pinyin(" ".join(_HAN.findall(line)), style=Style.BOPOMOFO, errors="ignore")
    return [reading[:-1] + _TONES.get(reading[-1], reading[-1]) for reading in readings if reading]
