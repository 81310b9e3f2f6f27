"""How a text becomes the words of the index, and a reader's query the words to look for.

Chinese is written without spaces, so a run of characters becomes its overlapping pairs and its last
character alone: ``三国演义`` is ``三国 国演 演义 义``. A phrase of pairs then finds exactly the texts that
hold the query, and no phrase reaches over a punctuation mark, as no query has the lone last character.
Single characters are looked up in a column of their own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

_CJK = (
    "\u3005\u3007\u3021-\u3029\u3040-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUN = re.compile(rf"[{_CJK}]+|[^{_CJK}\s]+")
_FIRST_IS_CJK = re.compile(rf"[{_CJK}]")


class _Invisible(dict[int, int | None]):
    """Takes out what is not seen and must not part a word: format characters, variation selectors."""

    def __missing__(self, code: int) -> int | None:
        selector = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
        self[code] = None if selector or unicodedata.category(chr(code)) == "Cf" else code
        return self[code]


class _Separators(dict[int, int | None]):
    """Leaves letters, digits and marks, as Tibetan and Thai vowels are; the rest is a space."""

    def __missing__(self, code: int) -> int | None:
        self[code] = code if unicodedata.category(chr(code))[0] in "LNM" else 0x20
        return self[code]


_INVISIBLE = _Invisible()
_SEPARATORS = _Separators()


def normalise(text: str) -> str:
    """Return a text as it is compared: NFKC, lower case, words parted by spaces, nothing else."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_INVISIBLE))
    text = text.lower()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.translate(_SEPARATORS)


def runs(text: str) -> list[str]:
    """Return the runs of a text in their order: Chinese (or kana) characters, or one other word each."""
    return _RUN.findall(normalise(text))


def is_cjk(run: str) -> bool:
    """Tell whether a run is of characters that are written without spaces."""
    return _FIRST_IS_CJK.match(run) is not None


def pairs(run: str) -> Iterator[str]:
    """Yield the overlapping pairs of a run."""
    return (run[place : place + 2] for place in range(len(run) - 1))


def words(found: Iterable[str]) -> str:
    """Return the words to index for the runs of a text, parted by spaces."""
    indexed: list[str] = []
    for run in found:
        if is_cjk(run):
            indexed.extend(pairs(run))
            indexed.append(run[-1])
        else:
            indexed.append(run)
    return " ".join(indexed)


def characters(found: Iterable[str]) -> str:
    """Return the distinct characters of a text's Chinese runs, sorted and parted by spaces."""
    return " ".join(sorted({character for run in found if is_cjk(run) for character in run}))
