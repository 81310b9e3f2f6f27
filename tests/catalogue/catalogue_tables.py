"""Makes the tables of shulu/catalogue/tables from their sources when it is run."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from pathlib import Path

import opencc
from pypinyin.constants import PINYIN_DICT

FOLDER = Path(__file__).parents[2] / "shulu/catalogue/tables"
_READINGS = 3
"""Further readings of a character are rare or dialect."""
_TONES = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}
_FIRST_LEVEL = b"".join(bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)).decode(
    "gb2312", "ignore"
)


def variants() -> str:
    """Return the simplified characters, each with the traditional ones that are written so."""
    convert = opencc.OpenCC("t2s").convert
    found = defaultdict(list)
    for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0x20000, 0x323B0)):
        character = chr(code)
        simple = convert(character)
        while (further := convert(simple)) != simple:
            simple = further
        if simple != character and len(simple) == 1:
            found[simple].append(character)
    lines = (simple + "".join(found[simple]) for simple in sorted(found))
    head = (
        "# From OpenCC (t2s, single characters), Apache-2.0: a character, then those that are written so.\n"
    )
    return head + "".join(f"{line}\n" for line in lines)


def initials() -> str:
    """Return the letters with which the readings of characters begin, each with its characters."""
    known = {character for line in variants().splitlines()[1:] for character in line[1:]}
    found = defaultdict(list)
    for code in range(0x4E00, 0xA000):
        if chr(code) not in known and code in PINYIN_DICT:
            readings = PINYIN_DICT[code].split(",")[:_READINGS]
            plain = (unicodedata.normalize("NFD", reading)[0] for reading in readings)
            for letter in dict.fromkeys(letter for letter in plain if "a" <= letter <= "z"):
                found[letter].append(chr(code))
    head = "# From pypinyin, MIT: a letter, then the characters that have a reading which begins with it.\n"
    return head + "".join(f"{letter}{''.join(found[letter])}\n" for letter in sorted(found))


def pinyin() -> str:
    """Return the readings of characters in their order, each with its characters.

    A character is listed once. Those of the first level of GB 2312 have the reading by which that standard
    orders them, all others their first.
    """
    known = {character for line in variants().splitlines()[1:] for character in line[1:]}
    readings = {
        chr(code): [_spelt(reading) for reading in PINYIN_DICT[code].split(",")]
        for code in range(0x4E00, 0xA000)
        if chr(code) not in known and code in PINYIN_DICT
    }
    chosen = {character: spelt[0] for character, spelt in readings.items()}
    here = ""
    for character in _FIRST_LEVEL:
        behind = [spelt for spelt in readings.get(character, ()) if spelt[:-1] >= here]
        if behind:
            chosen[character] = min(behind, key=lambda spelt: spelt[:-1])
            here = chosen[character][:-1]
    found = defaultdict(list)
    for character, spelt in sorted(chosen.items()):
        found[spelt].append(character)
    head = "# From pypinyin, MIT: a reading with its tone, then the characters that are read so, in order.\n"
    return head + "".join(f"{spelt}{''.join(found[spelt])}\n" for spelt in sorted(found))


def _spelt(reading: str) -> str:
    """Return a reading as it is compared: its letters, and its tone as a digit, 5 for none."""
    plain = unicodedata.normalize("NFD", reading)
    tone = next((digit for mark, digit in _TONES.items() if mark in plain), "5")
    return "".join(letter for letter in plain if "a" <= letter <= "z") + tone


if __name__ == "__main__":
    (FOLDER / "variants.txt").write_text(variants())
    (FOLDER / "initials.txt").write_text(initials())
    (FOLDER / "pinyin.txt").write_text(pinyin())
