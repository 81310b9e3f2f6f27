"""The line to the upstream: rsync over SSH, watched while it runs.

rsync(1), rrsync(1), ssh_config(5). Of rsync's ways to go on behind a cut only ``--inplace`` was found good:
it resumes inside a file also after a kill; ``--partial-dir`` then begins anew, ``--append`` can corrupt.
"""

from __future__ import annotations

import errno
import os
import re
import selectors
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, cast

from shulu.delivery.config import Config, Upstream
from shulu.delivery.said import OPTIONS, Said
from shulu.findings import Refused, refuse

MOST_LINES = 20_000
"""Longer lists for --files-from take time that grows with their square (RsyncProject/rsync, issue 695)."""
LEAST_VERSION = (3, 5, 0)
TIMEOUT_SECONDS = 60
GUARD = ("setpriv", "--pdeathsig", "TERM", "--")
"""With its parent killed a transfer must end too, or the next run would write the same files."""
BUSY = "all slots are taken"
"""What a mirror says on stderr when it serves as many as it may."""

_NO_FOLDER = re.compile(r"rrsync error: .*No such file or directory")
_PERMANENT = (
    ("Host key verification failed", "the upstream's host key is not the known one", "check known_hosts"),
    (
        "Permission denied (publickey",
        "the upstream does not know this server's key",
        "run playbooks/provision.yml",
    ),
    ("Load key", "the key cannot be read", "run playbooks/provision.yml"),
)


class LineCut(Exception):  # noqa: N818 - an event on the line, not a fault of the program
    """The line broke or the other end failed; another try may go through."""


class LineBusy(LineCut):
    """The mirror serves as many libraries as it may."""


class Closed(Exception):  # noqa: N818
    """The window closed, so that the transfer was ended; what came stays."""


class Vanished(Exception):  # noqa: N818
    """The upstream has no such file, or not any more."""


