"""Rows of the catalogue, made by worker processes: reading and cutting up texts takes longer than writing."""

from __future__ import annotations

import itertools
import os
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from shulu.catalogue.entry import Entry, make, name_key, tokens
from shulu.catalogue.reading import Part, Read, read
from shulu.catalogue.schema import KIND_CREATOR, KIND_INITIALS, KIND_TITLE
from shulu.catalogue.words import indexed, order_key
from shulu.findings import Finding
from shulu.orphans import end_with

TEXT_PART = 8192
"""Characters of a text that are kept together, for snippets."""

PART_LINES = 200
"""Records that a worker makes ready at a time."""
_AHEAD = 4
_MOST_WORKERS = 4


class Row(NamedTuple):
    """One record, ready to be written; words and tokens are parted by spaces."""

    where: str
    record: dict[str, Any]
    line: str
    sizes: list[int]
    kind: str
    year: str
    language: str
    heads: tuple[str, str, str]
    words: str
    tokens: tuple[str, str, str]
    texts: list[bytes]
    order: str
    names: list[tuple[str, int, str]]
    remarks: list[str]


class Made(NamedTuple):
    """What a part of a bag holds, and what is wrong with it."""

    rows: list[Row]
    findings: list[Finding]


class Workers:
    """Processes that make rows; they end with this one, however that ends."""

    def __init__(self, frequent: frozenset[str]) -> None:
        self._frequent = frequent
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def rows(self, parts: Iterator[Part], group: str) -> Iterator[Made]:
        """Yield what parts of a bag hold, in their order; some of them are under way at any time."""
        under_way: list[Future[Made]] = []
        alone = list(itertools.islice(parts, 1))
        if not (following := list(itertools.islice(parts, 1))):
            yield from (_made(part, group, self._frequent) for part in alone)
            return
        for part in itertools.chain(alone, following, parts):
            under_way.append(self._started().submit(_work, part, group))
            if len(under_way) > _AHEAD:
                yield under_way.pop(0).result()
        for future in under_way:
            yield future.result()

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = get_context("fork" if threading.active_count() == 1 else "spawn")
            workers = min(_MOST_WORKERS, len(os.sched_getaffinity(0)))
            self._pool = ProcessPoolExecutor(workers, context, _begin, (os.getpid(), self._frequent))
        return self._pool


_held: frozenset[str] = frozenset()


def _begin(parent: int, frequent: frozenset[str]) -> None:
    global _held  # noqa: PLW0603 - a worker process's own
    end_with(parent)
    _held = frequent


def _work(part: Part, group: str) -> Made:
    return _made(part, group, _held)


def _made(part: Part, group: str, frequent: frozenset[str]) -> Made:
    found, findings = read(part)
    return Made([_row(one, part.files, group, frequent) for one in found], findings)


def _row(one: Read, folder: Path, group: str, frequent: frozenset[str]) -> Row:
    record = one.record
    entry = make(record, folder, group)
    title = tokens(entry.title, frequent)
    head = tokens(entry.rest, frequent) | title
    everywhere = tokens(entry.everything, frequent)
    initials = entry.initials()
    return Row(
        one.where,
        record,
        one.line,
        one.sizes,
        entry.kind,
        entry.year,
        entry.language,
        (indexed(entry.title), indexed(entry.rest), " ".join(initials)),
        indexed(entry.everything),
        (" ".join(everywhere), " ".join(head), " ".join(title)),
        [zlib.compress(part.encode(), 4) for part in _parts(entry.text)],
        order_key(record["title"]),
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
