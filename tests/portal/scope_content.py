"""A release of every medium in which each record is free, out of some audience's scope, or past its last day.

All that a record says has a token with the record's number: its id, title, creator, subject, description,
series, the names of its files, and what is in them. Where such a token is found, the record is told of.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from portal_content import epub, png, publish

from shulu.content.assemble import Terms
from shulu.content.bagwriter import Options
from shulu.content.licence import CHINA, SCOPES, Audience, Licence, narrower, permits, today
from shulu.content.pack import pack
from shulu.usage import figures
from shulu.usage.ledger import VIEWS, VISITS, Ledger, Pending

TOKEN = re.compile(r"z[itcsdenf](\d{3})z")
WORD = "许可"
"""Stands in every title, so that one search finds all of them."""
YESTERDAY = today() - timedelta(1)
FILLING = 230
"""Records that fill an answer of OAI-PMH, so that lists go on behind a resumption token."""
ENDINGS = {
    "ebooks": ("epub",),
    "journals": ("png", "png"),
    "government-information": ("html",),
    "children": ("webm", "png"),
    "classics": ("txt",),
    "wenjin-recitation": ("wav", "vtt"),
    "documentaries": ("webm", "png"),
    "old-photographs": ("png",),
    "minority-pictures": ("pdf",),
}
BAGS = {
    # Free bags, whose records have licences of their own.
    **dict.fromkeys(("ebooks", "journals", "government-information", "children"), Licence("open")),
    # Bags that are as a whole out of scope, or past their last day.
    "classics": Licence("province"),
    "wenjin-recitation": Licence("lan"),
    "documentaries": Licence("open", YESTERDAY),
    "old-photographs": Licence("lan", YESTERDAY),
    "minority-pictures": Licence("open", today()),
}


@dataclass(frozen=True)
class Made:
    """A record: its number, where it is, its licence."""

    number: int
    collection: str
    licence: Licence
    own: bool

    @property
    def bag(self) -> str:
        return f"{self.collection}-001"

    @property
    def id(self) -> str:
        return self.token("i")

    @property
    def series(self) -> str:
        return f"刊 {self.token('e')}"

    @property
    def files(self) -> list[str]:
        """The files' paths, below ``files/`` of the bag."""
        return [f"{self.token('n')}/{n}.{end}" for n, end in enumerate(ENDINGS[self.collection], 1)]

    def token(self, kind: str) -> str:
        return f"z{kind}{self.number:03}z"

    def is_seen(self, scope: str) -> bool:
        return permits(self.licence, Audience(scope, today()))

    def is_told_deleted(self, scope: str) -> bool:
        """Tell whether its last day alone keeps it from an audience."""
        return not self.is_seen(scope) and permits(Licence(self.licence.scope), Audience(scope, today()))

    def record(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": self.id,
            "title": f"{WORD} {self.token('t')}",
            "creator": [f"作者 {self.token('c')}"],
            "subject": [f"主题 {self.token('s')}"],
            "description": f"说明 {self.token('d')}",
            "date": "2014-03-02",
            "files": self.files,
        }
        if self.collection == "journals":
            found["series"] = self.series
        if self.own:
            until = self.licence.until
            found["licence"] = {"scope": self.licence.scope} | ({"until": f"{until}"} if until else {})
        return found


def made() -> list[Made]:
    """Return all records but those that fill."""
    found: list[Made] = []
    for collection, bag in BAGS.items():
        licences = [Licence(scope, end) for scope in SCOPES for end in (None, YESTERDAY)]
        if bag != Licence("open"):
            licences = [bag]
        for licence in licences:
            own = licence != bag
            found.append(Made(len(found) + 1, collection, narrower(licence, bag), own))
    return found


def _write(path: Path, token: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".epub":
        epub(path, token)
    elif path.suffix == ".png":
        path.write_bytes(png(40, 40, (200, 100, 50)) + token.encode())
    elif path.suffix == ".html":
        path.write_text(f'<!doctype html><meta charset="utf-8"><h1>{token}</h1><p>正文 {token}</p>')
    else:
        path.write_text(f"{token}\n" * 9)


def make_scopes(folder: Path) -> Path:
    """Pack and publish all of it, topics and counts beside it; return the store."""
    of: dict[str, list[dict[str, Any]]] = {collection: [] for collection in BAGS}
    for one in made():
        of[one.collection].append(one.record())
        for name in one.files:
            _write(folder / "sources" / one.collection / "files" / name, one.token("f"))
    filling = of["government-information"]
    for n in range(FILLING):
        filling.append({"id": f"filling-{n}", "title": f"公文 {n}", "files": [f"{n}.html"]})
        _write(folder / f"sources/government-information/files/{n}.html", "公文")
    for collection, records in of.items():
        lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (folder / "sources" / collection / "records.jsonl").write_text(lines)
        pack(folder / "sources" / collection, folder / "packed", Options(collection, "1", processes=1))
    publish(folder / "store", folder / "packed", 1, Terms(licences=BAGS))
    (folder / "topics").mkdir()
    (folder / "topics/all.txt").write_text(
        f"题目：专题\n\n# 全部\n- 检索：{WORD}\n"
        + "".join(f"- /items/{one.bag}/{one.id}\n" for one in made())
        + "".join(f"- /collections/{collection}\n" for collection in BAGS)
    )
    return folder / "store"


def make_counts(folder: Path) -> None:
    """Tell that every record was opened, in a folder that is made."""
    folder.mkdir()
    now, pending, ledger = datetime.now(CHINA), Pending(), Ledger(folder)
    for one in made():
        pending.collections[one.collection, VISITS] += 1
        pending.items[one.bag, one.id, VIEWS] = 1
    ledger.add(now, pending)
    figures.publish(folder, figures.build(ledger, now))
