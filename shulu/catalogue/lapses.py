"""What may be read now and not for long, as operators are told of it."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

from shulu.catalogue.catalogue import Catalogue
from shulu.catalogue.model import Lapse
from shulu.content.licence import Audience, today

DAYS = 60
"""How far an operator looks who says nothing else."""


def lapses(release_folder: Path, days: int = DAYS) -> list[Lapse]:
    """Return what readers on the LAN lose within so many days, soonest first; raises Unreadable."""
    with closing(Catalogue(release_folder)) as catalogue:
        return catalogue.view(Audience("lan", today())).lapsing(today() + timedelta(days))


def as_rows(found: list[Lapse]) -> list[dict[str, object]]:
    """Return them as plain data: ``until`` (the last day), ``collection``, ``bag``, ``records`` (a count)."""
    return [
        {
            "until": f"{lapse.until}",
            "collection": lapse.collection.id,
            "bag": lapse.bag,
            "records": lapse.count,
        }
        for lapse in found
    ]
