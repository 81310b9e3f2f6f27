"""Look up the words of a query: which records have all of them, and where.

A run of Chinese characters must stand in a record as it is written, any other word must begin a word there.
Frequent runs and single characters are looked up in bitmaps, all others in the index.
"""

from __future__ import annotations

import json
import sqlite3
import zlib

from shulu.catalogue.hits import Few, Hits, Many
from shulu.catalogue.layout import Layout
from shulu.catalogue.normalise import is_cjk, runs
from shulu.catalogue.schema import ANYWHERE, HEAD, TITLE
from shulu.catalogue.words import MAX_WORD, phrase

MAX_WORDS = 16
"""Further words of a query are not looked for."""
MAX_RUN = 64
"""A longer run of Chinese characters is not looked for beyond them."""

_INDEX = {ANYWHERE: ("search", ""), HEAD: ("heads", "{title rest} : "), TITLE: ("heads", "title : ")}
_LEAST_INITIALS = 2


class Index:
    """The index of a catalogue; ``layout`` says what is where. Not for more than one thread at a time."""

    def __init__(self, db: sqlite3.Connection, layout: Layout) -> None:
        self._db = db
        self._layout = layout
        self._frequent = {token for (token,) in db.execute("SELECT token FROM frequent")}

    def find(self, words: list[str], level: str = ANYWHERE) -> Hits:
        """Return the records that have all words at a level: in the title, the head, or anywhere."""
        rare = [word for word in words if not self._has_postings(word)]
        found: Hits | None = None
        for word in words:
            if self._has_postings(word):
                many = self._postings(level + word)
                found = many if found is None else found & many
        if rare:
            few = self._matches(rare, level)
            found = few if found is None else few & found
        return found if found is not None else Few([])

    def by_initials(self, word: str) -> Hits:
        """Return the records with a run of the title whose initials in pinyin begin so."""
        if len(word) < _LEAST_INITIALS or not (word.isascii() and word.isalpha()):
            return Few([])
        return self._run("heads", f'initials : "{word}" *')

    def _has_postings(self, word: str) -> bool:
        return word in self._frequent or (len(word) == 1 and is_cjk(word))

    def _postings(self, token: str) -> Many:
        """Join the bitmaps of a token's blocks."""
        layout = self._layout
        rows = dict(self._db.execute("SELECT block, bits FROM postings WHERE token = ?", (token,)).fetchall())
        parts = []
        for span in layout.spans:
            size = -(-span.count // 8)
            bits = rows.get(span.block)
            if bits is None:
                parts.append(bytes(size))
            else:
                parts.append(bits if len(bits) == size else zlib.decompress(bits))
        return Many(int.from_bytes(b"".join(parts), "little"), layout.width)

    def _matches(self, words: list[str], level: str) -> Few:
        table, columns = _INDEX[level]
        return self._run(table, " AND ".join(f"({columns}{phrase(word)})" for word in words))

    def _run(self, table: str, match: str) -> Few:
        # One row, made while other threads run: stepping through many would wait for them at each.
        (found,) = self._db.execute(
            f"SELECT json_group_array(rowid) FROM {table} WHERE {table} MATCH ?",  # noqa: S608
            (match,),
        ).fetchone()
        return Few(sorted(self._layout.places(json.loads(found))))


def words_of(query: str) -> list[str]:
    """Return the words of a query that are looked for."""
    found = (run[:MAX_RUN] if is_cjk(run) else run[:MAX_WORD] for run in runs(query))
    return list(dict.fromkeys(found))[:MAX_WORDS]
