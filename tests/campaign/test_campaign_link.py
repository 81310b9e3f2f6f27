"""Probes of real SSH servers on loopback."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shulu.campaign.link import probe, target
from shulu.campaign.throughput import Sampling


def keygen(path: Path) -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return " ".join(path.with_suffix(".pub").read_text().split()[:2])


class Server:
    """An sshd of our own with one admitted key; ``config`` is an ssh_config that leads there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe_socket:
            self.port = probe_socket.getsockname()[1]
        self.host_key = keygen(folder / "host")
        (folder / "authorized").write_text(keygen(folder / "key") + "\n")
        (folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1\nPort {self.port}\nHostKey {folder}/host\nPidFile none\nUsePAM no\n"
            f"AuthorizedKeysFile {folder}/authorized\nStrictModes no\nPasswordAuthentication no\n"
        )
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        command = ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")]
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen(command, stderr=log)
        self._wait()
        self.write(known=f"[127.0.0.1]:{self.port} {self.host_key}\n")

    def _wait(self) -> None:
        for _ in range(100):
            with socket.socket() as probe_socket:
                if probe_socket.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def write(self, known: str, more: str = "", key: str = "key") -> str:
        """Write known_hosts and ssh_config; return the options that lead to it."""
        (self.folder / "known_hosts").write_text(known)
        (self.folder / "ssh_config").write_text(
            f"Host county\n  HostName 127.0.0.1\n  Port {self.port}\n  User {getpass.getuser()}\n"
            f"  IdentityFile {self.folder}/{key}\n  UserKnownHostsFile {self.folder}/known_hosts\n{more}"
        )
        return f"-F {self.folder}/ssh_config"

    @property
    def options(self) -> str:
        return f"-F {self.folder}/ssh_config"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    yield running
    running.process.terminate()
    running.process.wait()


def test_a_good_line_is_measured(server: Server) -> None:
    link = probe(target("county", server.options))
    assert link.problem == ""
    assert link.rtt_ms is not None
    assert 0 < link.rtt_ms < 1000


def test_the_round_trip_is_that_of_the_line(server: Server, tmp_path: Path) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text(SLOW)
    known = f"[127.0.0.1]:{server.port} {server.host_key}\n"
    options = server.write(known, f"  ProxyCommand python3 {slow} %h %p\n")
    link = probe(target("county", options))
    assert link.rtt_ms is not None
    assert 100 <= link.rtt_ms < 1000


# Carries bytes both ways, each 50 ms later.
SLOW = """
import os, socket, sys, threading, time
line = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def carry(read, write):
    while data := read(65536):
        time.sleep(0.05)
        write(data)
threading.Thread(target=carry, args=(line.recv, lambda data: os.write(1, data)), daemon=True).start()
carry(lambda size: os.read(0, size), line.sendall)
"""


def test_the_throughput_is_that_of_the_line(server: Server, tmp_path: Path) -> None:
    narrow = tmp_path / "narrow.py"
    narrow.write_text(NARROW)
    known = f"[127.0.0.1]:{server.port} {server.host_key}\n"
    options = server.write(known, f"  ProxyCommand python3 {narrow} %h %p\n")
    free = probe(target("county", server.options)).mbit
    line = probe(target("county", options), sampling=Sampling(3, 500_000, 3.0))
    assert free is None, "nothing is sent unless it is asked for"
    assert line.problem == ""
    assert line.mbit is not None
    assert 0.5 < line.mbit < 9, "a busy machine makes it slower, and nothing makes it faster"
    assert line.handshake_ms is not None
    assert line.rtt_ms is not None
    assert line.handshake_ms > line.rtt_ms


def test_a_sample_ends_by_the_clock(server: Server) -> None:
    began = time.monotonic()
    link = probe(target("county", server.options), sampling=Sampling(1, 1 << 40, 0.3))
    assert link.mbit
    assert time.monotonic() - began < 5


# A megabyte a second towards the server: 8 Mbit/s.
NARROW = """
import os, socket, sys, threading, time
line = socket.create_connection((sys.argv[1], int(sys.argv[2])))
line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
def back():
    while data := line.recv(65536):
        os.write(1, data)
threading.Thread(target=back, daemon=True).start()
while data := os.read(0, 8192):
    time.sleep(len(data) / 1e6)
    line.sendall(data)
"""


def test_a_strange_host_key_is_refused(server: Server) -> None:
    other = keygen(server.folder / "other")
    link = probe(target("county", server.write(f"[127.0.0.1]:{server.port} {other}\n")))
    assert "another one than known" in link.problem
    assert link.remedy


def test_an_unknown_host_key_is_refused(server: Server) -> None:
    assert probe(target("county", server.write(""))).problem == "its host key is not known"


def test_an_alias_of_the_host_key_is_followed(server: Server) -> None:
    options = server.write(f"county {server.host_key}\n", "  HostKeyAlias county\n")
    assert probe(target("county", options)).problem == ""


def test_a_key_that_is_not_admitted_is_told(server: Server) -> None:
    keygen(server.folder / "wrong")
    options = server.write(f"[127.0.0.1]:{server.port} {server.host_key}\n", key="wrong")
    assert "does not let" in probe(target("county", options)).problem


def test_what_does_not_answer_is_told(server: Server) -> None:
    server.process.terminate()
    server.process.wait()
    assert probe(target("county", server.options)).problem.startswith("cannot be reached")
    refused = server.write("", "  ProxyCommand false\n")
    assert probe(target("county", refused)).problem == "does not answer"


def test_what_hangs_up_after_its_greeting_is_told(server: Server) -> None:
    greets = server.write("", '  ProxyCommand sh -c "echo SSH-2.0-none; head -c 1 >/dev/null"\n')
    assert probe(target("county", greets)).problem.startswith("makes no SSH handshake")


def test_silence_costs_no_more_than_the_time_given(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        began = time.monotonic()
        to = target("127.0.0.1", server.options, port=mute.getsockname()[1])
        assert probe(to, timeout=0.5).problem == "does not answer"
        assert time.monotonic() - began < 3


def test_a_missing_configuration_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        target("county", f"-F {tmp_path}/none")
