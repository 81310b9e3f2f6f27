"""The line is cut, the agent is killed: both in the middle of a transfer."""

from __future__ import annotations

from faults_host import Host
from faults_library import Library, load
from faults_province import FILE_BYTES, Province
from faults_wait import until

FILES = 6
RATE = "12mbit"
OVERHEAD = 0.06
"""What SSH, TCP and the bags' manifests add to the content."""


def test_a_cable_cut_in_a_transfer_costs_what_was_on_the_way(
    province: Province, network: Library, hub: Host
) -> None:
    export = province.issue(FILES)
    load(hub, export)
    host = network.host
    host.slow(RATE)
    with network.reader.reading(network.has, export):
        host.begin()
        until("a part of it", lambda: host.staged(export.bag) > FILE_BYTES)
        host.cut()
        until("word of the cut", lambda: host.activity()[0] == "waiting")
        assert "trying again" in host.activity()[1]
        came, before = host.staged(export.bag), host.received()
        host.mend()
        network.ends_with(export)
    left = FILES * FILE_BYTES - came
    assert host.received() - before < left * (1 + OVERHEAD) + FILE_BYTES / 10
    host.slow("off")
