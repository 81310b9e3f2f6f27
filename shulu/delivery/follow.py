"""Verifies the files of a staged bag behind a transfer, while others of them still come.

What has just come is still in the page cache: nothing is read from the disk a second time, and when the
line falls silent all but the last file is verified.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from shulu.content.hashing import hash_files
from shulu.delivery.journal import Journal, size_of
from shulu.progress import Progress
from shulu.store.chain import Chain


def judge(
    staged: Path,
    names: Sequence[str],
    chain: Chain,
    journal: Journal,
    progress: Progress,
    *,
    processes: int | None = None,
) -> dict[str, str]:
    """Hash files of a staged bag: note the good ones in the journal, remove the bad ones.

    Return the bad ones with the reason. ``progress`` advances by all of them.
    """
    sizes = {name: size_of(staged, name) for name in names}
    bad: dict[str, str] = {}
    for path, digests, error in hash_files(
        staged, list(sizes.items()), (chain.algorithm,), progress, processes
    ):
        if error or digests[0] != chain.payload[path]:
            bad[path] = error or "the upstream's copy does not match its digest"
            (staged / path).unlink()
        else:
            journal.add(path, sizes[path])
    return bad


class Follower:
    """A thread that judges files as they come. One is enough: it hashes faster than any line brings.

    Leave its context before anything else touches the journal: what came is then judged. An error of the
    thread is raised there.
    """

    def __init__(self, staged: Path, chain: Chain, journal: Journal) -> None:
        self.good: set[str] = set()
        self.bad: dict[str, str] = {}
        self._staged = staged
        self._chain = chain
        self._journal = journal
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="follower")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._queue.put(None)
        self._thread.join()
        if error is None:
            self.raise_error()

    def came(self, name: str) -> None:
        """Take a file that is whole now; one that comes again is judged again."""
        self.raise_error()
        self._queue.put(name)

    def raise_error(self) -> None:
        """Raise what ended the thread, if anything did: a disk that is full, a journal that is lost."""
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            while batch := self._next():
                bad = judge(self._staged, batch, self._chain, self._journal, Progress(), processes=1)
                self.good.update(batch)
                self.good.difference_update(bad)
                self.bad = {name: why for name, why in self.bad.items() if name not in self.good} | bad
        except Exception as error:
            self._error = error

    def _next(self) -> list[str]:
        """Wait for a file and return it with all that came behind it; nothing at the end."""
        batch: dict[str, None] = {}
        name = self._queue.get()
        while name is not None:
            batch[name] = None
            try:
                name = self._queue.get_nowait()
            except Empty:
                return list(batch)
        # The end was taken off the queue: the next call must see it again.
        self._queue.put(None)
        return list(batch)
