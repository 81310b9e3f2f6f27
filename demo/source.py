"""A collection's source folder: content below ``files/`` and one record a line in ``records.jsonl``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from demo.chinese import slug


class SourceFolder:
    """Takes items one by one; ``close`` writes their records."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._records: list[dict[str, object]] = []
        self._ids: set[str] = set()
        (folder / "files").mkdir(parents=True)

    def __len__(self) -> int:
        return len(self._records)

    def path(self, name: str) -> Path:
        """Return where a file of this name is to be written; its folder is there."""
        path = self.folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, name: str, content: bytes) -> str:
        """Write a file; return its name as a record's ``files`` holds it. Raises FileExistsError."""
        with self.path(name).open("xb") as handle:
            handle.write(content)
        return name

    def copy(self, name: str, origin: Path) -> str:
        """Copy a file in; return its name as a record's ``files`` holds it."""
        shutil.copyfile(origin, self.path(name))
        return name

    def add(self, prefix: str, title: str, files: Sequence[str], **elements: object) -> None:
        """Add an item; its id is made of the title's reading and is unique. Empty elements are left out."""
        number, base = 1, "-".join(part for part in (prefix, slug(title)) if part)[:100]
        identifier = base
        while identifier in self._ids:
            number += 1
            identifier = f"{base}-{number}"
        self._ids.add(identifier)
        filled = {name: value for name, value in elements.items() if value}
        self._records.append({"id": identifier, "title": title, **filled, "files": list(files)})

    def close(self) -> int:
        """Write the records; return the bytes of all files."""
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in self._records)
        (self.folder / "records.jsonl").write_text("".join(lines), encoding="utf-8")
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
