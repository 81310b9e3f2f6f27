"""Runs contestants in turn, cold or warm, and keeps medians and ratios."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison: medians of both sides in ``unit``, their ratio, and its goal where there is one."""

    case: str
    ours: float
    peer_name: str
    peer: float
    unit: str
    ratio: float
    goal: str = ""
    met: bool | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the row as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run took: seconds on the wall and the largest memory of its processes, in MB."""

    seconds: float
    memory_mb: float


def say(text: str) -> None:
    """Tell what is being done, on stderr: results alone go to stdout."""
    print(f"    {text}", file=sys.stderr, flush=True)


def drop_caches() -> None:
    """Write everything out and drop the page cache, so that the next run reads from the disk (proc(5))."""
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3\n")


def command(
    argv: Sequence[str | Path], *, cwd: Path | None = None, log: Path | None = None
) -> Callable[[], int]:
    """Return a contestant that runs a command, fails loudly when it does, and tells its memory in KiB.

    time(1) measures: up to its exec(2), the kernel counts the memory of its parent as a process's own.
    """

    def run() -> int:
        with tempfile.NamedTemporaryFile("r") as told:
            words = ["time", "--quiet", "--format=%M", f"--output={told.name}", *map(str, argv)]
            result = subprocess.run(
                words, cwd=cwd, capture_output=True, text=True, errors="replace", check=False
            )
            if log is not None:
                log.write_text(result.stdout + result.stderr)
            if result.returncode != 0:
                raise RuntimeError(
                    f"{[*map(str, argv)][:4]} ended with {result.returncode}: {result.stderr[-2000:]}"
                )
            return int(told.read())

    return run


def measure(contestant: Callable[[], object]) -> Sample:
    """Run a contestant in a process of its own and take its time and its largest resident set.

    What a command tells of its memory counts; a function is measured itself.
    """
    read, write = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(read)
        code = 1
        try:
            told = contestant()
            largest = told if isinstance(told, int) else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            os.write(write, str(largest).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read) as stream:
        kibibytes = stream.read()
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise RuntimeError("a contestant failed: its message stands above")
    return Sample(time.monotonic() - began, int(kibibytes) / 1024)


def race(
    contestants: Mapping[str, Callable[[], object]],
    *,
    rounds: int = 3,
    before: Callable[[str], object] | None = None,
) -> dict[str, Sample]:
    """Run all contestants ``rounds`` times in turn, so that a busy moment hits all; return medians.

    ``before`` is called with the contestant's name ahead of each run and is not measured.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in contestants}
    for number in range(1, rounds + 1):
        for name, contestant in contestants.items():
            if before is not None:
                before(name)
            sample = measure(contestant)
            samples[name].append(sample)
            say(f"round {number}: {name}: {sample.seconds:.2f} s, {sample.memory_mb:.0f} MB")
    return {
        name: Sample(
            statistics.median(sample.seconds for sample in taken),
            statistics.median(sample.memory_mb for sample in taken),
        )
        for name, taken in samples.items()
    }


def at_most(case: str, ours: float, peer_name: str, peer: float, limit: float, *, unit: str = "s") -> Row:
    """Compare ours / peer with an upper limit."""
    ratio = ours / peer
    return Row(case, ours, peer_name, peer, unit, ratio, f"<= {limit:g}x", ratio <= limit)


def faster_by(case: str, ours: float, peer_name: str, peer: float, factor: float, *, unit: str = "s") -> Row:
    """Compare peer / ours, the speed-up, with a lower limit."""
    ratio = peer / ours
    return Row(case, ours, peer_name, peer, unit, ratio, f">= {factor:g}x faster", ratio >= factor)


def told(case: str, ours: float, peer_name: str, peer: float, *, unit: str) -> Row:
    """Compare ours / peer without a goal."""
    return Row(case, ours, peer_name, peer, unit, ours / peer)
