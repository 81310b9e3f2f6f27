"""Open a catalogue; what is in it, an audience sees through a view."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path
from urllib.parse import quote

from shulu.catalogue.items import file_licences
from shulu.catalogue.layout import Layout
from shulu.catalogue.model import Licensed, Unreadable
from shulu.catalogue.schema import CATALOGUE_FILE, FORMAT
from shulu.catalogue.search import Index
from shulu.catalogue.terms import Terms
from shulu.catalogue.view import View
from shulu.content.licence import Audience, Licence

Identity = tuple[int, int, int]
"""Device, inode and moment of the last write: another for each catalogue that goes live."""


def identity_of(path: Path) -> Identity:
    """Return which catalogue it is that this path leads to now; raises OSError."""
    status = os.stat(path)  # noqa: PTH116 - once a request; Path.stat() does the same more slowly
    return (status.st_dev, status.st_ino, status.st_mtime_ns)


class Catalogue:
    """A release's catalogue, opened read-only. Not for more than one thread at a time."""

    def __init__(self, release_folder: Path) -> None:
        """Open ``catalogue.db`` of a release's folder; raises Unreadable."""
        path = release_folder / CATALOGUE_FILE
        try:
            self.identity, self._db = _opened(path)
        except (sqlite3.Error, OSError) as error:
            raise Unreadable(f"{path}: {error}") from error
        try:
            found = self._db.execute("PRAGMA user_version").fetchone()[0]
            if found != FORMAT:
                raise Unreadable(f"{path} has the format {found}, this program reads {FORMAT}")
            self._layout, self._terms = _shared(self.identity, self._db)
            self._index = Index(self._db, self._layout)
        except sqlite3.Error as error:
            self._db.close()
            raise Unreadable(f"{path}: {error}") from error
        except Unreadable:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def view(self, audience: Audience) -> View:
        """Return what this audience may see: whatever it may not read does not exist there."""
        return View(self._db, self._layout, self._terms, self._index, audience)

    def licences(self) -> list[Licensed]:
        """Return the bags with their licences, whoever may read them."""
        rows = self._db.execute("SELECT id, version FROM bags ORDER BY id").fetchall()
        terms = self._terms
        return [Licensed(bag, version, terms.of(bag), terms.is_one(bag)) for bag, version in rows]

    def files(self, bag: str) -> dict[str, Licence]:
        """Return the files that a bag's records name, with their licences. It takes long: remember them."""
        return file_licences(self._db, bag)


def _opened(path: Path) -> tuple[Identity, sqlite3.Connection]:
    """Open a file and tell which it is; raises OSError and sqlite3.Error."""
    while True:
        found = identity_of(path)
        # Immutable: no locks and no look for a journal; a new release has a new file.
        db = sqlite3.connect(f"file:{quote(str(path))}?immutable=1&mode=ro", uri=True)
        # Another release may have become live in between: then nobody knows which of both was opened.
        if identity_of(path) == found:
            return found, db
        db.close()


_lock = threading.Lock()
_held: tuple[Identity, tuple[Layout, Terms]] | None = None


def _shared(identity: Identity, db: sqlite3.Connection) -> tuple[Layout, Terms]:
    """Return what all threads share of a catalogue; only that of the last file is kept."""
    global _held  # noqa: PLW0603 - one for the process
    with _lock:
        if _held is None or _held[0] != identity:
            layout = Layout(db)
            _held = (identity, (layout, Terms(db, layout)))
        return _held[1]
