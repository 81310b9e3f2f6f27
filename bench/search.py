"""The search over 350,000 records with their texts, against a plain scan, groonga and kiwix-serve."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import quote

from bench import searchpeers as peers
from bench.harness import Row, at_most, drop_caches, say, told
from bench.searchcorpus import FOLDER, corpus
from bench.searchload import CLIENTS, PROCESSES, Load, engine, memory_mb, web
from bench.searchqueries import queries, totals
from shulu.catalogue.build import build
from shulu.catalogue.catalogue import Catalogue
from shulu.catalogue.schema import CATALOGUE_FILE
from shulu.content.licence import Audience

SHARE = float(os.environ.get("BENCH_SHARE", "1"))
"""How much of the corpus is searched: 1 is 350,000 records."""
SECONDS = float(os.environ.get("BENCH_SECONDS", "15"))
PORT = 18040


def run(work: Path) -> list[Row]:
    """Build the catalogue where it is not there, then hold totals, speed, start and memory against goals."""
    folder = corpus(work, SHARE)
    release = folder / FOLDER
    rows = [] if (release / CATALOGUE_FILE).exists() else [_build(release)]
    asked = queries(work)
    every = [query for one in asked.values() for query in one]
    truth = totals(folder, asked)
    rows += _totals(release, asked, truth)
    rows.append(_cold(release, every))
    groonga = ["groonga", "-s", "--protocol", "http", "--port", str(peers.GROONGA_PORT)]
    with peers.serving(
        [*groonga, str(peers.groonga_database(folder))], peers.GROONGA_PORT, "/d/status"
    ) as peer, peers.serving(_portal(folder), PORT, "/search?q="):  # fmt: skip
        portal = _children(PORT)
        loads = _race(
            {
                "engine": lambda: engine(release, every, SECONDS),
                "portal": lambda: web(
                    PORT, lambda query: f"/search?q={quote(query)}", every, SECONDS, portal
                ),
                "groonga": lambda: web(peers.GROONGA_PORT, peers.groonga_address, every, SECONDS, [peer.pid]),
            }
        )
        wrong = sum(truth[query] != peers.groonga_total(query) for query in every)
        say(f"search: groonga's total is another than the scan's for {wrong} of {len(every)} queries")
        memory = memory_mb(portal)
    for name in ("engine", "portal"):
        rows += _compared(name, loads[name], loads["groonga"])
    rows.append(Row("search: memory of the portal's processes", memory, "goal", 150, "MB", memory / 150,
                    "<= 150 MB", memory <= 150))  # fmt: skip
    return rows + _kiwix(folder, every, loads["engine"])


def _build(release: Path) -> Row:
    began, spent = time.monotonic(), sum(os.times()[:4])
    build(release, tell=lambda bag, done: say(f"indexing {bag}: {done}") if done % 20_000 < 200 else None)
    took, spent = time.monotonic() - began, sum(os.times()[:4]) - spent
    size = (release / CATALOGUE_FILE).stat().st_size / 1e6
    say(f"search: built in {took:.0f} s, {spent:.0f} s of the processor, {size:.0f} MB")
    return told("catalogue built: seconds on the wall", took, "of the processor", spent, unit="s")


def _totals(release: Path, asked: dict[str, list[str]], truth: dict[str, int]) -> list[Row]:
    """Compare the totals of each class with the scan's."""
    view = Catalogue(release).view(Audience("lan", date(2026, 11, 23)))
    rows = []
    for name, some in asked.items():
        wrong = [query for query in some if view.search(query).total != truth[query]]
        if wrong:
            say(f"search: another total than the scan's: {', '.join(wrong[:5])}")
        right = len(some) - len(wrong)
        case = f"search: totals, {name} ({statistics.median(truth[query] for query in some):,.0f} hits)"
        rows.append(Row(case, right, "plain scan", len(some), "queries", right / len(some), "all", not wrong))
    return rows


