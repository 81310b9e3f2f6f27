"""Workers whose parent was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PARENT = """
import os, sys
from multiprocessing import get_context
from concurrent.futures import ProcessPoolExecutor
from shulu.orphans import end_with
pool = ProcessPoolExecutor(2, get_context("fork"), end_with, (os.getpid(),))
print(*{pool.submit(os.getpid).result() for _ in range(50)} | set(pool._processes), flush=True)
sys.stdin.read()
"""


def test_idle_workers_end_with_their_parent() -> None:
    words = [sys.executable, "-c", PARENT]
    parent = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    workers = [int(word) for word in parent.stdout.readline().split()]
    assert workers
    time.sleep(1)
    assert all(Path(f"/proc/{pid}").exists() for pid in workers), "they wait for work"
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < deadline, "they stayed"
        time.sleep(0.1)
