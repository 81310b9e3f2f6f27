"""A catalogue as readers on a library's LAN see it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from shulu.catalogue.catalogue import Catalogue
from shulu.catalogue.view import View
from shulu.content.licence import Audience

TODAY = date(2026, 11, 23)


class Opened(View):
    """The view of a release's folder for an audience, with its file's end."""

    def __init__(self, folder: Path, scope: str = "lan", today: date = TODAY) -> None:
        self.catalogue = Catalogue(folder)
        self.__dict__.update(self.catalogue.view(Audience(scope, today)).__dict__)

    def close(self) -> None:
        self.catalogue.close()
