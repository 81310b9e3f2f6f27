"""The network route: what is missing is pulled from the upstream's mirror, however often the line breaks."""

from __future__ import annotations

import contextlib
import random
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from shulu.content.bag import TAG_MANIFEST
from shulu.content.release import RELEASE_FILE, SIGNATURE_FILE, BagEntry
from shulu.content.signature import Trust
from shulu.delivery.ask import Answer, Question
from shulu.delivery.follow import Follower, judge
from shulu.delivery.journal import Journal, size_of
from shulu.delivery.line import Closed, Line, LineBusy, LineCut, Vanished, in_lists, pause
from shulu.delivery.offer import Offer, load_offer
from shulu.delivery.plan import BagPlan
from shulu.delivery.retry import Backoff
from shulu.delivery.status import Status
from shulu.delivery.window import Window
from shulu.findings import Refused
from shulu.progress import Progress, human_seconds
from shulu.store.chain import listed_tag_files
from shulu.store.store import Store

USUAL = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt", TAG_MANIFEST)
BUSY_SECONDS = 30.0
Result = TypeVar("Result")
ROUNDS = 3
"""How often a file that came bad is fetched again before the upstream's copy is called bad."""


class Mirror:
    """The upstream's mirror, asked patiently: bags wait for the window, and a broken line is tried again."""

    doing = "fetching"

    def __init__(
        self,
        line: Line,
        status: Status,
        *,
        window: Window | None = None,
        jitter_seconds: float = 0,
        backoff: Backoff | None = None,
        asked: Question | None = None,
    ) -> None:
        self.line = line
        self.status = status
        self.window = window or Window()
        self.jitter_seconds = jitter_seconds
        self.backoff = backoff or Backoff()
        self.asked = asked

    def offer(self, trust: Trust) -> Offer:
        """Learn which release is live at the upstream. Raises NoRelease, Refused, LineCut."""
        # Some kilobytes at any time of day: only they tell whether there is anything to wait for.
        answer = self._patiently(self._ask, any_time=True)
        with tempfile.TemporaryDirectory(prefix="shulu-release-") as name:
            folder = Path(name)
            (folder / RELEASE_FILE).write_bytes(answer.text)
            (folder / SIGNATURE_FILE).write_bytes(answer.signature)
            try:
                return load_offer(folder, trust)
            except Refused as refused:
                raise self._as_seen_there(refused, folder, "live/") from refused

    def _ask(self, _: object) -> Answer:
        asked, self.asked = self.asked, None
        with asked or Question(self.line) as question:
            return question.answer()

    def _as_seen_there(self, refused: Refused, folder: Path, base: str = "") -> Refused:
        """Name the upstream's files and not the copies that are gone in a moment."""
        there = f"{self.line.upstream.host}:{base}"
        return Refused(
            replace(each, where=each.where.replace(f"{folder}/", there)) for each in refused.findings
        )

    def tag_files(self, store: Store, entries: Sequence[BagEntry]) -> None:
        """Bring the tag files of bags into staging: one small transfer for all bags of a release.

        A second one where a bag has others than the usual.
        """
        with tempfile.TemporaryDirectory(prefix="incoming-", dir=store.staging) as name:
            folder = Path(name)
            # A usual file that a bag does not have is no fault: its tag manifest tells which it has.
            with contextlib.suppress(Vanished):
                self.pull_all("", (f"{entry.path}/{usual}" for entry in entries for usual in USUAL), folder)
            try:
                listed = [
                    f"{entry.path}/{tag_file}"
                    for entry in entries
                    for tag_file in listed_tag_files(folder / entry.path, entry)
                ]
            except Refused as refused:
                raise self._as_seen_there(refused, folder) from refused
            if others := [path for path in listed if not (folder / path).exists()]:
                self.pull_all("", others, folder)
            for entry in entries:
                _place(folder / entry.path, store.stage(entry))

    def payload(
        self, plan: BagPlan, names: Sequence[str], staged: Path, journal: Journal, progress: Progress
    ) -> dict[str, str]:
        """Pull files and hash them; bad ones again. See ``intake.Source``."""
        bad: dict[str, str] = {}
        left = list(names)
        for _ in range(ROUNDS):
            bad = {}
            for chunk in in_lists(left):
                bad |= self._fetch(plan, chunk, staged, journal, progress)
            if not bad:
                break
            left = sorted(bad, key=str.encode)
        return bad

    def _fetch(
        self, plan: BagPlan, names: Sequence[str], staged: Path, journal: Journal, progress: Progress
    ) -> dict[str, str]:
        """Pull one list of files and judge each as it comes; return the bad ones."""
        before = _size(staged, names)
        progress.resume(before)
        bytes_then, files_then = progress.done_bytes, progress.done_files
        wanted = frozenset(names)

        def show(count: int) -> None:
            files = len(follower.good)
            progress.advance(
                bytes_then + count - progress.done_bytes, files_then + files - progress.done_files
            )

        def came(name: str) -> None:
            if name in wanted:
                follower.came(name)

        with Follower(staged, plan.chain, journal) as follower:
            self.pull(plan.entry.path.as_posix(), names, staged, show, came)
        # What an earlier run left whole did not come now.
        rest = [name for name in names if name not in follower.good and name not in follower.bad]
        bad = follower.bad | self._verify(plan, rest, staged, journal)
        # rsync counts what it sent for; only the files tell what is here.
        show(_size(staged, names) - before)
        progress.advance(0, files_then + len(names) - len(bad) - progress.done_files)
        return bad

    def _verify(self, plan: BagPlan, names: Sequence[str], staged: Path, journal: Journal) -> dict[str, str]:
        if not names:
            return {}
        progress = Progress(
            total_bytes=_size(staged, names),
            total_files=len(names),
            listener=self.status.show,
            label=f"verifying {plan.entry.id}",
        )
        self.status.say("verifying", f"what came of {plan.entry.id}")
        bad = judge(staged, names, plan.chain, journal, progress)
        self.status.say(self.doing, f"bag {plan.entry.id}")
        return bad

    def pull_all(self, base: str, names: Iterable[str], folder: Path) -> None:
        """Pull any number of files, in any order."""
        for chunk in in_lists(sorted(names, key=str.encode)):
            self.pull(base, chunk, folder)

    def pull(
        self,
        base: str,
        names: Sequence[str],
        folder: Path,
        on_bytes: Callable[[int], object] = lambda _: None,
        on_file: Callable[[str], object] = lambda _: None,
    ) -> None:
        """Pull one list of files, however often it takes, within the window. Raises LineCut, Vanished."""

        def pull(may_go_on: Callable[[], bool]) -> None:
            self.line.pull(base, names, folder, on_bytes=on_bytes, on_file=on_file, may_go_on=may_go_on)

        self._patiently(pull, lambda: _size(folder, names))

    def _patiently(
        self,
        act: Callable[[Callable[[], bool]], Result],
        size: Callable[[], int] = lambda: 0,
        *,
        any_time: bool = False,
    ) -> Result:
        """Use the line, however often it takes; within the window unless at ``any_time``.

        ``size`` tells headway. Raises LineCut once it is hopeless, and what ``act`` raises.
        """
        may_go_on = _always if any_time else self._is_open
        failures, had = 0, size()
        while True:
            if not any_time:
                self._await_window()
            try:
                return act(may_go_on)
            except Closed:
                continue
            except LineBusy as error:
                self._wait(BUSY_SECONDS * random.uniform(0.5, 1.5), str(error), may_go_on)  # noqa: S311 - no secret
            except LineCut as error:
                has = size()
                failures = 1 if has > had else failures + 1
                had = has
                if self.backoff.is_enough(failures):
                    raise
                seconds = self.backoff.seconds(failures)
                tries = f"try {failures} of {self.backoff.tries} failed"
                again = f"trying again in {human_seconds(seconds)} ({tries})"
                self._wait(seconds, f"{error}; {again}", may_go_on)

    def _is_open(self) -> bool:
        return self.window.is_open(datetime.now())

    def _await_window(self) -> None:
        if self._is_open():
            return
        while not self._is_open():
            message = f"waits for its window {self.window}; what came so far is kept"
            self.status.say("paused", message, keep_figures=True)
            pause(min(60.0, self.window.wait(datetime.now()).total_seconds()))
        # Else all libraries of a province would come in the same second.
        pause(random.uniform(0, self.jitter_seconds))  # noqa: S311 - no secret
        self.status.say(self.doing, "the window is open again", keep_figures=True)

    def _wait(self, seconds: float, message: str, may_go_on: Callable[[], bool]) -> None:
        self.status.say("waiting", message, keep_figures=True)
        pause(seconds, may_go_on)
        self.status.say(self.doing, f"asking {self.line.upstream.host} again", keep_figures=True)


def _always() -> bool:
    return True


def _size(folder: Path, names: Iterable[str]) -> int:
    total = 0
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            total += size_of(folder, name)
    return total


def _place(source: Path, staged: Path) -> None:
    """Move the files of a folder over those of a staged bag."""
    for path in source.rglob("*"):
        if path.is_file():
            target = staged / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
