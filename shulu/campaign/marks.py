"""What a library is marked with on a page: a sign and words, so that colour is never all that tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """``sign`` is one Chinese character, ``colour`` carries white text (contrast 4.5 or more)."""

    word: str
    sign: str
    zh: str
    en: str
    colour: str
    wrong: bool = False
