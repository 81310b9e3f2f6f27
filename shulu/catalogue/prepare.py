"""Rows of the catalogue, made by worker processes: reading and cutting up texts takes longer than writing."""

from __future__ import annotations

import json
import os
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from shulu.catalogue.entry import Entry, make, name_key, tokens
from shulu.catalogue.schema import KIND_CREATOR, KIND_INITIALS, KIND_TITLE
from shulu.catalogue.words import indexed
from shulu.orphans import end_with

TEXT_PART = 8192
"""Characters of a text that are kept together, for snippets."""

_CHUNK = 200
_AHEAD = 4
_MOST_WORKERS = 4


class Row(NamedTuple):
    """One record, ready to be written; words and tokens are parted by spaces."""

    record: dict[str, Any]
    sizes: list[int]
    kind: str
    year: str
    language: str
    heads: tuple[str, str, str]
    words: str
    tokens: tuple[str, str, str]
    texts: list[bytes]
    names: list[tuple[str, int, str]]
    remarks: list[str]


@dataclass(frozen=True, slots=True)
class Frequent:
    """The tokens with postings of their own; ``longer`` has those of three characters or more."""

    tokens: frozenset[str] = frozenset()
    longer: tuple[str, ...] = ()

    @classmethod
    def of(cls, found: set[str]) -> Frequent:
        """Sort out the longer ones."""
        return cls(frozenset(found), tuple(sorted(token for token in found if len(token) > 2)))


class Workers:
    """Processes that make rows; they end with this one, however that ends."""

    def __init__(self, frequent: Frequent) -> None:
        self._frequent = frequent
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def rows(
        self, records: Iterator[tuple[dict[str, Any], list[int]]], folder: Path, group: str
    ) -> Iterator[Row]:
        """Yield the rows of records, in their order; a part of them is under way at any time."""
        under_way: list[Future[list[Row]]] = []
        part: list[tuple[dict[str, Any], list[int]]] = []
        for record in records:
            part.append(record)
            if len(part) == _CHUNK:
                under_way.append(self._started().submit(_rows, part, folder, group))
                part = []
                if len(under_way) > _AHEAD:
                    yield from under_way.pop(0).result()
        for future in under_way:
            yield from future.result()
        for record in part:
            yield _row(*record, folder, group, self._frequent)

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = get_context("fork" if threading.active_count() == 1 else "spawn")
            workers = min(_MOST_WORKERS, len(os.sched_getaffinity(0)))
            self._pool = ProcessPoolExecutor(workers, context, _begin, (os.getpid(), self._frequent))
        return self._pool


_held = Frequent()


def _begin(parent: int, frequent: Frequent) -> None:
    global _held  # noqa: PLW0603 - a worker process's own
    end_with(parent)
    _held = frequent


def _rows(part: list[tuple[dict[str, Any], list[int]]], folder: Path, group: str) -> list[Row]:
    return [_row(record, sizes, folder, group, _held) for record, sizes in part]


def _row(record: dict[str, Any], sizes: list[int], folder: Path, group: str, frequent: Frequent) -> Row:
    entry = make(record, folder, group)
    title = tokens(entry.title, frequent.tokens, frequent.longer)
    head = tokens(entry.rest, frequent.tokens, frequent.longer) | title
    everywhere = tokens(entry.everything, frequent.tokens, frequent.longer)
    initials = entry.initials()
    return Row(
        record,
        sizes,
        entry.kind,
        entry.year,
        entry.language,
        (indexed(entry.title), indexed(entry.rest), " ".join(initials)),
        indexed(entry.everything),
        (" ".join(everywhere), " ".join(head), " ".join(title)),
        [zlib.compress(part.encode(), 6) for part in _parts(entry.text)],
        list(_names(record, entry, initials)),
        entry.remarks,
    )


def _parts(text: str) -> Iterator[str]:
    return (text[start : start + TEXT_PART] for start in range(0, len(text), TEXT_PART))


def _names(record: dict[str, Any], entry: Entry, initials: list[str]) -> Iterator[tuple[str, int, str]]:
    title = record["title"]
    if key := name_key(title):
        yield key, KIND_TITLE, title
    for creator in dict.fromkeys(record.get("creator", ())):
        if key := name_key(creator):
            yield key, KIND_CREATOR, creator
    for spelt in initials:
        yield spelt, KIND_INITIALS, title


def encode(record: dict[str, Any]) -> str:
    """Return a record as it is kept."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))
