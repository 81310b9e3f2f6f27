"""Servers for the tests of delivery: a library's files and command line, a hub with an sshd on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parcels import Province, make_key

from shulu.content.release import BagEntry
from shulu.delivery.config import Config, load
from shulu.store.store import Store

PROJECT = Path(__file__).parents[2]
SHULU = [sys.executable, "-m", "shulu.cli.main"]


def shulu(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SHULU, *words], capture_output=True, text=True, cwd=PROJECT, check=False, timeout=60
    )


@dataclass(frozen=True, slots=True)
class Library:
    """A server's files below a folder, and the command line as it is called there."""

    folder: Path

    @property
    def config_file(self) -> Path:
        return self.folder / "agent.toml"

    @property
    def config(self) -> Config:
        return load(self.config_file)

    @property
    def store(self) -> Store:
        return Store(self.config.store, self.config.state)

    def write_config(self, text: str) -> None:
        self.config_file.write_text(text.replace("@", str(self.folder)), "utf-8")

    def words(self, command: str, *words: str) -> list[str]:
        return [*SHULU, command, "--config", str(self.config_file), *words]

    def run(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        return shulu(command, "--config", str(self.config_file), *words)

    def start(self, command: str, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.words(command, *words),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=PROJECT,
            start_new_session=True,
        )


BASE = """\
library = "{code}"
name = "临江县图书馆"
route = "{route}"
store = "@/store"
state = "@/state"
trust = "@/trust"
key = "@/agent"
[disk]
mount = "@/disk"
[mirror]
clients = "@/clients"
receipts = "@/receipts"
slots_folder = "@/slots"
user = "root"
receipts_user = "nobody"
"""


def make_library(
    folder: Path, province: Province, route: str, code: str = "990101", more: str = ""
) -> Library:
    folder.mkdir()
    shutil.copytree(province.trust_folder, folder / "trust")
    make_key(folder / "agent")
    library = Library(folder)
    library.write_config(BASE.format(code=code, route=route) + more)
    library.store.create()
    return library


@dataclass(slots=True)
class Hub:
    """A mirror: a library's server that has a store, and an sshd on loopback in front of it."""

    server: Library
    port: int
    folder: Path
    sshd: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.sshd = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-E", f"{self.folder}/sshd.log", "-f", f"{self.folder}/sshd_config"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError((self.folder / "sshd.log").read_text())

    def stop(self) -> None:
        """End sshd and every session of it: what a cut line is to the library."""
        if self.sshd is not None:
            for child in _descendants(self.sshd.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            self.sshd.kill()
            self.sshd.wait()
            self.sshd = None

    def admit(self, library: Library) -> None:
        """Let a library in as ``shulu mirror keys`` does; here one user serves both ways."""
        code = library.config.library
        public = (library.folder / "agent.pub").read_text()
        (self.server.config.mirror.clients / f"{code}.pub").write_text(public)
        (self.server.config.mirror.receipts / code).mkdir()
        script = self.folder / f"forced-{code}"
        lines = ["#!/bin/sh", f"cd {PROJECT}", 'case "$SSH_ORIGINAL_COMMAND" in']
        for pattern, action in (("*--sender*|release", "serve"), ("*", "receive")):
            words = self.server.words("mirror", action, code)
            lines.append(f"{pattern}) exec {' '.join(words)};;")
        script.write_text("\n".join([*lines, "esac", ""]))
        script.chmod(0o755)
        key = " ".join(public.split()[:2])
        with (self.folder / "keys").open("a") as stream:
            stream.write(f'restrict,command="{script}" {key}\n')


def _descendants(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[1]) == pid:
            child = int(path.parent.name)
            found += [child, *_descendants(child)]
    return found


def make_network_library(folder: Path, province: Province, hub: Hub, route: str = "network") -> Library:
    host_key = " ".join((hub.folder / "host.pub").read_text().split()[:2])
    (hub.folder / "known_hosts").write_text(f"[127.0.0.1]:{hub.port} {host_key}\n")
    upstream = (
        f'[upstream]\nlibrary = "990000"\nhost = "127.0.0.1"\nport = {hub.port}\n'
        f'known_hosts = "{hub.folder}/known_hosts"\nmirror_user = "root"\nreceipts_user = "root"\n'
    )
    library = make_library(folder, province, route, more=upstream)
    hub.admit(library)
    return library


def load_hub(hub: Hub, province: Province) -> None:
    """Bring the province's release into the hub's store."""
    done = hub.server.run("deliver", "--from", str(province.release_folder))
    assert done.returncode == 0, done.stderr


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


def serve(province: Province, hub: Hub, serial: int, *bags: BagEntry) -> None:
    province.issue(serial, *bags)
    load_hub(hub, province)
    if hub.sshd is None:
        hub.start()


def status(library: Library) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(library.run("status", "--json").stdout)
    return found


def receipts(library: Library) -> list[dict[str, Any]]:
    files = sorted(
        (library.folder / "state/receipts").glob("*.json"), key=lambda file: file.stat().st_mtime_ns
    )
    return [json.loads(file.read_bytes()) for file in files]


def live_file(library: Library, name: str, bag: str = "ebooks-001") -> bytes:
    return (library.folder / "store/live/bags" / bag / "data/files" / name).read_bytes()


def configure(library: Library, text: str) -> None:
    library.config_file.write_text(library.config_file.read_text() + text)


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - no secret
