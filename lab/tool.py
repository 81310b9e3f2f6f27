"""Runs the tools of the machine (ip, mount, losetup, ...) and says plainly what failed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from shulu.findings import Refused, refuse


def run(*words: str, feed: str | None = None) -> str:
    """Run a command to its end and return what it wrote to stdout; refuse with its stderr if it failed."""
    try:
        done = subprocess.run(words, input=feed, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise missing(words[0]) from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip() or f"exit code {done.returncode}"
        raise refuse(" ".join(words), said)
    return done.stdout


def works(*words: str) -> bool:
    """Run a command whose failure is an answer, not a fault."""
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def pass_through(words: Sequence[str]) -> int:
    """Run a command on the caller's own terminal; return its exit code as a shell would (128 + signal)."""
    try:
        code = subprocess.run(words, check=False).returncode
    except FileNotFoundError as error:
        raise missing(words[0]) from error
    return code if code >= 0 else 128 - code


def missing(name: str) -> Refused:
    """Say that a tool is not installed."""
    return refuse(name, "is not installed on this machine", "apt-get install the package that has it")


def say(text: str) -> None:
    """Tell the person at the terminal what is going on; stdout stays free for answers."""
    print(f"lab: {text}", file=sys.stderr, flush=True)


def become_root(words: Sequence[str]) -> None:
    """Start this command anew through sudo unless it runs as root already."""
    if os.geteuid() == 0:
        return
    command = ["sudo", "--", sys.executable, "-m", "lab", *words]
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except FileNotFoundError as error:
        raise refuse("lab", "needs root", "run it as root, or install sudo") from error
