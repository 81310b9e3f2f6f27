"""The scenario's hosts, its province, and what must hold behind every fault."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults_disk import ShippingDisk
from faults_host import Host
from faults_library import Library
from faults_province import Province

LAB = os.environ["SHULU_LAB"]


@pytest.fixture(scope="session")
def province() -> Province:
    ephemeral = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "province"
    return Province(ephemeral, Path(os.environ["SHULU_WORK"]))


@pytest.fixture(scope="session")
def hub() -> Host:
    return Host(LAB, "990000")


@pytest.fixture(scope="session", autouse=True)
def stage(province: Province, hub: Host) -> tuple[Library, Library]:
    """Bring the first release of the scenario's own to all; then only the tests deliver."""
    libraries = Library(Host(LAB, "990101"), hub), Library(Host(LAB, "990102"), hub)
    for host in (hub, *(library.host for library in libraries)):
        host.ask("systemctl", "stop", "shulu-deliver.timer", "shulu-disk.timer", "shulu-deliver.service")
        for serial in host.plugged():
            host.unplug(serial)
    first = province.issue()
    for library in libraries:
        library.take(first)
    return libraries


@pytest.fixture
def network(stage: tuple[Library, Library]) -> Library:
    """The library on the network route."""
    return stage[0]


@pytest.fixture
def far(stage: tuple[Library, Library]) -> Library:
    """The library that disks feed."""
    return stage[1]


@pytest.fixture
def disk(province: Province, far: Library) -> Iterator[ShippingDisk]:
    """The shipping disk, at the province."""
    yield ShippingDisk(province, far.host)
    for serial in far.host.plugged():
        far.host.unplug(serial)


@pytest.fixture(autouse=True)
def calm(hub: Host, stage: tuple[Library, Library]) -> Iterator[None]:
    """Whatever happens: no program falls over, and behind it everything is as it should be."""
    began = time.time()
    yield
    hosts = [hub, *(library.host for library in stage)]
    for host in hosts:
        assert "Traceback" not in host.journal(began), host.code
    for library in stage:
        assert library.reader.sees(library.has), f"readers of {library.host.code}"
