"""The lab's wires: a namespace with a bridge for the VPN and one per LAN, and who hangs on them.

Nothing is routed between the bridges: whoever wants to pass from the VPN to a LAN has to go through a host.
"""

from __future__ import annotations

import hashlib
import os
import signal
from contextlib import suppress
from ipaddress import IPv4Interface

from lab import tool
from lab.place import Place
from lab.spec import Host, Spec

VPN = "vpn"
STRANGER = "stranger"


def reader(code: str) -> str:
    """Return the name of the PC on a host's LAN."""
    return f"reader-{code}"


def vpn_port(spec: Spec, code: str) -> str:
    """Return the port of the VPN bridge that a host's cable ends in."""
    return f"v{_index(spec, code)}"


def ensure(place: Place, spec: Spec) -> None:
    """Make the bridges and the places without a host: controller, stranger, readers."""
    if _ensure_namespace(place, ""):
        _inside(place, "", "sysctl", "-qw", "net.ipv4.ip_forward=0", "net.ipv6.conf.all.forwarding=0")
    _ensure_bridge(place, VPN)
    _ensure_address(place, "", VPN, spec.controller)
    _ensure_station(place, STRANGER, "vs", VPN, spec.stranger)
    for index, host in enumerate(spec.hosts):
        if host.lan is not None:
            _ensure_bridge(place, f"lan{index}")
        if host.reader is not None:
            _ensure_station(place, reader(host.code), f"r{index}", f"lan{index}", host.reader)


def wire(place: Place, spec: Spec, host: Host) -> list[str]:
    """Lay a host's cables into its own namespace, anew; return the interfaces that its machine takes over."""
    unwire(place, spec, host)
    index = _index(spec, host.code)
    _ensure_namespace(place, host.code)
    cables = {"host0": (f"v{index}", VPN)}
    if host.lan is not None:
        cables["lan0"] = (f"l{index}", f"lan{index}")
    for name, (port, bridge) in cables.items():
        _plug(place, host.code, name, port, bridge)
    return list(cables)


def unwire(place: Place, spec: Spec, host: Host) -> None:
    """Take a host's cables away; its namespace goes too."""
    index = _index(spec, host.code)
    for port in (f"v{index}", f"l{index}"):
        if has_link(place, "", port):
            # It may go by itself meanwhile, with the namespace of the machine that was killed.
            tool.works("ip", "-n", place.netns(), "link", "del", port)
    if place.netns_path(host.code).exists():
        tool.run("ip", "netns", "del", place.netns(host.code))


def remove(place: Place) -> None:
    """Remove every namespace of the lab, and all interfaces with them; who is in one is killed."""
    for name in place.netns_names():
        for process in tool.run("ip", "netns", "pids", name).split():
            with suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)
        tool.run("ip", "netns", "del", name)


def enter(place: Place, who: str, *words: str) -> list[str]:
    """Return the command that runs these words in a namespace of the lab, with this machine's files.

    nsenter(1) and not ``ip netns exec``, which mounts another /sys: systemd-nspawn finds no cgroups then.
    """
    return ["nsenter", f"--net={place.netns_path(who)}", *words]


def hardware(place: Place, name: str) -> str:
    """Return a MAC address that stays the same when an interface comes anew, as a real card's does.

    Neighbours keep the old one in mind for half a minute. Locally administered: bit 1 of the first byte.
    """
    return "02:" + hashlib.sha256(f"{place.lab}/{name}".encode()).digest()[:5].hex(":")


def _index(spec: Spec, code: str) -> int:
    return [host.code for host in spec.hosts].index(code)


def _inside(place: Place, who: str, *words: str) -> str:
    return tool.run(*enter(place, who, *words))


def has_link(place: Place, who: str, name: str) -> bool:
    """Tell whether a namespace has an interface."""
    return tool.works("ip", "-n", place.netns(who), "link", "show", "dev", name)


def _ensure_namespace(place: Place, who: str) -> bool:
    if place.netns_path(who).exists():
        return False
    tool.run("ip", "netns", "add", place.netns(who))
    tool.run("ip", "-n", place.netns(who), "link", "set", "lo", "up")
    return True


def _ensure_bridge(place: Place, name: str) -> None:
    if not has_link(place, "", name):
        tool.run(
            "ip", "-n", place.netns(), "link", "add", name, "address", hardware(place, name), "type", "bridge"
        )
        tool.run("ip", "-n", place.netns(), "link", "set", name, "up")


def _ensure_address(place: Place, who: str, name: str, address: IPv4Interface) -> None:
    tool.run("ip", "-n", place.netns(who), "address", "replace", str(address), "dev", name)


def _ensure_station(place: Place, who: str, port: str, bridge: str, address: IPv4Interface) -> None:
    _ensure_namespace(place, who)
    if not has_link(place, who, "eth0"):
        _plug(place, who, "eth0", port, bridge)
    _ensure_address(place, who, "eth0", address)


def _plug(place: Place, who: str, name: str, port: str, bridge: str) -> None:
    base = ("ip", "-n", place.netns())
    address = hardware(place, f"{who}/{name}")
    peer = ("peer", "name", name, "address", address, "netns", place.netns(who))
    tool.run(*base, "link", "add", port, "type", "veth", *peer)
    tool.run(*base, "link", "set", port, "master", bridge, "up")
    tool.run("ip", "-n", place.netns(who), "link", "set", name, "up")
