"""Releases that are not the province's, or not its newest: refused on every route, in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from faults_disk import ShippingDisk, put, swapped
from faults_host import Host
from faults_library import Library, load
from faults_province import Export, Province

BAD = {
    "forged": "the signature is by an unknown key",
    "altered": "the signature is bad",
    "rolled back": "release {first} is older than",
    "mixed": "is not the bag that the release names",
    "revoked": "the signature is by a revoked key",
}


def bad_release(province: Province, export: Export, fault: str) -> tuple[bytes, bytes] | None:
    """Return what stands in place of the true release; None where that itself stays."""
    match fault:
        case "forged":
            return province.forged(export)
        case "altered":
            return province.altered(export)
        case "rolled back":
            return province.first.text, province.first.signature
    return None


@contextmanager
def revoked(province: Province, library: Library) -> Iterator[None]:
    """Let a library know that the key is revoked."""
    path = library.host.path("/etc/shulu/trust/revoked.krl")
    before = path.read_bytes()
    path.write_bytes(province.revocation())
    try:
        yield
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize("fault", BAD)
def test_by_the_network(province: Province, hub: Host, network: Library, fault: str) -> None:
    export = province.issue()
    load(hub, export)
    with ExitStack() as broken:
        if bad := bad_release(province, export, fault):
            put(hub.store / "live", *bad)
            broken.callback(put, hub.store / "live", export.text, export.signature)
        elif fault == "mixed":
            broken.enter_context(swapped(hub.store, export, network.has))
        else:
            broken.enter_context(revoked(province, network))
        network.refuses(BAD[fault].format(first=province.first.name))
    assert network.host.deliver() == []
    network.ends_with(export)


@pytest.mark.parametrize("fault", BAD)
def test_on_a_disk(province: Province, far: Library, disk: ShippingDisk, fault: str) -> None:
    export = province.issue()
    disk.write(export)
    with ExitStack() as broken:
        if bad := bad_release(province, export, fault):
            disk.put(*bad)
        elif fault == "mixed":
            disk.mix(export, far.has)
        else:
            broken.enter_context(revoked(province, far))
        disk.plug()
        far.refuses(BAD[fault].format(first=province.first.name))
    disk.pull()
    disk.write(export)
    disk.plug()
    assert far.host.deliver() == []
    far.ends_with(export)


EXPIRED = ("--issued", "2001-01-01T00:00:00Z", "--days", "365")


def test_an_expired_one_by_the_network_is_taken_and_told(
    province: Province, hub: Host, network: Library
) -> None:
    export = province.issue(4, *EXPIRED)
    load(hub, export)
    with network.reader.reading(network.has, export):
        assert network.host.deliver() == []
        network.ends_with(export)
    assert "expired on 2002-01-01" in network.host.activity()[1]


def test_an_expired_one_on_a_disk_is_taken_and_told(
    province: Province, far: Library, disk: ShippingDisk
) -> None:
    export = province.issue(4, *EXPIRED)
    disk.write(export)
    disk.plug()
    with far.reader.reading(far.has, export):
        assert far.host.deliver() == []
        far.ends_with(export)
    assert "expired on 2002-01-01" in far.host.activity()[1]
