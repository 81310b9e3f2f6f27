"""A hundred readers at once in the demo library: every medium, real queries, no error, how long they wait.

``BENCH_READERS``, ``BENCH_READERS_SECONDS`` and ``BENCH_SIZE`` change the case. A reader opens a page, all
that it shows, and what it leads to, on one connection, with pauses. Everything is on this machine's loopback.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.harness import Row, at_most, say, told
from bench.readersite import Library, library, store
from bench.readervisit import Answer, Reader
from shulu.catalogue.normalise import is_cjk, runs
from shulu.catalogue.schema import CATALOGUE_FILE

READERS = int(os.environ.get("BENCH_READERS", "100"))
SECONDS = float(os.environ.get("BENCH_READERS_SECONDS", "600"))
SIZE = os.environ.get("BENCH_SIZE", "full")
QUERIES = 2000
MEMORY_GROWTH = 1.2
"""How much more memory the servers may hold at the end than a fifth of the time after the beginning."""
_SHOWN_ERRORS = 20
_SEED = 11


@dataclass(frozen=True, slots=True)
class Waits:
    """How long readers waited for one kind of answer, in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float
    longest: float
    bytes: int


def run(work: Path) -> list[Row]:
    """Let the readers in, and tell what they waited for, what failed, and what the servers took for it."""
    held = store(work, SIZE)
    queries = _queries(held)
    with library(work, held) as portal:
        answers, early, late, used = _visits(portal, queries)
    wrong = [answer for answer in answers if answer.wrong]
    for problem, count in Counter(answer.wrong for answer in wrong).most_common(_SHOWN_ERRORS):
        say(f"{count} x {problem}")
    kinds = _waits(answers)
    figures = {
        "readers": READERS,
        "seconds": SECONDS,
        "size": SIZE,
        "load": os.getloadavg(),
        "kinds": {
            kind: {name: getattr(waits, name) for name in Waits.__slots__} for kind, waits in kinds.items()
        },
    }
    (work / "readers.json").write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    failed, megabytes = len(wrong), sum(answer.bytes for answer in answers) / 1e6
    case = f"{READERS} readers, {SECONDS:g} s: errors"
    share = failed / max(1, len(answers))
    rows = [
        Row(case, failed, "answers", len(answers), "", share, "none", bool(answers) and not wrong),
        told("answers", len(answers) / SECONDS, "MB", max(1e-6, megabytes) / SECONDS, unit="a second"),
    ]
    for kind, waits in kinds.items():
        say(
            f"{kind}: {waits.count}, within {waits.p50:.1f} ms half, {waits.p95:.1f} ms 95 %, "
            f"{waits.p99:.1f} ms 99 %, {waits.longest:.0f} ms all"
        )
        rows.append(told(f"{kind} ({waits.count}): 99 % within", waits.p99, "half", waits.p50, unit="ms"))
    for name, begin, end, seconds in zip(("application", "web server"), early, late, used, strict=True):
        rows.append(
            at_most(f"{name}: memory at the end", end, "near the beginning", begin, MEMORY_GROWTH, unit="MB")
        )
        rows.append(
            told(f"{name}: processor", seconds, "of seconds", SECONDS * (os.cpu_count() or 1), unit="s")
        )
    return rows


def _visits(
    portal: Library, queries: Sequence[str]
) -> tuple[list[Answer], tuple[float, float], tuple[float, float], list[float]]:
    """Return all answers, the memory a fifth after the beginning and at the end, and processor seconds."""
    begin = portal.processor_seconds()
    end = time.monotonic() + SECONDS
    readers = [
        Reader(portal.port, f"127.0.{1 + n // 200}.{1 + n % 200}", end, random.Random(n), queries)  # noqa: S311
        for n in range(READERS)
    ]
    visits = [threading.Thread(target=reader.visit) for reader in readers]
    for visit in visits:
        visit.start()
    time.sleep(SECONDS / 5)
    early = portal.memory_mb()
    for visit in visits:
        visit.join()
    late = portal.memory_mb()
    used = [after - before for before, after in zip(begin, portal.processor_seconds(), strict=True)]
    return [answer for reader in readers for answer in reader.answers], early, late, used


def _queries(held: Path) -> list[str]:
    """Return what readers type: words of titles, creators of what is here, and some that find nothing."""
    chance = random.Random(_SEED)  # noqa: S311 - queries, not secrets
    path = held / "live" / CATALOGUE_FILE
    db = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        names = [name for (name,) in db.execute("SELECT name FROM names")]
    finally:
        db.close()
    found: list[str] = []
    while len(found) < QUERIES:
        words = runs(chance.choice(names))
        if not words:
            continue
        word = chance.choice(words)
        length = chance.choices((1, 2, 3, 4, 6), (1, 5, 3, 3, 1))[0]
        begin = chance.randrange(max(1, len(word) - length + 1)) if is_cjk(word) else 0
        found.append(word[begin : begin + length] if is_cjk(word) else word)
    return [*found, *(f"查无此书{number}" for number in range(QUERIES // 50))]


def _waits(answers: Sequence[Answer]) -> dict[str, Waits]:
    """Return the waits of each kind, the most frequent first."""
    by_kind: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_kind[answer.kind].append(answer)
    found = {}
    for kind, given in sorted(by_kind.items(), key=lambda one: -len(one[1])):
        taken = sorted(answer.seconds * 1000 for answer in given)
        p50, p95, p99 = (taken[min(len(taken) - 1, int(len(taken) * part))] for part in (0.5, 0.95, 0.99))
        found[kind] = Waits(len(taken), p50, p95, p99, taken[-1], sum(answer.bytes for answer in given))
    return found
