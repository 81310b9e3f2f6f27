"""Search the catalogue: the exact number of hits, and a page of them, titles first.

A query's words must all be in a record, in its title, creators, subjects or description: a run of Chinese
characters as it stands, any other word as the beginning of a word.
"""

from __future__ import annotations

import sqlite3

from shulu.catalogue.normalise import is_cjk, pairs, runs

PAGE_SIZE = 20
MAX_WORDS = 16
"""Further words of a query are not looked for."""


def matches(db: sqlite3.Connection, query: str) -> list[int]:
    """Return the numbers of all hits, titles first. A query without letter or digit has none."""
    wanted = _words(query)
    if not wanted:
        return []
    anywhere = _match(wanted, "title body", "title_characters body_characters")
    in_title = _match(wanted, "title", "title_characters")
    titles = _numbers(db, in_title)
    return titles + sorted(set(_numbers(db, anywhere)) - set(titles))


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


def _numbers(db: sqlite3.Connection, match: str) -> list[int]:
    statement = "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid"
    return [number for (number,) in db.execute(statement, (match,))]
