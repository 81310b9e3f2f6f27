"""Copies many files and hashes them on the way: one pass over a slow disk instead of two.

Two workers keep a disk busy while the digests are computed; the cost of OpenSSL's hashes disappears behind
the reading. What is hashed is what was read; the store's audit re-reads what was written.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import NamedTuple

from shulu.orphans import end_with
from shulu.progress import Progress

BLOCK = 1 << 20
PROCESSES = 2
_BATCH_BYTES = 16 << 20
_BATCH_FILES = 128


class Task(NamedTuple):
    """A file to copy: its path within both folders, its size in bytes, and the hex digest it must have."""

    path: str
    size: int
    digest: str


class Copied(NamedTuple):
    """What came of a file: "" or the reason why it could not be read or is not what it should be."""

    path: str
    size: int
    problem: str = ""
    unreadable: bool = False


class _WriteError(Exception):
    """The target cannot be written; it carries the errno."""


def copy_files(
    source: Path,
    target: Path,
    tasks: Sequence[Task],
    algorithm: str,
    progress: Progress,
    *,
    go_on: Callable[[], bool] = lambda: True,
) -> Iterator[Copied]:
    """Copy files from one folder into another and yield them as they are done, in any order.

    A file that is there already is replaced, never written into: another bag may be linked to it. Once
    ``go_on`` says no, nothing more is begun; what the workers have in hand still comes. Raises OSError when
    the target cannot be written.
    """
    for folder in sorted({(target / task.path).parent for task in tasks}):
        folder.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("fork")
    counter: Synchronized[int] = context.Value("Q", 0)
    seen = 0
    batches = _batches(tasks)
    executor = ProcessPoolExecutor(
        PROCESSES, context, _start, (str(source), str(target), algorithm, counter, os.getpid())
    )
    try:
        waiting: set[Future[list[Copied]]] = set()
        exhausted = False
        while waiting or not exhausted:
            while not exhausted and len(waiting) < 2 * PROCESSES:
                batch = next(batches, None) if go_on() else None
                exhausted = batch is None
                if batch is not None:
                    waiting.add(executor.submit(_work, batch))
            done, waiting = wait(waiting, timeout=progress.interval, return_when=FIRST_COMPLETED)
            progress.advance(counter.value - seen)
            seen = counter.value
            for future in done:
                try:
                    results = future.result()
                except _WriteError as error:
                    number = int(error.args[0])
                    raise OSError(number, os.strerror(number), str(target)) from error
                progress.advance(0, len(results))
                yield from results
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _batches(tasks: Sequence[Task]) -> Iterator[list[Task]]:
    batch: list[Task] = []
    size = 0
    for task in tasks:
        batch.append(task)
        size += task.size
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_FILES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _Worker(NamedTuple):
    source: str
    target: str
    algorithm: str
    counter: Synchronized[int]
    parent: int
    buffer: memoryview


_worker: _Worker | None = None


def _start(source: str, target: str, algorithm: str, counter: Synchronized[int], parent: int) -> None:
    """Prepare a worker: it leaves Ctrl-C to its parent, which then ends the pool."""
    global _worker  # noqa: PLW0603 - a worker process has one job
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with(parent)
    _worker = _Worker(source, target, algorithm, counter, parent, memoryview(bytearray(BLOCK)))


def _work(batch: list[Task]) -> list[Copied]:
    assert _worker is not None  # noqa: S101 - the pool's initialiser ran
    return [_copy(_worker, task) for task in batch]


def _copy(worker: _Worker, task: Task) -> Copied:
    try:
        # O_NOFOLLOW and O_NONBLOCK: a disk may hold links and pipes where files should be.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        reading = os.open(f"{worker.source}/{task.path}", flags)
    except OSError as error:
        return Copied(task.path, 0, os.strerror(error.errno or 0), unreadable=True)
    name = f"{worker.target}/{task.path}"
    try:
        os.posix_fadvise(reading, 0, 0, os.POSIX_FADV_SEQUENTIAL)
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)  # noqa: PTH108 - one of very many
            writing = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise _WriteError(error.errno) from error
        try:
            return _pump(worker, task, reading, writing)
        finally:
            os.close(writing)
    finally:
        # The disk is read once: its pages would only push out what readers use.
        os.posix_fadvise(reading, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(reading)


def _pump(worker: _Worker, task: Task, reading: int, writing: int) -> Copied:
    """Copy and hash; a source that is longer than it should be is read no further than that."""
    state = hashlib.new(worker.algorithm, usedforsecurity=False)
    total = 0
    while total <= task.size:
        if os.getppid() != worker.parent:
            os._exit(1)  # the delivery was killed: its successor may be writing here soon
        try:
            count = os.readv(reading, [worker.buffer])
        except OSError as error:
            return Copied(task.path, total, os.strerror(error.errno or 0), unreadable=True)
        if not count:
            break
        block = worker.buffer[:count]
        state.update(block)
        try:
            _write(writing, block)
        except OSError as error:
            raise _WriteError(error.errno) from error
        total += count
        with worker.counter.get_lock():
            worker.counter.value += count
    stamp = os.fstat(reading).st_mtime_ns
    os.utime(writing, ns=(stamp, stamp))
    if state.hexdigest() != task.digest:
        return Copied(task.path, total, "does not match its digest: the file is damaged")
    return Copied(task.path, total)


def _write(descriptor: int, block: memoryview) -> None:
    while block:
        block = block[os.write(descriptor, block) :]
