"""Digests of many files, on all cores.

Small files travel to the workers in batches, in the order in which they are given; large files are tasks of
their own and start first, so that none is left alone at the end. OpenSSL's hashes, which hashlib calls, are
several times faster than coreutils' sha256sum.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import ClassVar, NamedTuple

from shulu.findings import refuse
from shulu.orphans import end_with
from shulu.progress import Progress

BLOCK = 1 << 18
"""Bytes read at a time: what fits a core's cache."""
_LARGE = 32 << 20
_BATCH_BYTES = 8 << 20
_BATCH_FILES = 256


class Hashed(NamedTuple):
    """One file's digests in lower-case hex, in the order of the algorithms; or why it could not be read."""

    path: str
    digests: tuple[str, ...]
    error: str = ""


def hash_files(
    root: Path,
    files: Sequence[tuple[str, int]],
    algorithms: Sequence[str],
    progress: Progress,
    processes: int | None = None,
) -> Iterator[Hashed]:
    """Hash files (path within ``root``, size in bytes) and yield them as they are done, in any order.

    Links are not followed. ``progress`` advances with every block, also within large files. Raises Refused
    where a worker is killed.
    """
    count = processes or len(os.sched_getaffinity(0))
    batches = _batches(files)
    if count <= 1 or len(batches) <= 1:
        view = memoryview(bytearray(BLOCK))
        for batch in batches:
            for path, _ in batch:
                yield _hash(root, path, algorithms, view, progress.advance)
                progress.advance(0, 1)
        return
    yield from _on_cores(str(root), batches, tuple(algorithms), progress, min(count, len(batches)))


def hash_file(path: Path, algorithm: str = "sha256") -> str:
    """Return one file's digest in lower-case hex. Raises OSError."""
    with path.open("rb", buffering=0) as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def _batches(files: Sequence[tuple[str, int]]) -> list[list[tuple[str, int]]]:
    large = sorted((file for file in files if file[1] >= _LARGE), key=lambda file: -file[1])
    batches = [[file] for file in large]
    batch: list[tuple[str, int]] = []
    size = 0
    for file in files:
        if file[1] >= _LARGE:
            continue
        batch.append(file)
        size += file[1]
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_FILES:
            batches.append(batch)
            batch, size = [], 0
    if batch:
        batches.append(batch)
    return batches


def _on_cores(
    root: str,
    batches: list[list[tuple[str, int]]],
    algorithms: tuple[str, ...],
    progress: Progress,
    count: int,
) -> Iterator[Hashed]:
    # Forking is quick and shares the interpreter, but is safe only while no other thread may hold a lock.
    context = multiprocessing.get_context("fork" if threading.active_count() == 1 else "spawn")
    counter: Synchronized[int] = context.Value("Q", 0)
    seen = 0
    executor = ProcessPoolExecutor(count, context, _start, (root, algorithms, counter, os.getpid()))
    try:
        waiting: set[Future[list[Hashed]]] = set()
        queue = iter(batches)
        exhausted = False
        while waiting or not exhausted:
            while not exhausted and len(waiting) < 4 * count:
                batch = next(queue, None)
                exhausted = batch is None
                if batch is not None:
                    waiting.add(executor.submit(_work, [path for path, _ in batch]))
            done, waiting = wait(waiting, timeout=progress.interval, return_when=FIRST_COMPLETED)
            now = counter.value
            progress.advance(now - seen)
            seen = now
            for future in done:
                try:
                    results = future.result()
                except BrokenProcessPool as error:
                    raise refuse(
                        root, "a hashing process was killed", "is memory short? run it again"
                    ) from error
                progress.advance(0, len(results))
                yield from results
        progress.advance(counter.value - seen)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


class _Worker:
    """What a worker process is given once, at its start."""

    root: ClassVar[Path]
    algorithms: ClassVar[tuple[str, ...]]
    counter: ClassVar[Synchronized[int]]
    view: ClassVar[memoryview]


def _start(root: str, algorithms: tuple[str, ...], counter: Synchronized[int], parent: int) -> None:
    """Prepare a worker: it leaves Ctrl-C to its parent, which then ends the pool."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with(parent)
    _Worker.root, _Worker.algorithms, _Worker.counter = Path(root), algorithms, counter
    _Worker.view = memoryview(bytearray(BLOCK))


def _work(paths: list[str]) -> list[Hashed]:
    return [_hash(_Worker.root, path, _Worker.algorithms, _Worker.view, _count) for path in paths]


def _count(size: int) -> None:
    with _Worker.counter.get_lock():
        _Worker.counter.value += size


def _hash(
    root: Path, path: str, algorithms: Sequence[str], view: memoryview, advance: Callable[[int], object]
) -> Hashed:
    """Hash one file through ``view``: memory that is new at every read would cost a page fault each 4 KiB."""
    buffers = [view]
    states = [hashlib.new(name, usedforsecurity=False) for name in algorithms]
    try:
        # O_NONBLOCK: a named pipe that took the file's place must not hold the work up.
        handle = os.open(f"{root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            while count := os.readv(handle, buffers):
                for state in states:
                    state.update(view[:count])
                advance(count)
        finally:
            os.close(handle)
    except OSError as error:
        return Hashed(path, (), os.strerror(error.errno or 0))
    return Hashed(path, tuple([state.hexdigest() for state in states]))
