"""Search the catalogue: the exact number of hits, and a page of them, titles first.

A query's words must all be in a record, in its title, creators, subjects or description: a run of Chinese
characters as it stands, any other word as the beginning of a word.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from shulu.catalogue.normalise import is_cjk, pairs, runs

PAGE_SIZE = 20
MAX_WORDS = 16
"""Further words of a query are not looked for."""

_RANKED = 3000
"""Beyond as many hits they stay in the catalogue's order: bm25 weighs each, which takes a second for 的."""
_PAGE = "SELECT rowid FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ? ORDER BY "
_BY_WEIGHT = _PAGE + "bm25(search, 8, 1, 8, 1), rowid LIMIT ? OFFSET ?"
_BY_NUMBER = _PAGE + "rowid LIMIT ? OFFSET ?"
_EVERYTHING = (0, (1 << 63) - 1)


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of a search: the number of all hits, the page that was given, the numbers of its records."""

    total: int
    page: int
    pages: int
    numbers: tuple[int, ...]


def search(db: sqlite3.Connection, query: str, collection: str | None = None, page: int = 1) -> Hits:
    """Look for a query in the whole catalogue or in one collection; pages count from 1.

    A page beyond the last gives the last. A query without any letter or digit finds nothing, as does a
    collection that is not there.
    """
    wanted = _words(query)
    span = _EVERYTHING if collection is None else _span(db, collection)
    if not wanted or span is None:
        return Hits(0, 1, 1, ())
    anywhere = _match(wanted, "title body", "title_characters body_characters")
    in_title = _match(wanted, "title", "title_characters")
    total = _count(db, anywhere, span)
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, page), pages)
    statement = _BY_WEIGHT if total <= _RANKED else _BY_NUMBER
    offset = (page - 1) * PAGE_SIZE
    numbers: list[int] = []
    titles = _count(db, in_title, span)
    if offset < titles:
        numbers += _column(db.execute(statement, (in_title, *span, PAGE_SIZE, offset)))
    if len(numbers) < PAGE_SIZE:
        rest = f"({anywhere}) NOT ({in_title})"
        window = (PAGE_SIZE - len(numbers), max(0, offset - titles))
        numbers += _column(db.execute(statement, (rest, *span, *window)))
    return Hits(total, page, pages, tuple(numbers))


def _words(query: str) -> list[str]:
    return list(dict.fromkeys(runs(query)))[:MAX_WORDS]


def _match(wanted: list[str], columns: str, character_columns: str) -> str:
    """Return an FTS5 expression. Words hold letters, digits and marks only, so quotes do."""
    parts = []
    for word in wanted:
        if not is_cjk(word):
            parts.append(f'({{{columns}}} : "{word}" *)')
        elif len(word) == 1:
            parts.append(f'({{{character_columns}}} : "{word}")')
        else:
            parts.append(f'({{{columns}}} : "{" ".join(pairs(word))}")')
    return " AND ".join(parts)


def _span(db: sqlite3.Connection, collection: str) -> tuple[int, int] | None:
    row: tuple[int, int] | None = db.execute(
        "SELECT first, last FROM collections WHERE id = ?", (collection,)
    ).fetchone()
    return row


def _count(db: sqlite3.Connection, match: str, span: tuple[int, int]) -> int:
    statement = "SELECT count(*) FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ?"
    count: int = db.execute(statement, (match, *span)).fetchone()[0]
    return count


def _column(rows: Iterable[tuple[int]]) -> list[int]:
    return [number for (number,) in rows]
