"""Closed loops of clients: each asks the next query as soon as it has the answer to the last."""

from __future__ import annotations

import http.client
import itertools
import json
import multiprocessing
import os
import random
import resource
import statistics
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from shulu.catalogue.catalogue import Catalogue
from shulu.content.licence import Audience

CLIENTS = 8
PROCESSES = 2
"""Workers of the portal, as roles/portal starts them; the clients are their threads."""

Ask = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Load:
    """What a load came to: queries a second, and milliseconds that half and 99 % of them took at most.

    ``spent`` is what a query took of the processor, in milliseconds of the side that answers: it stays the
    same while other work keeps the machine busy.
    """

    rate: float
    median: float
    p99: float
    spent: float


def engine(folder: Path, asked: list[str], seconds: float) -> Load:
    """Search a catalogue as the portal's workers do, without the web between."""

    def make() -> Ask:
        catalogue = Catalogue(folder)
        view = catalogue.view(Audience("lan", date(2026, 11, 23)))
        return view.search

    return _load(make, asked, seconds, PROCESSES, _of_children)


def web(
    port: int, address: Callable[[str], str], asked: list[str], seconds: float, servers: Iterable[int]
) -> Load:
    """Ask an HTTP server on this machine, each client on one connection; ``servers`` are its processes."""

    def make() -> Ask:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

        def ask(query: str) -> None:
            connection.request("GET", address(query))
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{query!r}: {answer.status} {body[:200]!r}")

        return ask

    return _load(make, asked, seconds, 1, lambda: sum(map(_of_process, servers)))


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _of_process(pid: int) -> float:
    """Return the seconds of the processor that a process took (proc(5))."""
    behind_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(behind_name[11]) + int(behind_name[12])) / os.sysconf("SC_CLK_TCK")


def _load(
    make: Callable[[], Ask], asked: list[str], seconds: float, processes: int, spent: Callable[[], float]
) -> Load:
    context = multiprocessing.get_context("fork")
    queue: multiprocessing.Queue[str] = context.Queue()
    threads = CLIENTS // processes

    def work(seed: int) -> None:
        queue.put(json.dumps(_work(make, asked, seconds, threads=threads, seed=seed)))

    workers = [context.Process(target=work, args=(seed,)) for seed in range(processes)]
    before = spent()
    for worker in workers:
        worker.start()
    taken = sorted(itertools.chain.from_iterable(json.loads(queue.get()) for _ in workers))
    for worker in workers:
        worker.join()
    if not taken:
        raise RuntimeError("the clients got no answer: what happened stands above")
    return Load(
        len(taken) / seconds,
        1000 * statistics.median(taken),
        1000 * taken[int(len(taken) * 0.99)],
        1000 * (spent() - before) / len(taken),
    )


def _work(
    make: Callable[[], Ask], asked: list[str], seconds: float, *, threads: int, seed: int
) -> list[float]:
    taken: list[float] = []
    ready = threading.Barrier(threads)

    def client(number: int) -> None:
        ask = make()
        order = list(asked)
        random.Random(seed * 100 + number).shuffle(order)  # noqa: S311 - an order, not a secret
        ask(order[0])
        ready.wait()
        end = time.perf_counter() + seconds
        for query in itertools.cycle(order):
            began = time.perf_counter()
            if began >= end:
                return
            ask(query)
            taken.append(time.perf_counter() - began)

    clients = [threading.Thread(target=client, args=(number,)) for number in range(threads)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    return taken


def memory_mb(pids: Iterable[int]) -> float:
    """Return the memory of processes in MB, what they share counted once (PSS)."""
    found = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                found += int(line.split()[1])
    return found / 1024
