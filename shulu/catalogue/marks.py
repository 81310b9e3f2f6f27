"""Where the words of a query stand in a text, as the text was written: for titles and for snippets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from shulu.catalogue.model import Piece, Snippet
from shulu.catalogue.normalise import is_cjk, normalise
from shulu.catalogue.search import words_of

_BEFORE, _LENGTH = 24, 90
_MORE = (Piece("…"),)
_SPACE = re.compile(r"\s+")


def marked(text: str, query: str) -> Snippet:
    """Return a text in pieces, those that are a word of the query marked."""
    pattern = _asked(query)
    return _pieces(text, pattern) if pattern else (Piece(text),)


def holds(text: str, words: list[str]) -> bool:
    """Tell whether a text has one of the words."""
    pattern = _pattern(tuple(words))
    if pattern is None:
        return False
    return (pattern.search(text) or pattern.search(_folded(text)[0])) is not None


def snippet(texts: Iterable[str], words: list[str]) -> Snippet:
    """Cut out where words stand first, of the first text that has one; () where none has any."""
    pattern = _pattern(tuple(words))
    if pattern is None:
        return ()
    looked_at: list[str] = []
    # Most texts have a word as it is compared: folding all that comes before it would take ten times as long.
    for text in texts:
        if found := pattern.search(text):
            return _cut(text, found.start(), pattern)
        looked_at.append(text)
    for text in looked_at:
        folded, places = _folded(text)
        if found := pattern.search(folded):
            return _cut(text, places[found.start()] if places else found.start(), pattern)
    return ()


def _cut(text: str, place: int, pattern: re.Pattern[str]) -> Snippet:
    begin = max(0, place - _BEFORE)
    pieces = _pieces(_SPACE.sub(" ", text[begin : begin + _LENGTH]).strip(), pattern)
    before, behind = (_MORE if begin else ()), (_MORE if begin + _LENGTH < len(text) else ())
    return (*before, *pieces, *behind)


@lru_cache(maxsize=256)
def _asked(query: str) -> re.Pattern[str] | None:
    return _pattern(tuple(words_of(query)))


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    longest = sorted(words, key=len, reverse=True)
    parts = (word if is_cjk(word) else rf"(?<![^\W{_CJK_LETTERS}]){word}" for word in longest)
    return re.compile("|".join(parts)) if words else None


_CJK_LETTERS = "\u3005-\u312f\u31a0-\u31ff\u3400-\u9fff\U00020000-\U0003ffff"


def _pieces(text: str, pattern: re.Pattern[str]) -> Snippet:
    folded, places = _folded(text)
    pieces: list[Piece] = []
    last = 0
    for found in pattern.finditer(folded):
        begin, end = found.span()
        if places:
            begin, end = places[begin], places[end - 1] + 1
        if begin > last:
            pieces.append(Piece(text[last:begin]))
        if end > last:
            pieces.append(Piece(text[max(begin, last) : end], True))
            last = end
    if last < len(text):
        pieces.append(Piece(text[last:]))
    return tuple(pieces)


def _folded(text: str) -> tuple[str, list[int]]:
    """Return a text as it is compared, and where each of its characters comes from; [] where in its place."""
    # Character by character from what is remembered: a third of the time of normalise().
    characters = list(map(_CHARACTERS.__getitem__, text))
    folded = "".join(characters)
    if set(map(len, characters)) <= {1}:
        return folded, []
    return folded, [place for place, folded in enumerate(characters) for _ in folded]


class _Characters(dict[str, str]):
    """Single characters as they are compared, remembered: a text has few, again and again."""

    def __missing__(self, character: str) -> str:
        self[character] = normalise(character)
        return self[character]


_CHARACTERS = _Characters()
