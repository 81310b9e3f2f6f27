"""Which libraries a roll-out has still to do: one code a line, as ``--limit @FILE`` reads it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from shulu.written import write


def update(path: Path, known: Sequence[str], meant: Collection[str], unfinished: Collection[str]) -> int:
    """Bring the file up to date behind a run; return how many libraries are in it.

    ``known`` are the inventory's libraries in the order of the roll-out, ``meant`` those that this run was
    for, ``unfinished`` those of them that it did not bring to a good end. What the run was not for stays.
    Raises OSError.
    """
    before = set(path.read_text(encoding="utf-8").split()) if path.exists() else set()
    still = (before - set(meant)) | set(unfinished)
    listed = [code for code in known if code in still]
    if not listed:
        path.unlink(missing_ok=True)
        return 0
    write({path: ("\n".join(listed) + "\n").encode()})
    return len(listed)
