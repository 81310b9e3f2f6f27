"""The catalogue of what is live, noticed anew at every request, so that a switch needs no restart."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from shulu.catalogue.catalogue import Catalogue
from shulu.catalogue.model import Unreadable
from shulu.catalogue.schema import CATALOGUE_FILE

_Identity = tuple[int, int, int]


class Away(Exception):  # noqa: N818 - a state, not a fault
    """What is asked for lies on a disk that is not plugged in just now."""


class Live:
    """Gives each thread its own connection to ``<store>/live/catalogue.db``."""

    def __init__(self, store: Path) -> None:
        self._folder = store / "live"
        self._local = threading.local()

    def is_away(self, bag: str) -> bool:
        """Tell whether a bag is live and lies on a disk that is not plugged in just now."""
        link = self._folder / "bags" / bag
        return os.path.islink(link) and not os.path.isdir(link)  # noqa: PTH112, PTH114 - False for a disk's I/O errors

    def catalogue(self) -> Catalogue:
        """Return the catalogue that is live now; raises Unreadable where nothing is live yet."""
        path = self._folder / CATALOGUE_FILE
        try:
            status = os.stat(path)  # noqa: PTH116 - once a request; Path.stat() does the same more slowly
        except OSError as error:
            raise Unreadable(f"{path}: {error.strerror}") from error
        identity: _Identity = (status.st_dev, status.st_ino, status.st_mtime_ns)
        held: tuple[_Identity, Catalogue] | None = getattr(self._local, "held", None)
        if held is not None:
            if held[0] == identity:
                return held[1]
            held[1].close()
            self._local.held = None
        catalogue = Catalogue(self._folder)
        self._local.held = (identity, catalogue)
        return catalogue
