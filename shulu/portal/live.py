"""The catalogue of what is live, noticed anew at every request, so that a switch needs no restart."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

from shulu.catalogue.catalogue import Catalogue, Identity, identity_of
from shulu.catalogue.model import Unreadable
from shulu.catalogue.schema import CATALOGUE_FILE

_Made = TypeVar("_Made")
_MOST_REMEMBERED = 1000
"""A guard against growing without end: audiences and days come anew."""


class Away(Exception):  # noqa: N818 - a state, not a fault
    """What is asked for lies on a disk that is not plugged in just now."""


class Live:
    """Gives each thread its own connection to ``<store>/live/catalogue.db``."""

    def __init__(self, store: Path) -> None:
        self._folder = store / "live"
        self._local = threading.local()
        self._made: tuple[Identity | None, dict[Hashable, Any]] = (None, {})

    def is_away(self, bag: str) -> bool:
        """Tell whether a bag is live and lies on a disk that is not plugged in just now."""
        link = self._folder / "bags" / bag
        return os.path.islink(link) and not os.path.isdir(link)  # noqa: PTH112, PTH114 - False for a disk's I/O errors

    @property
    def folder(self) -> Path:
        """The folder of the release that is live."""
        return self._folder

    def identity(self) -> Identity:
        """Return what is another for each live catalogue; raises Unreadable where nothing is live yet."""
        path = self._folder / CATALOGUE_FILE
        try:
            return identity_of(path)
        except OSError as error:
            raise Unreadable(f"{path}: {error.strerror}") from error

    def remembered(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """Return what ``make`` made of the live catalogue for a key, without making it twice.

        For what every page asks and only a new catalogue changes; raises Unreadable as ``catalogue`` does.
        """
        identity = self.identity()
        made = self._made
        if made[0] != identity or len(made[1]) >= _MOST_REMEMBERED:
            made = self._made = (identity, {})
        if key not in made[1]:
            made[1][key] = make()
        value: _Made = made[1][key]
        return value

    def catalogue(self) -> Catalogue:
        """Return the catalogue that is live now; raises Unreadable where nothing is live yet."""
        identity = self.identity()
        held: Catalogue | None = getattr(self._local, "held", None)
        if held is not None:
            if held.identity == identity:
                return held
            held.close()
            self._local.held = None
        self._local.held = held = Catalogue(self._folder)
        return held