def check_rsync() -> None:
    """Refuse an rsync before 3.5.0: 33 CVEs were closed in it, rrsync's escape among them."""
    try:
        said = subprocess.run(["rsync", "--version"], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        said = ""
    match = re.search(r"version v?(\d+)\.(\d+)\.(\d+)", said)
    if match is None or tuple(map(int, match.groups())) < LEAST_VERSION:
        found = match[0] if match else "is not installed"
        raise refuse("rsync", found, "install rsync 3.5.0 or later from the kit: run playbooks/provision.yml")


@dataclass(frozen=True, slots=True)
class Line:
    """How to reach the upstream. ``hold`` is a descriptor that transfers inherit (the store's lock)."""

    upstream: Upstream
    key: Path
    bandwidth_kib: int = 0
    hold: int | None = None

    def shell(self) -> list[str]:
        """Return the remote shell: nothing is asked, nothing unknown is trusted, a dead line is noticed."""
        options = (
            "BatchMode=yes",
            "IdentitiesOnly=yes",
            "StrictHostKeyChecking=yes",
            f"UserKnownHostsFile={self.upstream.known_hosts}",
            "GlobalKnownHostsFile=/dev/null",
            "ConnectTimeout=20",
            "ServerAliveInterval=15",
            "ServerAliveCountMax=4",
            "ForwardAgent=no",
            # First what processors since 2010 compute in hardware: it costs both ends least.
            "Ciphers=aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com",
            "LogLevel=ERROR",
        )
        words = ["ssh", "-F", "none", "-p", str(self.upstream.port), "-i", str(self.key)]
        return [*words, *(word for option in options for word in ("-o", option))]

    def session(self, command: str) -> list[str]:
        """Return the command that sends ``command`` to the mirror, which knows its own list of them."""
        return [*GUARD, *self.shell(), "-T", f"{self.upstream.mirror_user}@{self.upstream.host}", command]

    def pull(
        self,
        base: str,
        names: Iterable[str],
        folder: Path,
        *,
        on_bytes: Callable[[int], object] = lambda _: None,
        on_file: Callable[[str], object] = lambda _: None,
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        """Fetch files below ``base`` of the mirror's store into a folder, resuming inside files.

        ``names`` must be sorted bytewise. ``on_bytes`` is told the bytes of this list that came so far,
        ``on_file`` the files that did, as soon as they are whole; not those that were here already.
        Raises LineCut, LineBusy, Closed when ``may_go_on`` says no, Vanished, OSError (no space), Refused.
        """
        host = f"[{self.upstream.host}]" if ":" in self.upstream.host else self.upstream.host
        source = f"{self.upstream.mirror_user}@{host}:{base}/"
        with tempfile.NamedTemporaryFile(prefix="shulu-list-") as names_file:
            names_file.write(b"".join(os.fsencode(name) + b"\0" for name in names))
            names_file.flush()
            options = [
                "--times",
                "--omit-dir-times",
                "--perms",
                "--chmod=D755,F644",
                "--inplace",
                f"--files-from={names_file.name}",
                "--from0",
                *OPTIONS,
            ]
            self._run([*options, source, f"{folder}/"], Said(on_bytes, on_file), may_go_on)

    def push(self, files: Iterable[Path]) -> None:
        """Put receipts into this library's folder on the mirror; one that is there already stays as it is."""
        host = f"[{self.upstream.host}]" if ":" in self.upstream.host else self.upstream.host
        target = f"{self.upstream.receipts_user}@{host}:"
        said = Said(lambda _: None, lambda _: None)
        self._run(["--times", "--ignore-existing", *map(str, files), target], said, lambda: True)

    def _run(self, words: list[str], said: Said, may_go_on: Callable[[], bool]) -> None:
        common = ["rsync", f"--timeout={TIMEOUT_SECONDS}", f"--rsh={shlex.join(self.shell())}"]
        limit = [f"--bwlimit={self.bandwidth_kib}"] if self.bandwidth_kib else []
        with tempfile.TemporaryFile() as complaints:
            process = subprocess.Popen(
                [*GUARD, *common, *limit, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                pass_fds=() if self.hold is None else (self.hold,),
                env=os.environ | {"LC_ALL": "C.UTF-8"},
            )
            try:
                closed = _watch(process, said, may_go_on)
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                process.wait()
            complaints.seek(0)
            complained = complaints.read().decode("utf-8", "replace")
        if closed:
            raise Closed
        if process.returncode != 0:
            raise _judge(process.returncode, complained, self.upstream)
        said.flush()


def open_line(config: Config, hold: int | None = None) -> Line | None:
    """Return the line to the upstream; None for a server without one."""
    if config.upstream is None:
        return None
    return Line(config.upstream, config.key, config.network.bandwidth_kib, hold)


def _watch(process: subprocess.Popen[bytes], said: Said, may_go_on: Callable[[], bool]) -> bool:
    """Follow a transfer to its end; return True when ``may_go_on`` said no before that."""
    stream = cast(IO[bytes], process.stdout)
    with selectors.DefaultSelector() as selector, stream:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            if not may_go_on():
                return True
            if selector.select(timeout=1.0):
                block = os.read(stream.fileno(), 1 << 16)
                if not block:
                    return False
                said.feed(block)


def judge_session(code: int, said: str, upstream: Upstream) -> Exception:
    """Turn the exit code and words of a session into what the caller does about it."""
    where = f"{upstream.host} port {upstream.port}"
    if BUSY in said:
        return LineBusy(f"{where}: {BUSY}")
    for words, problem, remedy in _PERMANENT:
        if words in said:
            return refuse(where, problem, remedy)
    return LineCut(f"{where}: {_first_line(said) or f'the session ended with {code}'}")


def _judge(code: int, said: str, upstream: Upstream) -> Exception:
    """The same for rsync's exit codes (rsync(1), EXIT VALUES)."""
    if "No space left on device" in said:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    of_session = judge_session(code, said, upstream)
    if isinstance(of_session, LineBusy | Refused):
        return of_session
    if code in (23, 24) or _NO_FOLDER.search(said):
        return Vanished(_first_line(said) or "a file is not there")
    if code in (1, 2, 4):
        return refuse("rsync", _first_line(said) or f"ended with {code}")
    return of_session


def _first_line(said: str) -> str:
    return next((line for line in said.splitlines() if line.strip()), "")


def in_lists(names: Iterable[str]) -> Iterator[list[str]]:
    """Cut sorted names into lists that rsync takes quickly."""
    rest = iter(names)
    while chunk := list(islice(rest, MOST_LINES)):
        yield chunk


def pause(seconds: float, may_go_on: Callable[[], bool] = lambda: True) -> None:
    """Sleep, but for no longer than ``may_go_on`` says yes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and may_go_on():
        time.sleep(min(1.0, max(0.0, deadline - time.monotonic())))
