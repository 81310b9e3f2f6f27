"""The media server's settings, and the watch over it while it runs."""

from __future__ import annotations

import ipaddress
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shulu.catalogue import readers
from shulu.findings import Refused
from shulu.television import server
from shulu.television.settings import Interface, Place, addresses, interfaces, settings, shown
from shulu.television.tree import state

LAN = ipaddress.IPv4Network("192.168.101.0/24")
FILM = {"id": "1", "title": "龟兔", "files": ["1.mp4"]}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(server, "END_SECONDS", 0.2)


def began(*command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )  # fmt: skip


def test_it_announces_itself_on_the_lan_alone() -> None:
    known = [("lo", "127.0.0.1"), ("host0", "10.99.1.1"), ("lan0", "192.168.101.1"), ("lan0", "192.168.9.1")]
    at = interfaces([Interface(*one) for one in known], [LAN])
    assert at == [Interface("lan0", "192.168.101.1")]
    lines = settings(Place("图书馆", [LAN], 8200, 80), at, Path("/c"), Path("/r")).splitlines()
    assert "network_interface=lan0" in lines
    assert "presentation_url=http://192.168.101.1:80/" in lines
    assert "media_dir=/c/tree" in lines


def test_the_machine_s_own_addresses_are_known() -> None:
    assert Interface("lo", "127.0.0.1") in addresses()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=100))
def test_any_name_fits_and_is_xml(name: str) -> None:
    escaped = shown(name)
    assert len(escaped.encode()) <= 63
    assert "\n" not in escaped
    ElementTree.fromstring(f"<name>{escaped}</name>")  # noqa: S314


def test_a_name_that_is_too_long_ends_with_a_whole_character() -> None:
    assert shown("馆" * 30) == "馆" * 21


def test_nobody_is_served_without_an_address_on_the_lan(tmp_path: Path) -> None:
    place = Place("图书馆", [ipaddress.IPv4Network("203.0.113.0/24")], 8200, 80)
    with pytest.raises(Refused, match="no address"):
        server._command(tmp_path, tmp_path, place)


def test_the_server_goes_on_while_nothing_changes(
    make_live: Callable[..., Any], store: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    live = make_live({"children-001": [FILM]})
    with began("sh", "-c", "echo says; exec sleep 60") as process:
        threading.Timer(0.5, readers.close, [live]).start()
        began_at = time.monotonic()
        assert server.watch(process, store, state(store)) is False
        assert time.monotonic() - began_at >= 0.4
        assert process.poll() is None
        server._end(process)
    assert capfdbinary.readouterr().out == b"says\n"


def test_a_server_that_ended_is_noticed(make_live: Callable[..., Any], store: Path) -> None:
    make_live({"children-001": [FILM]})
    with began("false") as process:
        assert server.watch(process, store, state(store)) is True


def test_what_the_server_began_ends_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = f"trap '' TERM; (trap '' TERM; sleep 60) & echo $! >{note}; echo; exec sleep 60"
    with began("sh", "-c", script) as process:
        assert process.stdout is not None
        process.stdout.readline()
        server._end(process)
        child = int(note.read_text())
        # A child of nobody any more is gone as soon as the machine's first process has noticed.
        for _ in range(50):
            try:
                os.kill(child, 0)
            except ProcessLookupError:
                return
            if Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
                return
            time.sleep(0.05)
    pytest.fail("it still runs")
