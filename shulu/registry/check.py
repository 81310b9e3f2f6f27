"""What only shows when a registry's rows are seen together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import netaddr

from shulu.findings import Finding
from shulu.registry.model import TIERS, Library

Place = Callable[[Library, str], str]


def hub(libraries: Sequence[Library], doubtful: set[str], where: str, place: Place) -> Iterator[Finding]:
    """One library of tier province, without a parent and fed by disks: nothing stands above it."""
    hubs = [library for library in libraries if library.tier == "province"]
    if not hubs and not doubtful:
        yield Finding(where, "has no library of tier province/省", "add the provincial library, the hub")
    for other in hubs[1:]:
        problem = f"is a second library of tier province; the hub is {hubs[0].code} in line {hubs[0].line}"
        yield Finding(place(other, "tier"), problem, "give it its own tier")
    for one in (each for each in hubs[:1] if each.code not in doubtful):
        if one.parent:
            yield Finding(place(one, "parent"), "the hub has a parent", "leave it empty")
        if one.route != "disk":
            yield Finding(
                place(one, "route"), f"the hub cannot take route {one.route}", "write disk/硬盘 or auto/自动"
            )


def uniqueness(libraries: Sequence[Library], place: Place) -> Iterator[Finding]:
    """No two libraries with one code or one address."""
    for column, remedy in (
        ("code", "give each library its own code"),
        ("address", "give each its own address"),
    ):
        first: dict[str, Library] = {}
        for library in libraries:
            value: str = getattr(library, column)
            if value and value in first:
                problem = f"{value} is also in line {first[value].line} ({first[value].name})"
                yield Finding(place(library, column), problem, remedy)
            elif value:
                first[value] = library


def parents(libraries: Sequence[Library], doubtful: set[str], place: Place) -> Iterator[Finding]:
    """Parents are there, above their children, not in a ring, and enrolled before those below them.

    ``doubtful`` are the codes of rows with findings of their own, or that are there twice: what they say is
    not held against others.
    """
    by_code = {library.code: library for library in reversed(libraries)}
    for library in libraries:
        if not library.parent or library.tier == "province" or {library.code, library.parent} & doubtful:
            continue
        here = place(library, "parent")
        above = by_code.get(library.parent)
        if above is None:
            yield Finding(
                here, f"no library has the code {library.parent}", "write the code of a row, or add it"
            )
        elif _in_ring(library, by_code):
            yield Finding(here, f"{library.code} stands above itself", "lead every library up to the hub")
        elif TIERS.index(above.tier) >= TIERS.index(library.tier):
            problem = f"a {above.tier} cannot stand above a {library.tier}"
            yield Finding(here, problem, "name a library of a higher tier")
        elif library.address and not above.address:
            # By whatever route content comes: updates, time and receipts go by the parent's address.
            problem = (
                f"{above.code} in line {above.line} has no address, so it is no server to stand below yet"
            )
            yield Finding(here, problem, _until_enrolled(above, by_code))


def _until_enrolled(above: Library, by_code: dict[str, Library]) -> str:
    """Tell what to write while the parent is not enrolled: the nearest server above it has to stand in."""
    remedy = f"give {above.code} its address too"
    server = next((each for each in _above(above, by_code) if each.address), None)
    return f"{remedy}, or write {server.code} as parent/上级馆 until it has one" if server else remedy


def _in_ring(library: Library, by_code: dict[str, Library]) -> bool:
    return any(each.code == library.code for each in _above(library, by_code))


def _above(library: Library, by_code: dict[str, Library]) -> Iterator[Library]:
    """Yield the libraries above one, the nearest first, until there is none or they come round again."""
    seen: set[str] = set()
    step = by_code.get(library.parent)
    while step is not None and step.code not in seen:
        seen.add(step.code)
        yield step
        step = by_code.get(step.parent)


def lans(libraries: Sequence[Library], vpn: Sequence[netaddr.IPNetwork], place: Place) -> Iterator[Finding]:
    """No LAN that touches the VPN, and so none that holds a library's VPN address; none twice in one library.

    Different libraries may have equal LANs: each lies behind its own server and is not routed over the VPN.
    """
    ranges = [(network.version, network.first, network.last, str(network)) for network in vpn]
    for library in libraries:
        here = place(library, "lans")
        taken = list(ranges)
        for text in library.lans:
            lan = netaddr.IPNetwork(text)
            for version, first, last, other in taken:
                if version == lan.version and first <= lan.last and lan.first <= last:
                    problem = f"{text} overlaps {other}" + (" (the VPN)" if other in map(str, vpn) else "")
                    yield Finding(here, problem, "renumber the LAN, or keep one of two that overlap")
            taken.append((lan.version, lan.first, lan.last, text))
