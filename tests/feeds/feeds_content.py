"""A release for the feeds: every medium, hostile words, broken images, several licences."""

from __future__ import annotations

import json
import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from portal_content import png, publish, sources, write_files

from shulu.catalogue.build import build
from shulu.content.assemble import Terms
from shulu.content.bagwriter import Options
from shulu.content.licence import Licence, today
from shulu.content.pack import pack

MANY = 450
"""Web documents: enough for three answers of OAI-PMH."""
HOSTILE = "]]> </script><script>alert(1)</script> & \"'{{7*7}} \u202eRTL\u2028\ufffe <!-- %s"
GONE, REVISED = 7, "通知 第1号（修订）"
"""How many documents the second release has no more, and the title that it gives the first of them."""


def records() -> dict[str, list[dict[str, Any]]]:
    """Return the records of each collection."""
    found = sources()
    books = found["ebooks"]
    books[1] |= dict.fromkeys(
        ("title", "description", "rights", "publisher", "identifier", "date", "language"), HOSTILE
    )
    books[1] |= {"creator": [HOSTILE], "subject": [HOSTILE], "source": [HOSTILE]}
    books[2]["licence"] = {"scope": "open"}
    books[3]["licence"] = {"scope": "lan", "until": f"{today() - timedelta(3)}"}
    books[4]["licence"] = {"scope": "lan"}
    found["journals"][0] |= {"date": "2014-01", "licence": {"scope": "open"}}
    found["journals"].append(
        {"id": "torn", "title": "残本", "type": "Text", "files": [f"torn/{n:03}.png" for n in range(1, 4)]}
    )
    found["journals"].append(
        {"id": "ruined", "title": "毁本", "type": "Text", "files": ["ruined/001.png", "ruined/002.png"]}
    )
    found["government-information"] = [
        {"id": f"notice-{n:04}", "title": f"通知 第{n}号", "date": "2014-03-02", "files": [f"{n}/index.html"]}
        for n in range(1, MANY + 1)
    ]
    return found


def make_store(folder: Path) -> Path:
    """Pack everything as release 1-1, then without some documents as 1-2, which is live."""
    known = records()
    write_files(folder / "sources", known)
    journals = folder / "sources/journals/files"
    (journals / "torn/002.png").write_bytes(png(700, 1000, (1, 2, 3))[:12])
    for name in ("001", "002"):
        (journals / f"ruined/{name}.png").write_bytes(b"\xff\xd8\xff\xe0\0\2" * 9)
    for collection in known:
        pack(folder / "sources" / collection, folder / "packed", Options(collection, "1", processes=1))
    terms = Terms(
        licence=Licence("province"),
        licences=dict.fromkeys(("government-information", "old-photographs"), Licence("open")),
    )
    publish(folder / "store", folder / "packed", 1, terms)
    documents = folder / "sources/government-information"
    for record in known["government-information"][-GONE:]:
        shutil.rmtree((documents / "files" / record["files"][0]).parent)
    kept = known["government-information"][:-GONE]
    kept[0]["title"] = REVISED
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in kept)
    (documents / "records.jsonl").write_text(lines)
    time.sleep(1.1)
    pack(documents, folder / "packed", Options("government-information", "2", processes=1))
    publish(folder / "store", folder / "packed", 2, terms)
    releases = folder / "store/releases"
    build(releases / "1-2", releases / "1-1")
    return folder / "store"
