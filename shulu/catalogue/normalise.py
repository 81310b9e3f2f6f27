"""How a text becomes what is compared: one form for whatever a reader takes for the same.

NFKC makes full and half width one; traditional characters become the simplified ones that they are written
as today (``tables/variants.txt``), in the index and in a query alike. What is neither letter, digit nor mark
parts words and is not compared.
"""

from __future__ import annotations

import re
import unicodedata
from importlib import resources

_CJK = (
    "\u3005\u3007\u3021-\u3029\u3040-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUN = re.compile(rf"[{_CJK}]+|[^{_CJK}\s]+")
_FIRST_IS_CJK = re.compile(rf"[{_CJK}]")


def table(name: str) -> list[str]:
    """Return the lines of one of the tables, the remark at its head left out."""
    text = resources.files("shulu.catalogue").joinpath("tables", name).read_text(encoding="utf-8")
    return text.split("\n")[1:-1]


class _Invisible(dict[int, int | None]):
    """Takes out what is not seen and must not part a word: format characters, variation selectors."""

    def __missing__(self, code: int) -> int | None:
        selector = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
        self[code] = None if selector or unicodedata.category(chr(code)) == "Cf" else code
        return self[code]


class _Compared(dict[int, int]):
    """Leaves letters, digits and marks, as Tibetan and Thai vowels are, simplified; the rest is a space."""

    def __missing__(self, code: int) -> int:
        self[code] = code if unicodedata.category(chr(code))[0] in "LNM" else 0x20
        return self[code]


_INVISIBLE = _Invisible()
_COMPARED = _Compared((ord(other), ord(line[0])) for line in table("variants.txt") for other in line[1:])


def normalise(text: str) -> str:
    """Return a text as it is compared: NFKC, lower case, simplified, words parted by spaces, nothing else."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_INVISIBLE))
    text = text.lower()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.translate(_COMPARED)


def runs(text: str) -> list[str]:
    """Return the runs of a text in their order: Chinese (or kana) characters, or one other word each."""
    return _RUN.findall(normalise(text))


def is_cjk(run: str) -> bool:
    """Tell whether a run is of characters that are written without spaces."""
    return _FIRST_IS_CJK.match(run) is not None
