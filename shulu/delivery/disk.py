"""The disk route: bags are copied from a mounted disk in one pass; ``served`` takes them where they lie."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from shulu.content.bag import TAG_MANIFEST
from shulu.content.release import RELEASE_FILE, BagEntry
from shulu.delivery.copying import Copied, Task, copy_files
from shulu.delivery.journal import Journal
from shulu.delivery.plan import BagPlan
from shulu.findings import Refused, refuse
from shulu.progress import Progress
from shulu.store.chain import listed_tag_files
from shulu.store.damage import keep_bad_file
from shulu.store.layout import read_anew, staging_name
from shulu.store.store import Store


class DiskGone(Exception):  # noqa: N818 - an event at the server, not a fault of the program
    """The disk was pulled out, or no longer answers."""


def is_readable(disk: Path) -> bool:
    """Tell whether a disk answers."""
    try:
        return read_anew(disk / RELEASE_FILE) != b""
    except OSError:
        return False


def _gone(problem: str) -> DiskGone:
    return DiskGone(f"the disk does not answer any more ({problem})")


class DiskSource:
    """An export layout on a disk (or in a folder), as a source of ``intake.Intake``."""

    doing = "importing"

    def __init__(self, disk: Path, store: Store) -> None:
        self.disk = disk
        self.store = store

    def tag_files(self, store: Store, entries: Sequence[BagEntry]) -> None:
        """Copy the tag files; what the disk has wrong shows when their chain is checked."""
        for entry in entries:
            bag, staged = self.disk / entry.path, store.stage(entry)
            with contextlib.suppress(Refused, FileNotFoundError):
                # First, and whatever it is: it tells whether this is the bag at all.
                self._copy_small(bag / TAG_MANIFEST, staged / TAG_MANIFEST)
                for name in listed_tag_files(bag, entry):
                    self._copy_small(bag / name, staged / name)

    def _copy_small(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            shutil.copyfile(source, target, follow_symlinks=False)
        except FileNotFoundError:
            raise
        except OSError as error:
            self._check(error.strerror or "", error)

    def payload(
        self, plan: BagPlan, names: Sequence[str], staged: Path, journal: Journal, progress: Progress
    ) -> dict[str, str]:
        """Copy and hash files in one pass. See ``intake.Source``. Raises DiskGone."""
        bag = self.disk / plan.entry.path
        tasks, bad = self._tasks(plan, names, bag)
        kept = self.store.quarantine / staging_name(plan.entry)
        gone: list[str] = []
        for copied in copy_files(bag, staged, tasks, plan.chain.algorithm, progress, go_on=lambda: not gone):
            if not copied.problem:
                journal.add(copied.path, copied.size)
                continue
            progress.advance(-copied.size, -1)
            if copied.unreadable and (gone or not is_readable(self.disk)):
                # The workers end what they have in hand: what came whole need not come again.
                gone.append(copied.problem)
                continue
            bad[copied.path] = f"on the disk: {copied.problem}"
            self._put_away(copied, staged, kept)
        if gone:
            raise _gone(gone[0])
        return bad

    def _tasks(self, plan: BagPlan, names: Sequence[str], bag: Path) -> tuple[list[Task], dict[str, str]]:
        tasks, bad = [], {}
        for name in names:
            try:
                size = (bag / name).lstat().st_size
            except FileNotFoundError:
                bad[name] = "is missing on the disk"
            except OSError as error:
                self._check(error.strerror or "", error)
                bad[name] = f"on the disk: {error.strerror}"
            else:
                tasks.append(Task(name, size, plan.chain.payload[name]))
        if (total := sum(task.size for task in tasks)) > plan.entry.bytes:
            problem = f"has {total} bytes on the disk, and the release says {plan.entry.bytes}"
            raise refuse(plan.entry.path.as_posix(), problem, "get another disk")
        if bad:
            self._check("files are missing")
        return tasks, bad

    def _check(self, problem: str, cause: Exception | None = None) -> None:
        if not is_readable(self.disk):
            raise _gone(problem) from cause

    @staticmethod
    def _put_away(copied: Copied, staged: Path, kept: Path) -> None:
        keep_bad_file(staged / copied.path, kept / copied.path)
        (staged / copied.path).unlink(missing_ok=True)
