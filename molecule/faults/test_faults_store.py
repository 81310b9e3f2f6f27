"""The data volume: it is full, or a bit on it flips."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from faults_disk import flip
from faults_host import Host
from faults_library import Library, load
from faults_province import FILE_BYTES, FIRST_FILE, Province
from faults_wait import until


@contextmanager
def filled(host: Host, spare: int = 0) -> Iterator[None]:
    """Have no more than ``spare`` bytes free on the data volume."""
    hog = host.path("/srv/shulu/hog")
    with hog.open("wb") as file:
        size = 0
        while (free := _free(file.fileno()) - spare) > 0:
            try:
                os.posix_fallocate(file.fileno(), size, free)
            except OSError:
                break  # what is left holds the file's own blocks' list
            size += free
        yield
    hog.unlink()


def _free(descriptor: int) -> int:
    figures = os.fstatvfs(descriptor)
    return figures.f_bavail * figures.f_frsize


def test_a_full_volume_is_told_before_a_byte_travels(province: Province, network: Library, hub: Host) -> None:
    export = province.issue()
    load(hub, export)
    with filled(network.host, spare=FILE_BYTES):
        network.refuses("/srv/shulu/store", "are free", "enlarge the data volume")
    assert network.host.deliver() == []
    network.ends_with(export)


def test_a_volume_that_fills_up_in_a_transfer(province: Province, network: Library, hub: Host) -> None:
    export = province.issue(6)
    load(hub, export)
    host = network.host
    host.slow("12mbit")
    with network.reader.reading(network.has, export):
        host.begin()
        until("a part of it", lambda: sum(host.staged(export).values()) > FILE_BYTES)
        with filled(host):
            until("word of it", lambda: host.activity()[0] == "failed")
            assert "/srv/shulu/store is full" in host.activity()[1]
            came = sum(host.staged(export).values())
        network.ends_with(export)
    host.slow("off")
    assert came >= FILE_BYTES


def test_a_flipped_bit_is_named_and_fetched_again(network: Library) -> None:
    host = network.host
    bad = f"{network.has.bag}/data/files/{FIRST_FILE}"
    flip(host.store / bad)
    verified = host.run("shulu", "store", "verify")
    assert verified.returncode == 1
    said = [line for line in verified.stderr.splitlines() if line.startswith("shulu store: ")]
    assert said == [
        f"shulu store: {bad}: is damaged or missing; it is fetched again by the next delivery: shulu deliver"
    ]
    assert host.deliver() == []
    network.ends_with(network.has)
    assert host.receipt()["travelled_bytes"] == FILE_BYTES
    assert host.run("shulu", "store", "verify").returncode == 0
