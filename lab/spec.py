"""What a lab is made of: its hosts, their networks and disks, read from YAML and judged as a whole."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Self

import yaml

from lab.image import SUITES
from shulu.findings import Finding, Refused, refuse

CODE = re.compile(r"[0-9a-z]([0-9a-z-]{0,30}[0-9a-z])?")
RESERVED = {"stranger", "controller"}
SIZE = re.compile(r"([1-9][0-9]*)([KMGT]?)")
HOST_KEYS = {"suite", "vpn", "lan", "reader", "data"}
SPEC_KEYS = {"hosts", "stranger", "controller"}


@dataclass(frozen=True, slots=True)
class Host:
    """One host: its addresses with their prefixes, the PC on its LAN, the size in bytes of its data disk."""

    code: str
    suite: str
    vpn: IPv4Interface
    lan: IPv4Interface | None = None
    reader: IPv4Interface | None = None
    data: int = 0


@dataclass(frozen=True, slots=True)
class Spec:
    """A whole lab. The hosts keep the order of the file."""

    hosts: tuple[Host, ...]
    stranger: IPv4Interface
    controller: IPv4Interface

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file; refuse with all findings at once."""
        try:
            tree = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise refuse(str(path), error.strerror or str(error)) from error
        except yaml.YAMLError as error:
            raise refuse(str(path), f"is no YAML: {error}") from error
        return cls.parse(tree, str(path))

    @classmethod
    def parse(cls, tree: object, where: str) -> Self:
        """Turn plain data into a lab's description; refuse with all findings at once."""
        judge = _Judge(where)
        spec = judge.spec(tree)
        if judge.findings or spec is None:
            raise Refused(judge.findings)
        return cls(*spec)

    def host(self, code: str) -> Host:
        """Find a host by its code."""
        for host in self.hosts:
            if host.code == code:
                return host
        raise refuse(code, "is no host of this lab", f"use one of {', '.join(h.code for h in self.hosts)}")


def parse_size(text: object) -> int:
    """Return the bytes of a size like ``512M`` or ``4G`` (powers of 1024, as truncate(1) has them)."""
    match = SIZE.fullmatch(str(text))
    if match is None:
        raise ValueError(f"{text!r} is no size")
    return int(match[1]) << 10 * " KMGT".index(match[2] or " ")


class _Judge:
    """Reads the tree and gathers what is wrong with it."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.findings: list[Finding] = []

    def spec(self, tree: object) -> tuple[tuple[Host, ...], IPv4Interface, IPv4Interface] | None:
        if not self.mapping(tree, "", SPEC_KEYS) or not isinstance(tree, dict):
            return None
        stranger = self.address(tree.get("stranger"), "stranger")
        controller = self.address(tree.get("controller"), "controller")
        listed = tree.get("hosts")
        if not isinstance(listed, dict) or not listed:
            self.add("hosts", "has no host", "name at least one")
            return None
        hosts = [self.host(str(code), entry) for code, entry in listed.items()]
        known = tuple(host for host in hosts if host is not None)
        if stranger is None or controller is None or len(known) < len(hosts):
            return None
        vpn = {f"{host.code}.vpn": host.vpn for host in known} | {
            "stranger": stranger,
            "controller": controller,
        }
        self.one_network(vpn)
        for host in known:
            if host.lan is not None and host.reader is not None:
                self.one_network({f"{host.code}.lan": host.lan, f"{host.code}.reader": host.reader})
            elif host.reader is not None:
                self.add(
                    f"{host.code}.reader",
                    "has no LAN to be on",
                    "give the host a lan, or leave the reader out",
                )
        return known, stranger, controller

    def host(self, code: str, entry: object) -> Host | None:
        before = len(self.findings)
        if not CODE.fullmatch(code) or code in RESERVED or code.startswith("reader-"):
            self.add(code, "is no code for a host", "use digits, lower case letters and hyphens, at most 32")
        if not self.mapping(entry, code, HOST_KEYS) or not isinstance(entry, dict):
            return None
        suite = entry.get("suite")
        if suite not in SUITES:
            self.add(
                f"{code}.suite", f"{suite!r} is no suite the lab knows", f"use one of {', '.join(SUITES)}"
            )
        vpn = self.address(entry.get("vpn"), f"{code}.vpn")
        lan = self.address(entry["lan"], f"{code}.lan") if "lan" in entry else None
        reader = self.address(entry["reader"], f"{code}.reader") if "reader" in entry else None
        try:
            data = parse_size(entry["data"]) if "data" in entry else 0
        except ValueError as error:
            self.add(f"{code}.data", str(error), "write it like 4G")
            data = 0
        if len(self.findings) > before or vpn is None:
            return None
        return Host(code, str(suite), vpn, lan, reader, data)

    def mapping(self, value: object, place: str, known: set[str]) -> bool:
        if not isinstance(value, dict):
            self.add(place, "is no mapping", f"give it {', '.join(sorted(known))}")
            return False
        for key in value:
            if key not in known:
                self.add(
                    f"{place}.{key}".lstrip("."), "is not known", f"known are {', '.join(sorted(known))}"
                )
        return True

    def address(self, value: object, place: str) -> IPv4Interface | None:
        try:
            address = IPv4Interface(str(value))
        except ValueError as error:
            self.add(place, str(error), "write it like 10.99.0.1/16")
            return None
        edges = {address.network.network_address, address.network.broadcast_address}
        if "/" not in str(value) or address.network.prefixlen > 30 or address.ip in edges:
            self.add(place, f"{value} is no host in a network", "write it like 10.99.0.1/16")
            return None
        return address

    def one_network(self, addresses: dict[str, IPv4Interface]) -> None:
        """All of these are on one bridge: one network, no address twice."""
        network = Counter(address.network for address in addresses.values()).most_common(1)[0][0]
        owner: dict[object, str] = {}
        for place, address in addresses.items():
            if address.network != network:
                self.add(place, f"{address} is not in {network}, where the others are")
            if address.ip in owner:
                self.add(place, f"{address.ip} is also the address of {owner[address.ip]}")
            owner.setdefault(address.ip, place)

    def add(self, place: str, problem: str, remedy: str = "") -> None:
        self.findings.append(Finding(f"{self.where}: {place}" if place else self.where, problem, remedy))
