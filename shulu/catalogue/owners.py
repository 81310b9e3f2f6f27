"""Tell of which item a file is, without all of the catalogue in memory: for what counts uses."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from shulu.catalogue import media
from shulu.catalogue.model import Unreadable
from shulu.catalogue.schema import CATALOGUE_FILE, FORMAT

_OWNERS = """
SELECT file.value, records.id, kind, json_extract(record, '$.files')
FROM records, json_each(record, '$.files') AS file
WHERE bag = ? AND file.value IN (SELECT value FROM json_each(?))
"""


def owners(release_folder: Path, bag: str, paths: Collection[str]) -> dict[str, str]:
    """Return the items that these files of a bag make up, by path; one that only serves an item is left out.

    Goes through all records of the bag, some tenths of a second for a large one. Raises
    Unreadable, also where the catalogue does not have the bag, as that of a library without content.
    """
    path = release_folder / CATALOGUE_FILE
    found: dict[str, str] = {}
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?immutable=1&mode=ro", uri=True)) as db:
            if db.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
                raise Unreadable(f"{path} has another format")
            if db.execute("SELECT 1 FROM bags WHERE id = ?", (bag,)).fetchone() is None:
                raise Unreadable(f"{path} does not have {bag}")
            for file, record_id, kind, text in db.execute(_OWNERS, (bag, json.dumps(list(paths)))):
                files = json.loads(text)
                if file in {files[place] for place in media.main_files(files, kind)}:
                    found.setdefault(file, record_id)
    except sqlite3.Error as error:
        raise Unreadable(f"{path}: {error}") from error
    return found
