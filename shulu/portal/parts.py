"""The parts of an item as its page lists them: episodes, tracks, pages, with names, lengths and subtitles."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from shulu.catalogue import media
from shulu.catalogue.model import File, Item

_ONLY_COUNTED = re.compile(r"[A-Za-z]*[ _-]?[0-9]+")
_TONGUE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_DEFAULT_TONGUE = "zh-CN"


@dataclass(frozen=True, slots=True)
class Track:
    """The words of a part in time: a WebVTT file and its language (BCP 47)."""

    file: File
    language: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its file, its name ("" where it is only counted), its seconds where they are known."""

    file: File
    label: str
    duration: float | None
    tracks: tuple[Track, ...]


def parts_of(item: Item) -> list[Part]:
    """Return the parts of an item, in order; names and lengths are those that the record's ``parts`` say."""
    files = item.parts
    said = item.record.get("parts")
    told: Sequence[Any] = said if isinstance(said, list) and len(said) == len(files) else [None] * len(files)
    whole = seconds(item.record.get("duration")) if len(files) == 1 else None
    return [
        Part(
            file,
            str(_of(one, "title") or "") or _label(file),
            seconds(_of(one, "duration")) or whole,
            tuple(_tracks(item, file)),
        )
        for file, one in zip(files, told, strict=True)
    ]


def seconds(value: object) -> float | None:
    """Return a length in seconds; None where it is none, or makes no sense."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 < value < 1e7 else None


def clock(value: float) -> str:
    """Return a length as people read it: ``4:05``, ``1:02:03``."""
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _of(one: object, name: str) -> object:
    return one.get(name) if isinstance(one, Mapping) else None


def _label(file: File) -> str:
    """Return the name of a part's file as far as it says more than a number."""
    stem = PurePosixPath(file.path).stem
    return "" if _ONLY_COUNTED.fullmatch(stem) else stem


def _tracks(item: Item, part: File) -> list[Track]:
    """Return the WebVTT files that are called as a part is: ``1.vtt``, or with a language ``1.en.vtt``."""
    stem = f"{PurePosixPath(part.path).with_suffix('')}"
    found = []
    for file in item.files:
        if file.type == media.TYPES["vtt"] and file.path.startswith(f"{stem}."):
            between = file.path[len(stem) : -len(PurePosixPath(file.path).suffix)].lstrip(".")
            found.append(Track(file, between if _TONGUE.fullmatch(between) else _DEFAULT_TONGUE))
    return found
