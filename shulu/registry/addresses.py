"""The address plan: VPN addresses and LANs for libraries that have none yet, out of the province's ranges.

Each library has a wish that follows from its code alone, so that proposals do not move when others are added.
In a range of 25,600 pieces or more it can be read: in a /16, 340103 gets x.x.1.103, the city library 340100
x.x.1.1, the hub x.x.0.1. In a smaller range, and for stations, it lies as far into the range as the code
among all codes. Who finds his wish taken gets the next piece that is free.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import netaddr

from shulu.findings import Finding, Refused
from shulu.registry.model import Library, Registry, Settings
from shulu.registry.pool import Pool
from shulu.registry.reader import networks, vpn_of

_BLOCK = 256
_READABLE = 100 * _BLOCK


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a library would get; "" where it has one already or no range was named."""

    library: Library
    address: str
    lan: str


def propose(registry: Registry, settings: Settings, only: frozenset[str] = frozenset()) -> list[Assignment]:
    """Propose for all libraries, or those whose codes are in ``only``; what a library has is kept.

    Nothing in use or reserved is handed out. Raises Refused where a range is too small, with how large it
    must be.
    """
    vpn, reserved = vpn_of(settings), networks(settings.vpn_reserved, "vpn_reserved")
    lan_ranges = networks(settings.lan_ranges, "lan_ranges")
    wanted = sorted((each for each in registry.libraries if not only or each.code in only), key=_code)
    strangers = sorted(only - {each.code for each in registry.libraries})
    findings = [
        Finding(code, "is no library of this registry", "name codes of its rows") for code in strangers
    ]
    edges = [netaddr.IPNetwork(address) for each in vpn for address in _edges(each)]
    used = [netaddr.IPNetwork(each.address) for each in registry.enrolled]
    addresses, short = _hand_out(
        "vpn", vpn, None, [*edges, *reserved, *used], [each for each in wanted if not each.address]
    )
    findings.extend(short)
    lans: dict[str, netaddr.IPNetwork] = {}
    if lan_ranges:
        used = [netaddr.IPNetwork(text) for each in registry.libraries for text in each.lans]
        without = [each for each in wanted if not each.lans]
        lans, short = _hand_out("lan_ranges", lan_ranges, settings.lan_prefix, [*vpn, *used], without)
        findings.extend(short)
    if findings:
        raise Refused(findings)
    found = [
        Assignment(each, str(addresses[each.code].ip) if each.code in addresses else "",
                   str(lans.get(each.code, "")))
        for each in wanted
    ]  # fmt: skip
    return [each for each in found if each.address or each.lan]


def _hand_out(
    where: str,
    ranges: Sequence[netaddr.IPNetwork],
    prefix: int | None,
    kept: Sequence[netaddr.IPNetwork],
    libraries: Sequence[Library],
) -> tuple[dict[str, netaddr.IPNetwork], list[Finding]]:
    pool = Pool(ranges, prefix)
    pool.block(kept)
    if len(libraries) > pool.free:
        needed = len(libraries) + pool.size - pool.free
        # A new range has a first and a last address of its own, which no server may have.
        edges = 2 if prefix is None else 0
        bits = max((prefix or 32) - (needed + edges - 1).bit_length(), 0)
        named = ", ".join(map(str, ranges)) or "no range"
        problem = f"{named} has room for {pool.free} more, {len(libraries)} are needed"
        return {}, [Finding(where, problem, f"name a range of /{bits} or larger, or one more range")]
    return {each.code: pool.take(_wish(each.code, pool.size)) for each in libraries}, []


def _wish(code: str, size: int) -> int:
    prefecture, county = int(code[2:4]), int(code[4:6])
    if len(code) == 6 and size >= _READABLE:
        return prefecture * _BLOCK + (100 + county if county else 1)
    # Stations of a county lie near each other, and not in a row: one more does not push the others on.
    far = ((prefecture * 100 + county) << 32) + zlib.crc32(code[6:].encode())
    begin = _READABLE if size >= 2 * _READABLE else 0
    return begin + (far * (size - begin)) // (10_000 << 32)


def _edges(network: netaddr.IPNetwork) -> list[netaddr.IPAddress]:
    """Return the addresses of a range that no server may have."""
    if network.version == 6 or network.size <= 2:
        return []
    return [network.network, netaddr.IPAddress(network.last)]


def _code(library: Library) -> str:
    return library.code
