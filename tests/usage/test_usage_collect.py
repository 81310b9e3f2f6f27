"""The collector, as systemd starts it: what is counted, what is lost, and that nothing is doubled."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from shulu.content.licence import CHINA
from shulu.usage import collect
from shulu.usage.collect import Heard, Writer
from shulu.usage.figures import read_figures
from shulu.usage.ledger import Ledger
from shulu.usage.opened import read_line

ROOT = Path(__file__).parents[2]
START = """
import os, sys
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.dup2(int(sys.argv[1]), 3)
os.execv(sys.executable, [sys.executable, "-m", "shulu.cli.main", "usage", "collect", "--store", sys.argv[2]])
"""


class Service:
    """``shulu usage collect`` with a socket that outlives it, as systemd runs it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "log"
        self.state, self.told = folder / "state", folder / "told"
        self.state.mkdir()
        self.told.mkdir()
        self._heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._heard.bind(str(self.path))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        (self.told / "usage.json").unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-c", START, str(self._heard.fileno()), str(self.folder / "store")],
            pass_fds=[self._heard.fileno()],
            cwd=ROOT,
            env={"STATE_DIRECTORY": str(self.state), "RUNTIME_DIRECTORY": str(self.told)},
        )
        for _ in range(200):
            if (self.told / "usage.json").exists():
                return
            time.sleep(0.05)
        raise AssertionError("it told nothing")

    def stop(self, number: int) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        code = self._process.wait(20)
        self._process = None
        return code

    def say(self, *words: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as said:
            for each in words:
                said.sendto(f"<190>Nov 23 09:01:36 shulu: {each}".encode(), str(self.path))

    def counts(self) -> dict[str, list[int]]:
        said = read_figures(self.told)
        assert said is not None
        found: dict[str, list[int]] = said["all"]
        return found

    def close(self) -> None:
        if self._process is not None:
            self.stop(signal.SIGKILL)
        self._heard.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    yield made
    made.close()


def test_what_was_heard_is_there_after_an_end(service: Service) -> None:
    service.start()
    service.say("200 /", "200 /items/ebooks-001/li-bai", "206 /content/ebooks-001/files/a.epub", "404 /x")
    assert service.stop(signal.SIGTERM) == 0
    assert service.counts() == {"": [1, 0, 0], "ebooks": [1, 1, 1]}
    service.say("200 /")  # kept by the socket until it is back
    service.start()
    assert service.stop(signal.SIGTERM) == 0
    assert service.counts() == {"": [2, 0, 0], "ebooks": [1, 1, 1]}


def test_being_killed_loses_at_most_what_is_pending_and_doubles_nothing(service: Service) -> None:
    service.start()
    service.say("200 /")
    service.stop(signal.SIGTERM)
    for _ in range(3):
        service.start()
        service.say("200 /")
        service.stop(signal.SIGKILL)
    service.start()
    service.stop(signal.SIGTERM)
    assert 1 <= service.counts()[""][0] <= 4


def test_nothing_of_a_reader_is_kept(service: Service) -> None:
    service.start()
    service.say("200 /search", "200 /search?q=secret", "200 /", "200 / 192.168.1.77 secret")
    service.stop(signal.SIGTERM)
    kept = b"".join(path.read_bytes() for path in (*service.state.iterdir(), *service.told.iterdir()))
    assert b"secret" not in kept
    assert b"192.168" not in kept
    assert service.counts() == {"": [2, 0, 0]}


def test_a_broken_file_is_laid_aside(service: Service) -> None:
    (service.state / "usage.db").write_bytes(b"no database at all" * 1000)
    service.start()
    service.say("200 /")
    service.stop(signal.SIGTERM)
    assert service.counts() == {"": [1, 0, 0]}
    assert (service.state / "usage.db.bad").exists()


def test_it_is_refused_without_a_socket() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "shulu.cli.main", "usage", "collect", "--store", "/nowhere"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("LISTEN_")},
    )
    assert done.returncode == 1
    assert "no socket came from systemd" in done.stderr


def heard(*words: str) -> Heard:
    found = Heard(datetime.now(CHINA))
    for each in words:
        opened = read_line(f"<190>Nov 23 09:01:36 shulu: {each}".encode())
        assert opened is not None
        found.add(opened)
    return found


def test_on_a_full_disk_counts_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer(tmp_path, tmp_path, tmp_path / "live")
    with monkeypatch.context() as broken:
        broken.setattr(Ledger, "add", _full)
        writer.write(heard("200 /"))
        assert read_figures(tmp_path) is None
    writer.write(heard("200 /"))
    writer.close()
    said = read_figures(tmp_path)
    assert said is not None
    assert said["all"] == {"": [2, 0, 0]}


def _full(*_: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "MOST_PENDING", 10)
    writer = Writer(tmp_path, tmp_path, tmp_path / "live")
    numbers = range(100)
    pages = [f"200 /items/ebooks-001/{n}" for n in numbers]
    files = [f"200 /content/ebooks-001/files/{n}.pdf" for n in numbers]
    came = heard(*(each for pair in zip(pages, files, strict=True) for each in pair))
    assert len(came.counts.items) + len(came.files) <= 11
    writer.write(came)
    writer.close()
    said = read_figures(tmp_path)
    assert said is not None
    assert said["all"] == {"ebooks": [100, 100, 100]}
    assert len(said["week"]["items"]) == 5


def test_a_burst_while_it_writes_is_heard(service: Service) -> None:
    service.start()
    for _ in range(200):
        service.say("200 /", "200 /items/ebooks-001/li-bai")
    service.stop(signal.SIGTERM)
    assert service.counts() == {"": [200, 0, 0], "ebooks": [200, 200, 0]}
