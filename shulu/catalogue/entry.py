"""One record made ready for the index: all that is computed from it and its files alone."""

from __future__ import annotations

import re
from collections.abc import Collection as Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shulu.catalogue import media
from shulu.catalogue.fulltext import fulltext
from shulu.catalogue.normalise import is_cjk, runs
from shulu.catalogue.words import MAX_WORD, initials

_NAME = 60
_NO_LANGUAGE = {"zxx", "und", "mul", "mis"}
"""Codes of ISO 639 that name no language: no words, unknown, several, uncoded."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record's words and tokens, by where they are, its names, and the values that it is counted by."""

    kind: str
    year: str
    language: str
    title: list[str]
    rest: list[str]
    everything: list[str]
    text: str
    remarks: list[str]

    def initials(self) -> list[str]:
        """Return the initials in pinyin of the title's runs."""
        return initials(self.title)


def make(record: dict[str, Any], folder: Path, group: str) -> Entry:
    """Make a record ready; ``folder`` holds its files, ``group`` is the one of its collection."""
    kind = media.kind_of_record(record["files"], record.get("format", ""), group, record.get("type", ""))
    text, remarks = fulltext(folder, record["files"], kind)
    title = runs(record["title"])
    rest = runs("\n".join([*record.get("creator", ()), *record.get("subject", ())]))
    further = [record.get("description", ""), record.get("series", ""), record.get("place", ""), text]
    further += [part.get("title", "") for part in record.get("parts", ())]
    year = re.match("[0-9]{4}", record.get("date", ""))
    language = record.get("language", "")
    return Entry(
        kind,
        year[0] if year else "",
        "" if language in _NO_LANGUAGE else language,
        title,
        rest,
        [*title, *rest, *runs("\n".join(further))],
        text,
        remarks,
    )


def name_key(title: str) -> str:
    """Return what a name is looked up by: its runs, parted by spaces."""
    return " ".join(runs(title))[:_NAME]


def tokens(found: list[str], frequent: Container[str]) -> set[str]:
    """Return the tokens of runs that have postings of their own.

    These are all single Chinese characters, and what ``frequent`` has: with each sequence also its beginning.
    """
    chinese = " ".join(run for run in found if is_cjk(run))
    held = set(chinese)
    held.discard(" ")
    if frequent:
        for start in range(len(chinese) - 1):
            for end in range(start + 2, len(chinese) + 1):
                if (token := chinese[start:end]) not in frequent:
                    break
                held.add(token)
        for word in {run[:MAX_WORD] for run in found if not is_cjk(run)}:
            held.update(begun for size in range(1, len(word) + 1) if (begun := word[:size]) in frequent)
    return held
