"""How missing bags come into the store, the same for every route: staged, verified, adopted, one by one."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from shulu.content.bag import check_digest
from shulu.content.release import BagEntry
from shulu.content.tree import scan
from shulu.delivery.journal import Journal, size_of
from shulu.delivery.line import LineCut, Vanished
from shulu.delivery.plan import BagPlan, Index, plan_bag
from shulu.delivery.status import Status
from shulu.findings import Finding, Refused
from shulu.progress import Progress
from shulu.store import durable
from shulu.store.audit import audit
from shulu.store.chain import Chain, read_chain
from shulu.store.damage import damaged
from shulu.store.store import Store

REMEMBERED_CHAINS = 4


class Source(Protocol):
    """Where bags come from: the upstream or a disk."""

    doing: str
    """The state that the status shows meanwhile: fetching or importing."""

    def tag_files(self, store: Store, entries: Sequence[BagEntry]) -> None:
        """Bring the tag files of bags into their staging folders."""

    def payload(
        self, plan: BagPlan, names: Sequence[str], staged: Path, journal: Journal, progress: Progress
    ) -> dict[str, str]:
        """Bring these files into a staged bag and verify them; return those that are bad, with the reason.

        What is good is noted in the journal. Nothing bad is left in the folder.
        """


@dataclass(slots=True)
class Brought:
    """What a delivery did: bytes and files that travelled, files that were linked, files that came bad."""

    travelled_bytes: int = 0
    travelled_files: int = 0
    linked_files: int = 0
    bad_files: tuple[str, ...] = ()


class Intaker(Protocol):
    """What brings bags into the store."""

    brought: Brought

    def bring(self, entries: Sequence[BagEntry]) -> None:
        """Bring them."""


class Divided:
    """Brings what a folder has from there, and the rest another way."""

    def __init__(self, folder: Path, near: Intaker, far: Intaker) -> None:
        self.folder = folder
        self.near = near
        self.far = far
        self.brought = far.brought = near.brought

    def bring(self, entries: Sequence[BagEntry]) -> None:
        """Bring bags into the store; see ``Intake.bring``."""
        here = [entry for entry in entries if (self.folder / entry.path).is_dir()]
        self.near.bring(here)
        self.far.bring([entry for entry in entries if entry not in here])


class Intake:
    """Brings bags in from a source, and what the source has damaged from a second one where there is one."""

    def __init__(self, store: Store, status: Status, source: Source, second: Source | None = None) -> None:
        self.store = store
        self.status = status
        self.source = source
        self.second = second
        self.brought = Brought()
        self._chains: dict[str, Chain] = {}

    def bring(self, entries: Sequence[BagEntry]) -> None:
        """Bring bags into the store.

        Every bag that can be had is adopted before a Refused names all that could not. Raises Refused when
        there is no room, and what the source raises.
        """
        if not entries:
            return
        if findings := self.store.check_versions(entries):
            raise Refused(findings)
        self.status.say(self.source.doing, "reading the bags' manifests")
        self.source.tag_files(self.store, entries)
        refused: list[Finding] = []
        index = Index()
        sound = [entry for entry in entries if self._want(entry, index, refused)]
        index.look_into(self.store, entries)
        self._require_space(sound, index)
        progress = Progress(
            total_bytes=sum(entry.bytes for entry in sound),
            total_files=sum(entry.files for entry in sound),
            listener=self.status.show,
        )
        for number, entry in enumerate(sound, 1):
            progress.label = f"{entry.id} ({number} of {len(sound)})"
            self.status.say(self.source.doing, f"bag {progress.label}", keep_figures=True)
            try:
                self._bring(entry, index, progress)
            except Refused as error:
                refused.extend(error.findings)
        progress.tell()
        if refused:
            raise Refused(refused)

    def _want(self, entry: BagEntry, index: Index, refused: list[Finding]) -> bool:
        """Check a bag's tag files; from the second source where the first had bad ones."""
        try:
            index.want(self._chain(entry))
        except Refused as error:
            if self.second is None:
                refused.extend(error.findings)
                return False
            try:
                self.second.tag_files(self.store, [entry])
                index.want(self._chain(entry))
            except (Refused, LineCut, Vanished) as why:
                refused.extend(
                    replace(each, problem=f"{each.problem}; from the upstream: {why}")
                    for each in error.findings
                )
                return False
        return True

    def _chain(self, entry: BagEntry) -> Chain:
        """Return a staged bag's chain; the last few are remembered, as a manifest may have 300,000 lines."""
        if entry.digest not in self._chains:
            if len(self._chains) >= REMEMBERED_CHAINS:
                del self._chains[next(iter(self._chains))]
            self._chains[entry.digest] = read_chain(self.store.stage(entry), entry)
        return self._chains[entry.digest]

    def _require_space(self, entries: Iterable[BagEntry], index: Index) -> None:
        need = 0
        for entry in entries:
            linked = plan_bag(entry, self._chain(entry), index).linked_bytes
            there = sum(scan(self.store.stage(entry)).sizes.values())
            need += max(0, entry.bytes - linked - there)
        durable.require_space(self.store.root, need)

    def _bring(self, entry: BagEntry, index: Index, progress: Progress) -> None:
        staged = self.store.stage(entry)
        chain = self._chain(entry)
        plan = plan_bag(entry, chain, index)
        _sweep(staged, chain)
        progress.resume(plan.linked_bytes, len(plan.links))
        with Journal(self.store.journal(entry), staged, entry.digest) as journal:
            left = self._left(plan, staged, journal, progress)
            bad = self.source.payload(plan, left, staged, journal, progress) if left else {}
            self.brought.travelled_files += len(left)
            self.brought.bad_files += tuple(f"{entry.path}/{path}" for path in sorted(bad))
            if bad and self.second is not None:
                bad = self._from_second(plan, bad, staged, journal, progress)
        if bad:
            raise Refused(
                Finding(f"{entry.path}/{path}", problem, "get another copy of this file")
                for path, problem in sorted(bad.items())
            )
        self.brought.travelled_bytes += sum(size_of(staged, path) for path in left)
        self.brought.linked_files += len(plan.links)
        for path, source in plan.links.items():
            link(source, staged / path)
        for path, twin in plan.twins.items():
            link(staged / twin, staged / path)
            progress.advance(size_of(staged, path), 1)
        self._adopt(entry, staged)
        index.adopted(self.store.path(entry), chain)

    def _left(self, plan: BagPlan, staged: Path, journal: Journal, progress: Progress) -> list[str]:
        left = []
        for path in plan.travel:
            if journal.has(path):
                progress.resume(size_of(staged, path), 1)
                continue
            left.append(path)
            # Linked by a run that was cut off: what is written into it would be written into a live bag.
            with contextlib.suppress(FileNotFoundError):
                if os.lstat(f"{staged}/{path}").st_nlink > 1:
                    (staged / path).unlink()
        return left

    def _from_second(
        self, plan: BagPlan, bad: dict[str, str], staged: Path, journal: Journal, progress: Progress
    ) -> dict[str, str]:
        assert self.second is not None  # noqa: S101 - the caller looked
        self.status.say(self.second.doing, f"{len(bad)} damaged files of {plan.entry.id}", keep_figures=True)
        try:
            return self.second.payload(plan, sorted(bad, key=str.encode), staged, journal, progress)
        except (Refused, LineCut, Vanished) as error:
            return {path: f"{problem}; from the upstream: {error}" for path, problem in bad.items()}

    def _adopt(self, entry: BagEntry, staged: Path) -> None:
        check_digest(staged, entry)
        known = damaged(self.store.quarantine, entry)
        self.store.adopt(entry)
        if known is not None and known.unchecked and (findings := audit(self.store, [entry], holding=True)):
            raise Refused(findings)


def _sweep(staged: Path, chain: Chain) -> None:
    """Remove what is no part of the bag: leftovers of another attempt under the same name."""
    for path in scan(staged).sizes:
        if path not in chain.payload and path not in chain.tag_files:
            (staged / path).unlink()


def link(source: Path, target: Path) -> None:
    """Give a file a second name; a copy where the file system allows no more links (ext4: 65,000)."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and target.samefile(source):
        return  # rename(2) between two names of one file does nothing and would leave the other name behind
    fresh = target.with_name(f".{target.name}.link")
    fresh.unlink(missing_ok=True)
    try:
        os.link(source, fresh)
    except OSError as error:
        if error.errno not in (errno.EMLINK, errno.EXDEV):
            raise
        shutil.copy2(source, fresh)
    fresh.replace(target)
