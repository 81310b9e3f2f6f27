"""Fixtures of real things: a province, a library's configuration, an sshd with a mirror behind it, disks."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "store"))

from delivery_servers import Hub, Library, make_library, make_network_library
from parcels import Province, make_key


@pytest.fixture
def province(tmp_path: Path) -> Province:
    return Province(tmp_path / "province")


@pytest.fixture
def library(tmp_path: Path, province: Province) -> Library:
    """A library on the disk route."""
    return make_library(tmp_path / "library", province, "disk")


@pytest.fixture
def hub(tmp_path: Path, province: Province) -> Iterator[Hub]:
    """A hub on loopback; ``start`` it once it has something to serve."""
    server = make_library(tmp_path / "hub", province, "disk", code="990000")
    for name in ("clients", "receipts"):
        (server.folder / name).mkdir()
    folder = tmp_path / "sshd"
    folder.mkdir()
    make_key(folder / "host")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "keys").touch()
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nUsePAM no\n"
        f"AuthorizedKeysFile {folder}/keys\nStrictModes no\nPermitRootLogin yes\nLogLevel ERROR\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
    )
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    found = Hub(server, port, folder)
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture
def network_library(tmp_path: Path, province: Province, hub: Hub) -> Library:
    return make_network_library(tmp_path / "library", province, hub)


@pytest.fixture
def loop_disk(tmp_path: Path) -> Iterator[Callable[[str, int], Path]]:
    """Make loop devices: ``loop_disk(serial, bytes)`` returns the node."""
    made: list[Path] = []

    def make(serial: str, size: int) -> Path:
        image = tmp_path / f"{serial}.img"
        with image.open("wb") as stream:
            stream.truncate(size)
        words = ["losetup", "--find", "--show", str(image)]
        node = Path(subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip())
        made.append(node)
        return node

    yield make
    for node in made:
        subprocess.run(["losetup", "--detach", str(node)], capture_output=True, check=False)


@pytest.fixture
def mounts(tmp_path: Path) -> Iterator[None]:
    """Unmount what a test leaves mounted below its folder."""
    yield
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        place = line.split(" ")[4]
        if place.startswith(f"{tmp_path}/"):
            subprocess.run(["umount", "--lazy", place], check=False)
