"""A hub and a library in namespaces of their own, a wire of any speed and a real sshd between them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

LIBRARY_ADDRESS = "10.98.0.2"
HUB_WIRE, LIBRARY_WIRE = "hub0", "lib0"


class Place(NamedTuple):
    """Where the library finds the hub's sshd."""

    address: str
    port: int


HUB = Place("10.98.0.1", 22)
RELAY = Place("127.0.0.1", 2222)
"""The hub behind latency; the library's end is a namespace of its own, so that the port is free."""

SSHD = """\
ListenAddress {address}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
MaxStartups 100
"""

UPSTREAM = """
[upstream]
library = "990000"
host = "{place.address}"
port = {place.port}
known_hosts = "{folder}/known_hosts"
mirror_user = "root"
receipts_user = "root"
"""


@dataclass(frozen=True, slots=True)
class Wire:
    """Both ends' namespaces and the folder of sshd's files."""

    folder: Path
    name: str

    def upstream(self, place: Place = HUB) -> str:
        """Return the library's ``[upstream]`` in agent.toml."""
        return UPSTREAM.format(place=place, folder=self.folder)

    def at_library(self, *words: str | Path) -> list[str]:
        """Return the command that runs these words at the library's end."""
        return ["nsenter", f"--net=/run/netns/{self.name}-lib", *map(str, words)]

    def shell(self, key: Path, place: Place = HUB) -> str:
        """Return the remote shell that a plain rsync uses over this wire."""
        known = f"-o UserKnownHostsFile={self.folder}/known_hosts"
        return f"ssh -F none -p {place.port} -i {key} -o BatchMode=yes {known}"

    def admit(self, key: Path, forced: str = "") -> None:
        """Let a key log in at the hub; with ``forced`` for this command alone."""
        options = f'restrict,command="{forced}" ' if forced else ""
        with (self.folder / "authorized_keys").open("a") as stream:
            stream.write(options + key.with_suffix(".pub").read_text())

    @contextlib.contextmanager
    def far_off(self, round_trip: float) -> Iterator[Place]:
        """Have the hub at another place too, ``round_trip`` seconds away."""
        way = [str(RELAY.port), HUB.address, str(HUB.port), str(round_trip)]
        relay = subprocess.Popen(self.at_library(sys.executable, "-m", "bench.relay", *way))
        time.sleep(1)
        try:
            yield RELAY
        finally:
            relay.terminate()
            relay.wait()

    def shape(self, rate: str) -> None:
        """Limit both directions to a rate as tc(8) writes it; "" lifts the limit."""
        for end, device in (("hub", HUB_WIRE), ("lib", LIBRARY_WIRE)):
            tc = ["tc", "-n", f"{self.name}-{end}", "qdisc"]
            subprocess.run([*tc, "del", "dev", device, "root"], capture_output=True, check=False)
            if rate:
                shape = ["root", "tbf", "rate", rate, "burst", "32kb", "latency", "100ms"]
                subprocess.run([*tc, "add", "dev", device, *shape], check=True)

    def received(self) -> int:
        """Return the bytes that the library's end has received so far."""
        file = f"/sys/class/net/{LIBRARY_WIRE}/statistics/rx_bytes"
        # sysfs shows the interfaces of the namespace it was mounted in.
        script = f"mount -t sysfs sysfs /sys && cat {file}"
        words = self.at_library("unshare", "--mount", "sh", "-c", script)
        return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


@contextlib.contextmanager
def wire(folder: Path) -> Iterator[Wire]:
    """Set up both namespaces and sshd; take them down again."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Wire(folder, f"bench{os.getpid()}")
    hub, library = f"{made.name}-hub", f"{made.name}-lib"
    (folder / "authorized_keys").write_text("")
    for name in ("host_key", "host_key.pub"):
        (folder / name).unlink(missing_ok=True)
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "host_key"))
    names = f"{HUB.address},[{RELAY.address}]:{RELAY.port}"
    (folder / "known_hosts").write_text(f"{names} {(folder / 'host_key.pub').read_text()}")
    (folder / "sshd_config").write_text(SSHD.format(address=HUB.address, folder=folder))
    Path("/run/sshd").mkdir(exist_ok=True)
    sshd: subprocess.Popen[bytes] | None = None
    try:
        for namespace in (hub, library):
            _run("ip", "netns", "add", namespace)
            _run("ip", "-n", namespace, "link", "set", "lo", "up")
        _run("ip", "-n", hub, "link", "add", HUB_WIRE, "type", "veth", "peer", LIBRARY_WIRE, "netns", library)
        for namespace, device, address in (
            (hub, HUB_WIRE, HUB.address),
            (library, LIBRARY_WIRE, LIBRARY_ADDRESS),
        ):
            _run("ip", "-n", namespace, "address", "add", f"{address}/24", "dev", device)
            _run("ip", "-n", namespace, "link", "set", device, "up")
        words = [
            "nsenter",
            f"--net=/run/netns/{hub}",
            "/usr/sbin/sshd",
            "-D",
            "-f",
            str(folder / "sshd_config"),
        ]
        sshd = subprocess.Popen([*words, "-E", str(folder / "sshd.log")], start_new_session=True)
        time.sleep(1)
        if sshd.poll() is not None:
            raise RuntimeError((folder / "sshd.log").read_text())
        yield made
    finally:
        if sshd is not None and sshd.poll() is None:
            os.killpg(sshd.pid, signal.SIGTERM)
            sshd.wait()
        for namespace in (hub, library):
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
