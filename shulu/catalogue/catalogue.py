"""Open a catalogue; what is in it, an audience sees through a view."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

from shulu.catalogue.model import Unreadable
from shulu.catalogue.schema import CATALOGUE_FILE, FORMAT
from shulu.catalogue.view import View
from shulu.content.licence import Audience


class Catalogue:
    """A release's catalogue, opened read-only. Not for more than one thread at a time."""

    def __init__(self, release_folder: Path) -> None:
        """Open ``catalogue.db`` of a release's folder; raises Unreadable."""
        path = release_folder / CATALOGUE_FILE
        try:
            # Immutable: no locks and no look for a journal; a new release has a new file.
            self._db = sqlite3.connect(f"file:{quote(str(path))}?immutable=1&mode=ro", uri=True)
            found = self._db.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error as error:
            raise Unreadable(f"{path}: {error}") from error
        if found != FORMAT:
            self._db.close()
            raise Unreadable(f"{path} has the format {found}, this program reads {FORMAT}")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def view(self, audience: Audience) -> View:
        """Return what this audience may see: whatever it may not read does not exist there."""
        return View(self._db, audience)
