"""Run the media server that is kept, and begin anew whenever something else may be shown."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from shulu.findings import refuse
from shulu.television.settings import Place, addresses, interfaces, settings
from shulu.television.tree import STATE, state

MINIDLNA = "/usr/sbin/minidlnad"
LOOK_SECONDS = 5.0
END_SECONDS = 10


def serve(store: Path, folder: Path, run: Path, place: Place) -> None:
    """Offer what may be shown, for ever.

    Nothing is offered while that is being found out, or when it cannot be. ``folder`` keeps the tree and what
    the server notes of it, ``run`` is for the time of the service. Raises Refused and OSError.
    """
    while True:
        # In a process of its own: what a large catalogue takes of memory is given back.
        words = ["television", "renew", "--store", str(store), "--folder", str(folder)]
        if subprocess.run([sys.executable, "-m", "shulu.cli.main", *words], check=False).returncode:
            raise refuse(str(folder), "what televisions may be offered could not be found out")
        made = (folder / STATE).read_text()
        with subprocess.Popen(
            _command(folder, run, place),
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as server:
            try:
                ended = watch(server, store, made)
            finally:
                _end(server)
        if ended:
            raise refuse(MINIDLNA, f"ended by itself with {server.returncode}", "its lines above tell why")


def watch(server: subprocess.Popen[bytes], store: Path, made: str) -> bool:
    """Pass on what the server says until the store is not as it was; return whether it ended before."""
    said: IO[bytes] | None = server.stdout
    due = time.monotonic() + LOOK_SECONDS
    while True:
        wait = max(0.0, due - time.monotonic())
        if said is None:
            time.sleep(wait)
        elif select.select([said], [], [], wait)[0]:
            line = os.read(said.fileno(), 4096)
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
            if not line:
                said = None
        if time.monotonic() >= due:
            if server.poll() is not None:
                return True
            if _now(store) != made:
                return False
            due = time.monotonic() + LOOK_SECONDS


def _now(store: Path) -> str | None:
    try:
        return state(store)
    except OSError:
        return None


def _command(folder: Path, run: Path, place: Place) -> list[str]:
    at = interfaces(addresses(), place.networks)
    if not at:
        networks = ", ".join(map(str, place.networks))
        raise refuse(networks, "this server has no address there", "see that it is plugged into the LAN")
    log, note, config = run / "minidlna.log", run / "minidlna.pid", run / "minidlna.conf"
    # It always writes to a file; what it says belongs into the journal.
    log.unlink(missing_ok=True)
    log.symlink_to("/dev/stdout")
    note.unlink(missing_ok=True)
    config.write_text(settings(place, at, folder, run), encoding="utf-8")
    return [MINIDLNA, "-S", "-r", "-f", str(config), "-P", str(note)]


def _end(server: subprocess.Popen[bytes]) -> None:
    """End the server and whatever it began; films that are being sent break off."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        server.wait(END_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
