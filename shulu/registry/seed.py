"""Making the registries of all provinces from the divisions, over whatever admins have filled in since.

Rows are only ever added. What an admin wrote stays, and what the source says otherwise is told.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shulu.registry import replace
from shulu.registry.columns import COLUMNS
from shulu.registry.divisions import PINYIN, Divisions, Place
from shulu.registry.document import Document
from shulu.registry.model import TIERS
from shulu.registry.province import PATTERN, of_folder

HEADING = tuple(column.zh for column in COLUMNS[:11])
_TIER = dict(zip(TIERS, ("省", "市", "县", "乡镇"), strict=True))
CONFIGURATION = """\
---
plugin: library_registry
province: {region}
registry: libraries.csv
# The ranges of the province's virtual network, such as [10.34.0.0/16]; empty until the first enrolment.
vpn: []
# The address plan gives each library a LAN out of these, such as [172.16.0.0/12].
lan_ranges: []
network_from_mbit: 100
"""


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that differs: new (added), vanished or renamed (both left as they are)."""

    province: str
    kind: str
    code: str
    here: str
    source: str


@dataclass(frozen=True, slots=True)
class Seedling:
    """What one file would become: its path, the bytes there now (None without), those to come, the notes."""

    path: Path
    old: bytes | None
    new: bytes
    notes: tuple[Note, ...]

    def write(self) -> None:
        """Put the file in place. Raises Refused where somebody changed it meanwhile."""
        if self.old is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            replace.write(self.path, self.new)
        elif self.old != self.new:
            replace.replace(self.path, self.old, self.new)


def plan(out: Path, divisions: Divisions) -> list[Seedling]:
    """Return all files of all provinces as they would be. Raises Refused where one is no registry."""
    return [each for code in sorted(divisions.places) for each in _province(out, code, divisions)]


def _province(out: Path, code: str, divisions: Divisions) -> Iterator[Seedling]:
    folder, places = out / PINYIN[code], divisions.places[code]
    if list(folder.glob(PATTERN)):
        path, _ = of_folder(folder)
    else:
        path = folder / "libraries.csv"
        configuration = CONFIGURATION.format(region=divisions.regions[code])
        yield Seedling(folder / f"{PINYIN[code]}.library_registry.yml", None, configuration.encode(), ())
    if path.exists():
        yield _merged(path, places, PINYIN[code])
    else:
        notes = tuple(Note(PINYIN[code], "new", each.code, "", each.name) for each in places)
        yield Seedling(path, None, fresh(places), notes)


def fresh(places: Sequence[Place]) -> bytes:
    """Return a registry's file in which nothing is enrolled. The BOM is what Excel knows UTF-8 by."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADING)
    for each in places:
        values = {"馆代码": each.code, "馆名": each.name, "级别": _TIER[each.tier], "上级馆": each.parent}
        writer.writerow([values.get(title, "") for title in HEADING])
    return text.getvalue().encode("utf-8-sig")


def _merged(path: Path, places: Sequence[Place], province: str) -> Seedling:
    old = path.read_bytes()
    document = Document(old, path.name)
    here = {code: document.cell(record, "name").strip() for code, record in document.libraries() if code}
    source = {each.code: each for each in places}
    new = [each for each in places if each.code not in here]
    notes = [Note(province, "new", each.code, "", each.name) for each in new]
    for code, name in here.items():
        if code not in source and len(code) == 6:
            notes.append(Note(province, "vanished", code, name, ""))
        elif code in source and name != source[code].name:
            notes.append(Note(province, "renamed", code, name, source[code].name))
    document.add(
        [({"code": e.code, "name": e.name, "tier": _TIER[e.tier], "parent": e.parent}, 0) for e in new]
    )
    return Seedling(path, old, document.encode() if new else old, tuple(notes))
