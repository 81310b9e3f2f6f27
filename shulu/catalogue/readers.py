"""What the web server may send: links to the bags that an audience may read, in the release's folder.

``readers/<audience>/`` has two links to each bag that the audience may read whole: ``<bag>`` and
``<bag>@<version>``. A bag with records of narrower licences than its own is in ``readers/<audience>-asked/``
instead: the web server asks the application for each of its files. Where there is no link, nothing is sent.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

from shulu.catalogue.build import build
from shulu.catalogue.catalogue import Catalogue
from shulu.catalogue.model import Unreadable
from shulu.content.licence import SCOPES, Audience, permits, today
from shulu.findings import refuse
from shulu.store import durable

READERS = "readers"
ASKED = "-asked"


def link(release_folder: Path, day: date) -> bool:
    """Make the links as they must be on a day; return whether any had to change.

    Raises Unreadable where the folder has no catalogue; what is there already then stays.
    """
    wanted = _wanted(release_folder, day)
    readers = release_folder / READERS
    there = _there(readers)
    going = [name for name, target in there.items() if wanted.get(name) != target]
    for name in going:
        (readers / name).unlink()
    for folder in {(readers / name).parent for name in wanted} | {readers}:
        folder.mkdir(parents=True, exist_ok=True)
        # The web server reads them as another user, whatever this process's mask is.
        folder.chmod(0o755)
    for name in sorted(wanted.keys() - (there.keys() - going)):
        (readers / name).symlink_to(wanted[name])
    return wanted != there


def close(release_folder: Path) -> None:
    """Take all links away: nothing is sent any more."""
    durable.remove_tree(release_folder / READERS)


def renew(store: Path) -> str:
    """Link what the live release lets readers have today; return a line that says what came of it.

    A catalogue that this program does not read, of an older one, is built anew. Raises Refused and OSError;
    nothing is sent to readers then.
    """
    live = store / "live"
    while live.is_symlink():
        folder = live.resolve()
        try:
            changed = _link(folder)
        except OSError:
            # What may not be sent any more went first.
            raise
        except BaseException:
            close(folder)
            raise
        # A delivery may have made another release live meanwhile.
        if live.resolve() == folder:
            return f"{folder.name}: " + ("renewed" if changed else "unchanged")
    return "nothing is live yet"


def _link(folder: Path) -> bool:
    try:
        return link(folder, today())
    except Unreadable as error:
        print(f"{error}; building it anew", file=sys.stderr)
    close(folder)
    build(folder, now=datetime.now(UTC))
    try:
        return link(folder, today())
    except Unreadable as error:
        raise refuse(str(folder), f"has no catalogue: {error}", "deliver the release again") from error


def _wanted(release_folder: Path, day: date) -> dict[str, str]:
    with closing(Catalogue(release_folder)) as catalogue:
        bags = catalogue.licences()
    found = {}
    for scope in SCOPES:
        for bag in bags:
            if permits(bag.licence, Audience(scope, day)):
                folder = scope if bag.is_one else scope + ASKED
                for name in (bag.id, f"{bag.id}@{bag.version}"):
                    found[f"{folder}/{name}"] = f"../../bags/{bag.id}"
    return found


def _there(readers: Path) -> dict[str, str]:
    return {
        path.relative_to(readers).as_posix(): os.readlink(path)  # noqa: PTH115 - as it was written
        for path in readers.glob("*/*")
    }
