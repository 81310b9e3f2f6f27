"""Running a command of shulu from a playbook, so that its progress is seen while it works."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

LINE_SECONDS = 5.0
LAST_LINES = 20
"""What is kept of a command that ends without saying why."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended: its exit code, its output, and all its complaints.

    A command that fails without one has the last lines of what it said instead.
    """

    code: int
    output: str
    complaints: str


def run(arguments: Sequence[str], say: Callable[[str], None]) -> Done:
    """Run ``shulu ARGUMENTS`` with this Python; give ``say`` a line of its progress every few seconds."""
    words = [sys.executable, "-m", "shulu.cli.main", *arguments]
    complaints: list[str] = []
    last: deque[str] = deque(maxlen=LAST_LINES)
    told = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        with subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        ) as process:
            for line in process.stderr or ():
                last.append(line.rstrip())
                # As ``shulu.cli.main`` writes a finding; all else is progress, or a fault of the program.
                if line.startswith(f"shulu {arguments[0]}: "):
                    complaints.append(line.rstrip())
                if time.monotonic() - told >= LINE_SECONDS:
                    told = time.monotonic()
                    say(line.rstrip())
        output.seek(0)
        return Done(process.returncode, output.read(), "\n".join(complaints or last))
