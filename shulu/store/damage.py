"""What is known to be damaged: a record per bag in ``quarantine/``, and the bad files beside it."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from shulu.content.release import BagEntry
from shulu.store import durable
from shulu.store.layout import staging_name


@dataclass(frozen=True, slots=True)
class Damage:
    """The files of a bag that are bad or missing, as paths within it.

    ``unchecked`` tells that the manifests themselves are bad, so that nothing is known of the payload.
    """

    files: tuple[str, ...]
    unchecked: bool = False


def _record(quarantine: Path, entry: BagEntry) -> Path:
    return quarantine / f"{staging_name(entry)}.json"


def damaged(quarantine: Path, entry: BagEntry) -> Damage | None:
    """Return what is known to be damaged of this very bag; None for a good one."""
    try:
        document = json.loads(_record(quarantine, entry).read_bytes())
    except FileNotFoundError:
        return None
    if document["digest"] != entry.digest:
        return None
    return Damage(tuple(document["files"]), bool(document["unchecked"]))


def record_damage(quarantine: Path, entry: BagEntry, bag: Path, damage: Damage, *, take: bool) -> None:
    """Note damage, and keep the bad bytes for whoever looks into the cause.

    With ``take`` the files leave the bag; without, readers keep them until good ones are here.
    """
    kept = quarantine / staging_name(entry)
    for name in damage.files:
        keep_bad_file(bag / name, kept / name)
        if take:
            (bag / name).parent.chmod(0o755)
            (bag / name).unlink(missing_ok=True)
    document = {"digest": entry.digest, "files": list(damage.files), "unchecked": damage.unchecked}
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    durable.write_file(_record(quarantine, entry), text.encode())


def keep_bad_file(bad: Path, kept: Path) -> None:
    """Link a bad file into quarantine, in place of an older one; what is missing is not kept."""
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.unlink(missing_ok=True)
        os.link(bad, kept, follow_symlinks=False)


def forget_damage(quarantine: Path, entry: BagEntry) -> None:
    """Note that the bag is good again; its bad bytes go."""
    _record(quarantine, entry).unlink(missing_ok=True)
    durable.remove_tree(quarantine / staging_name(entry))
