"""Count what the web server says, in memory, and add it to the file every minute.

It hears by a socket for datagrams that systemd made: the web server never waits for it, and what comes
while it is not there is kept as far as the socket has room, then dropped.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from shulu.catalogue.model import Unreadable
from shulu.catalogue.owners import owners
from shulu.content.licence import CHINA
from shulu.findings import refuse
from shulu.usage.figures import build, publish
from shulu.usage.ledger import DOWNLOADS, VIEWS, VISITS, Ledger, Pending
from shulu.usage.opened import Opened, collection_of, read_line

FLUSH_SECONDS = 60
MOST_BYTES = 8192
MOST_WAITING = 100
"""Minutes' counts that wait for a disk that is full; the oldest go first."""
MOST_PENDING = 20_000
"""Items and files that are held apart in memory; what is beyond counts for its collection alone."""
_FIRST_SOCKET = 3


def listening() -> socket.socket:
    """Return the socket that systemd made; raises Refused where it made none."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        raise refuse("usage collect", "no socket came from systemd", "start shulu-usage.service")
    return socket.socket(fileno=_FIRST_SOCKET)


@dataclass(slots=True)
class Heard:
    """What was heard within an hour, not written yet; ``files`` by (bag, path), "" beyond the bound."""

    hour: datetime
    counts: Pending = field(default_factory=Pending)
    files: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, opened: Opened) -> None:
        """Count one opening."""
        counts = self.counts
        room = len(counts.items) + len(self.files) < MOST_PENDING
        if opened.file:
            self.files[opened.bag, opened.file if room else ""] += 1
            return
        counts.collections[opened.collection, VISITS] += 1
        if opened.item:
            counts.collections[opened.collection, VIEWS] += 1
            if room:
                counts.items[opened.bag, opened.item, VIEWS] += 1


class Writer:
    """Writes what was heard, and tells it; ``live`` is the release folder that is live, or will be."""

    def __init__(self, state: Path, told: Path, live: Path) -> None:
        self._told, self._live = told, live
        self._ledger = _open(state)
        self._waiting: list[tuple[datetime, Pending]] = []

    def write(self, heard: Heard) -> None:
        """Add to the file what was heard; on a full disk it waits for the next time."""
        self._settle(heard)
        if heard.counts:
            self._waiting.append((heard.hour, heard.counts))
            del self._waiting[:-MOST_WAITING]
        try:
            while self._waiting:
                self._ledger.add(*self._waiting[0])
                del self._waiting[0]
            publish(self._told, build(self._ledger, datetime.now(CHINA)))
        except (sqlite3.Error, OSError) as error:
            print(f"shulu usage: cannot write the counts, keeps them: {error}", file=sys.stderr, flush=True)

    def _settle(self, heard: Heard) -> None:
        """Find of which items the files are that were fetched; without a catalogue they are of none."""
        counts = heard.counts
        for bag in {bag for bag, _ in heard.files}:
            fetched = {path: count for (of, path), count in heard.files.items() if of == bag}
            try:
                items: dict[str, str] | None = owners(self._live, bag, [path for path in fetched if path])
            except Unreadable:
                items = None
            for path, count in fetched.items():
                if items is None or not path or path in items:
                    counts.collections[collection_of(bag), DOWNLOADS] += count
                if items is not None and path in items:
                    counts.items[bag, items[path], DOWNLOADS] += count

    def close(self) -> None:
        """Close the file."""
        self._ledger.close()


def run(socket_: socket.socket, make: Callable[[], Writer]) -> None:
    """Count until SIGTERM or SIGINT; a thread writes, so that what is heard meanwhile is not lost."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(wake)
    socket_.setblocking(False)
    writer = make()
    with ThreadPoolExecutor(max_workers=1) as thread:
        heard = Heard(_hour())
        written = thread.submit(writer.write, heard)
        due = time.monotonic()
        ended = False
        while not ended:
            ready, _, _ = select.select([socket_.fileno(), woken], [], [], max(0.0, due - time.monotonic()))
            ended = woken in ready
            hear(socket_, heard)
            if ended or (written.done() and (time.monotonic() >= due or _hour() != heard.hour)):
                written.result()
                written = thread.submit(writer.write, heard)
                heard, due = Heard(_hour()), time.monotonic() + FLUSH_SECONDS
            elif not written.done():
                due = time.monotonic() + 1
    written.result()
    writer.close()


def hear(socket_: socket.socket, heard: Heard) -> None:
    """Count what has come so far."""
    for _ in range(1000):
        try:
            opened = read_line(socket_.recv(MOST_BYTES))
        except BlockingIOError:
            return
        if opened is not None:
            heard.add(opened)


def _hour() -> datetime:
    return datetime.now(CHINA).replace(minute=0, second=0, microsecond=0)


def _open(state: Path) -> Ledger:
    """Open the file; one that is broken is laid aside: counting goes on. Raises Refused."""
    try:
        return Ledger(state)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise refuse(str(state), f"usage.db cannot be opened: {error}") from error
        print(f"shulu usage: usage.db is broken, laid aside as usage.db.bad: {error}", file=sys.stderr)
        (state / "usage.db").replace(state / "usage.db.bad")
        return Ledger(state)
