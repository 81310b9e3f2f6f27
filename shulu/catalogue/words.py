"""How runs of text become the words of the index.

Chinese is written without spaces, so a run of characters becomes its overlapping pairs and its last
character alone: ``三国演义`` is ``三国 国演 演义 义``. A phrase of pairs then finds exactly the texts that
hold the query, and no phrase reaches over a punctuation mark, as no query has the lone last character.
"""

from __future__ import annotations

import functools
import itertools
import operator
import re
import string
import sys
from collections.abc import Iterable, Iterator

from shulu.catalogue.normalise import is_cjk, normalise, table

MAX_WORD = 64
"""Characters of a word that is not Chinese: what comes after them is not compared."""

_INITIALS = 12
_SPELLINGS = 8
"""A run of titles is indexed under so many sequences of initials at most. With this many, one of a thousand
titles with two words of several readings lacks its own; with four it is one of 150."""
_CHANGED = 2
"""More characters of a title are hardly ever read in another way than usual."""
_ORDERED, _DIGITS = 60, 9
LAST_KEY = chr(sys.maxunicode) * (_ORDERED + 1)
"""Comes behind every key of a title."""
_SPELT = string.ascii_lowercase + string.digits
_NUMBER = re.compile(r"0*([0-9]+)")


def pairs(run: str) -> list[str]:
    """Return the overlapping pairs of a run."""
    return list(map(operator.add, run, run[1:]))


def indexed(runs: Iterable[str]) -> str:
    """Return the words to index for the runs of a text, parted by spaces."""
    found: list[str] = []
    for run in runs:
        if is_cjk(run):
            found += map(operator.add, run, run[1:])
            found.append(run[-1])
        else:
            found.append(run[:MAX_WORD])
    return " ".join(found)


def phrase(run: str) -> str:
    """Return the FTS5 phrase that finds a run. Runs hold letters, digits and marks only, so quotes do."""
    if not is_cjk(run):
        return f'"{run[:MAX_WORD]}" *'
    return f'"{run}" *' if len(run) == 1 else f'"{" ".join(pairs(run))}"'


@functools.cache
def _letters() -> dict[str, str]:
    """Return the letters with which a character's readings begin, that of the usual one first."""
    letters = {character: line[0] for line in table("pinyin.txt") for character in line.lstrip(_SPELT)}
    for line in table("initials.txt"):
        for character in line[1:]:
            known = letters.get(character, "")
            if line[0] not in known:
                letters[character] = known + line[0]
    return letters


def initials(runs: Iterable[str]) -> list[str]:
    """Return the initials in pinyin of the Chinese runs of a title; several where characters are read so."""
    letters = _letters()
    found: dict[str, None] = {}
    for run in runs:
        readings = [letters.get(character, "") for character in run[:_INITIALS]]
        if len(run) > 1 and all(readings):
            found |= dict.fromkeys(itertools.islice(_spellings(readings), _SPELLINGS))
    return list(found)


def _spellings(readings: list[str]) -> Iterator[str]:
    """Yield what is spelt with the letters of each character, the likeliest first, as only few are kept.

    A title mostly has at most one character that is not read as usual, and that can be any.
    """
    usual = {at: letters[0] for at, letters in enumerate(readings)}
    others = [
        (rank, at, letter) for at, letters in enumerate(readings) for rank, letter in enumerate(letters)
    ]
    changes = [(at, letter) for rank, at, letter in sorted(others) if rank]
    for count in range(_CHANGED + 1):
        for chosen in map(dict, itertools.combinations(changes, count)):
            if len(chosen) == count:
                yield "".join((usual | chosen).values())


@functools.cache
def _ranks() -> dict[int, int]:
    """Return for each character another of the same number, so that they are ordered by their readings."""
    ordered = [ord(character) for line in table("pinyin.txt") for character in line.lstrip(_SPELT)]
    return dict(zip(ordered, sorted(ordered), strict=True))


def order_key(title: str) -> str:
    """Return what titles are ordered by: numbers by their size, Latin, then Chinese by its pinyin."""
    plain = _NUMBER.sub(_sized, " ".join(normalise(title).split()))
    return plain[:_ORDERED].translate(_ranks())


@functools.cache
def order_letters() -> list[tuple[str, str]]:
    """Return the letters of pinyin, and from which key on titles begin with each; "" begins with Latin's."""
    ranks, found = _ranks(), {"": ""}
    for line in table("pinyin.txt"):
        found.setdefault(line[0].upper(), chr(ranks[ord(line.lstrip(_SPELT)[0])]))
    return list(found.items())


def _sized(number: re.Match[str]) -> str:
    return f"{min(len(number[1]), _DIGITS)}{number[1]}"
