"""The line is cut, the agent is killed: both in the middle of a transfer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from faults_host import Host
from faults_library import Library, load
from faults_province import FILE_BYTES, Export, Province
from faults_wait import until

FILES = 6
RATE = "12mbit"
OVERHEAD = 1.06
"""What SSH, TCP and the bags' manifests add to the content."""


@pytest.fixture
def under_way(province: Province, network: Library, hub: Host) -> Iterator[Export]:
    """A release of which a part has come, over a slow line."""
    export = province.issue(FILES)
    load(hub, export)
    network.host.slow(RATE)
    with network.reader.reading(network.has, export):
        network.host.begin()
        until("a part of it", lambda: sum(network.host.staged(export).values()) > FILE_BYTES)
        yield export
    network.host.slow("off")


def test_a_cut_cable_costs_what_was_on_its_way(network: Library, under_way: Export) -> None:
    host = network.host
    host.cut()
    until("word of the cut", lambda: host.activity()[0] == "waiting")
    assert "trying again" in host.activity()[1]
    came, before = sum(host.staged(under_way).values()), host.received()
    host.mend()
    network.ends_with(under_way)
    assert host.received() - before < (FILES * FILE_BYTES - came) * OVERHEAD + FILE_BYTES / 4


def test_a_killed_agent_is_started_again_and_goes_on(network: Library, under_way: Export) -> None:
    host = network.host
    host.kill_delivery()
    until("the next delivery", lambda: host.show("NRestarts") == "1")
    came, before = sum(host.staged(under_way).values()), host.received()
    network.ends_with(under_way)
    assert host.received() - before < (FILES * FILE_BYTES - came) * OVERHEAD + FILE_BYTES / 4
