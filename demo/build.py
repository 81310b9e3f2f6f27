"""Builds the source folder of each of the fourteen collections, and leaves alone what is there already."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

from demo import books, classics, films, government, journals, pictures, recitations
from demo.fetch import Cache
from demo.sizes import Size
from demo.source import SourceFolder
from shulu.programme import COLLECTIONS
from shulu.progress import human_bytes

Builder = Callable[[SourceFolder, Size, Cache], None]
BUILDERS: dict[str, Builder] = {
    "ebooks": books.build,
    "classics": classics.build,
    "journals": journals.build,
    **{collection: partial(films.build, collection=collection) for collection in films.SERIES},
    "wenjin-recitation": recitations.build,
    "new-year-prints": pictures.build_prints,
    "old-photographs": pictures.build_photographs,
    "minority-pictures": pictures.build_paintings,
    "government-information": government.build,
}


def sources(out: Path, size: Size, cache: Cache, say: Callable[[str], None]) -> bool:
    """Build every collection's folder below ``out``; return whether anything changed.

    A collection is built aside and put in its place whole. Its stamp says which code made it, and how much.
    Raises Refused where a package cannot be fetched or a tool is missing.
    """
    stamps, recipe = out / ".stamps", _recipe(size)
    stamps.mkdir(parents=True, exist_ok=True)
    changed = False
    for collection in COLLECTIONS:
        folder, stamp = out / collection.id, stamps / collection.id
        if folder.is_dir() and stamp.is_file() and stamp.read_text() == recipe:
            say(f"{collection.zh}: unchanged")
            continue
        changed, began = True, time.monotonic()
        draft = stamps / f"{collection.id}.draft"
        shutil.rmtree(draft, ignore_errors=True)
        target = SourceFolder(draft)
        BUILDERS[collection.id](target, size, cache)
        count = target.close()
        stamp.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
        stamp.write_text(recipe)
        took = time.monotonic() - began
        say(f"{collection.zh}: {len(target)} items, {human_bytes(count)}, {took:.1f} s")
    return changed


def _recipe(size: Size) -> str:
    """Return what decides the content: the size, this code, and the libraries that read Chinese for it."""
    digest = hashlib.sha256(size.name.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    for name in ("opencc", "pypinyin"):
        digest.update(f"{name}=={version(name)}".encode())
    return f"{size.name} {digest.hexdigest()}\n"