def _cold(release: Path, asked: list[str]) -> Row:
    """Take the time from an empty page cache to the first answer of a new process."""
    code = (
        "import sys, datetime, pathlib; from shulu.catalogue.catalogue import Catalogue;"
        "from shulu.content.licence import Audience;"
        "view = Catalogue(pathlib.Path(sys.argv[1])).view(Audience('lan', datetime.date(2026, 11, 23)));"
        "view.search(sys.argv[2])"
    )
    taken = []
    for query in asked[::40]:
        drop_caches()
        began = time.monotonic()
        subprocess.run([sys.executable, "-c", code, release, query], check=True)
        taken.append(time.monotonic() - began)
    worst = max(taken)
    return Row(
        "search: cold start, first answer (worst)", worst, "goal", 2.0, "s", worst / 2, "<= 2 s", worst <= 2
    )


def _portal(folder: Path) -> list[str]:
    """Return the command of the portal over the corpus, as roles/portal runs it."""
    store = folder / "store"
    store.mkdir(exist_ok=True)
    live = store / "live"
    live.unlink(missing_ok=True)
    live.symlink_to(folder / FOLDER)
    gunicorn = shutil.which("gunicorn", path=Path(sys.executable).parent.as_posix()) or "gunicorn"
    return [gunicorn, "--preload", "--workers", str(PROCESSES), "--threads", str(CLIENTS // PROCESSES),
            "--bind", f"127.0.0.1:{PORT}", "--keep-alive", "60",
            f"shulu.portal.app:create_app('{store}')"]  # fmt: skip


def _race(contestants: dict[str, Callable[[], Load]], rounds: int = 3) -> dict[str, Load]:
    """Let the contestants take turns; return the round of each with its median rate."""
    loads: dict[str, list[Load]] = {name: [] for name in contestants}
    for number in range(1, rounds + 1):
        for name, contestant in contestants.items():
            load = contestant()
            loads[name].append(load)
            say(f"round {number}: {name}: {load.rate:.0f} a second, half in {load.median:.1f} ms,"
                f" 99 % in {load.p99:.0f} ms, {load.spent:.1f} ms of the processor each")  # fmt: skip
    return {name: sorted(taken, key=lambda load: load.rate)[rounds // 2] for name, taken in loads.items()}


def _compared(name: str, ours: Load, theirs: Load) -> list[Row]:
    ratio = ours.rate / theirs.rate
    return [
        Row(f"search, {CLIENTS} clients, {name}: queries a second", ours.rate, "groonga", theirs.rate, "/s",
            ratio, ">= 2.5x", ratio >= 2.5),
        at_most(f"search, {CLIENTS} clients, {name}: 99 % within", ours.p99, "goal", 60, 1, unit="ms"),
        told(f"search, {CLIENTS} clients, {name}: 99 % within", ours.p99, "groonga", theirs.p99, unit="ms"),
        told(f"search, {CLIENTS} clients, {name}: processor a query", ours.spent, "groonga", theirs.spent,
             unit="ms"),
    ]  # fmt: skip


def _kiwix(folder: Path, asked: list[str], ours: Load) -> list[Row]:
    file = peers.kiwix_file(folder)
    argv = ["kiwix-serve", "--port", str(peers.KIWIX_PORT), str(file)]
    with peers.serving(argv, peers.KIWIX_PORT, "/") as peer:
        found = {query: peers.kiwix_total(query) for query in asked}
        load = web(peers.KIWIX_PORT, peers.kiwix_address, asked, SECONDS, [peer.pid])
    nothing = sum(len(query) == 3 and not found[query] for query in asked)
    three = sum(len(query) == 3 for query in asked)
    case = f"queries of three characters that kiwix-serve ({peers.ZIM_RECORDS} records) finds nothing for"
    return [
        told(case, nothing, "of", three, unit="queries"),
        told("search, queries a second beside kiwix-serve", ours.rate, "kiwix-serve", load.rate, unit="/s"),
    ]


def _children(port: int) -> list[int]:
    """Return the processes of the portal: the one that was started with its port, and its workers."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if f"127.0.0.1:{port}".encode() in words and b"gunicorn" in words:
            found.append(int(folder.name))
    return found
