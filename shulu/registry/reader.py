"""From ``libraries.csv`` to a Registry, or to all that is wrong with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import netaddr

from shulu.findings import Finding, Refused, refuse
from shulu.registry import cells, check, routes
from shulu.registry.columns import COLUMNS
from shulu.registry.model import AUTO, Library, Registry, Settings
from shulu.registry.table import Row, decode, rows

T = TypeVar("T")
_COLUMN = {column.name: column for column in COLUMNS}


def read(path: Path, settings: Settings) -> Registry:
    """Read a registry, with the routes that the plan laid beside it.

    Raises Refused with every finding: line, column, problem and remedy.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise refuse(
            str(path), f"cannot be read ({error.strerror})", "name the registry that is there"
        ) from error
    return routes.apply(parse(data, settings, path.name), path.with_name(routes.FILE))


def parse(data: bytes, settings: Settings, where: str) -> Registry:
    """Read a registry from the bytes of its file; ``where`` names it in findings. Raises Refused."""
    vpn = vpn_of(settings)
    table, findings = rows(decode(data, where), where)
    missing = [c for c in COLUMNS if c.required and not any(c.name in row.cells for row in table)]
    if missing and table:
        findings.extend(
            Finding(where, f"has no column {column}", "add it to the heading") for column in missing
        )
        raise Refused(findings)
    drafts = [_draft(row, where, vpn, settings) for row in table]
    findings.extend(finding for draft in drafts for finding in draft.findings)
    libraries = _under_the_hub([draft.library for draft in drafts])
    codes = Counter(library.code for library in libraries)
    doubtful = {draft.library.code for draft in drafts if draft.findings or codes[draft.library.code] > 1}

    def place(library: Library, column: str) -> str:
        return _place(where, library.line, column)

    findings.extend(check.hub(libraries, doubtful, where, place))
    findings.extend(check.uniqueness(libraries, place))
    findings.extend(check.parents(libraries, doubtful, place))
    findings.extend(check.lans(libraries, vpn, place))
    if findings:
        raise Refused(sorted(findings, key=_line_of))
    return Registry(tuple(libraries))


def vpn_of(settings: Settings) -> list[netaddr.IPNetwork]:
    """Return the ranges of the province's VPN; none until the first library is enrolled. Raises Refused."""
    return networks(settings.vpn, "vpn")


def networks(texts: Sequence[str], where: str) -> list[netaddr.IPNetwork]:
    """Return the ranges that a province's configuration names under ``where``. Raises Refused."""
    found, findings = [], []
    for text in texts:
        try:
            network = netaddr.IPNetwork(text)
        except (netaddr.AddrFormatError, ValueError):
            findings.append(Finding(where, f"{text!r} is no network", "write it as 10.99.0.0/16"))
            continue
        if network.ip != network.network:
            findings.append(Finding(where, f"{text} is an address inside a network", f"write {network.cidr}"))
        found.append(network)
    if findings:
        raise Refused(findings)
    return found


def resolve(route: str, tier: str, line_mbit: int, settings: Settings) -> str:
    """Return the route that ``auto`` stands for; any other route as it is.

    The base load is 4 TB: 100 Mbit/s carry it in 12 nights of eight hours, 20 Mbit/s in two months. So a line
    declared at least ``network_from_mbit`` fast means the network, a slower or undeclared one disks. The hub
    is fed by disks. ``remote`` needs somebody's decision: such a library holds nothing of its own.
    """
    if route != AUTO:
        return route
    return "network" if tier != "province" and line_mbit >= settings.network_from_mbit else "disk"


@dataclass(slots=True)
class _Draft:
    library: Library
    findings: list[Finding] = field(default_factory=list)


def _draft(row: Row, where: str, vpn: list[netaddr.IPNetwork], settings: Settings) -> _Draft:
    findings: list[Finding] = []

    def cell(column: str, reader: Callable[..., T], fallback: T, *more: Any) -> T:
        try:
            return reader(row.cells.get(column, ""), *more)
        except cells.Unclear as unclear:
            findings.append(Finding(_place(where, row.line, column), unclear.problem, unclear.remedy))
            return fallback

    tier = cell("tier", cells.tier, "station")
    line_mbit = cell("line", cells.line, 0)
    route = cell("route", cells.route, "disk")
    no_lans: tuple[netaddr.IPNetwork, ...] = ()
    no_collections: tuple[str, ...] = ()
    library = Library(
        code=cell("code", cells.code, ""),
        name=cell("name", cells.name, ""),
        tier=tier,
        parent=cell("parent", cells.parent, ""),
        address=cell("address", cells.address, "", vpn),
        route=resolve(route, tier, line_mbit, settings),
        line_mbit=line_mbit,
        window=cell("window", cells.window, ""),
        lans=tuple(map(str, cell("lans", cells.lans, no_lans))),
        wave=cell("wave", cells.wave, 1),
        collections=cell("collections", cells.collections, no_collections),
        line=row.line,
        auto=route == AUTO,
        any_wave=not row.cells.get("wave", "").strip(),
    )
    return _Draft(library, findings)


def _under_the_hub(libraries: list[Library]) -> list[Library]:
    """Put libraries that name no parent under the hub."""
    hub = next((library for library in libraries if library.tier == "province"), None)
    if hub is None:
        return libraries
    return [
        library if library.parent or library.tier == "province" else replace(library, parent=hub.code)
        for library in libraries
    ]


def _line_of(finding: Finding) -> int:
    match = re.search(r":(\d+)(?:,|$)", finding.where)
    return int(match[1]) if match else 0


def _place(where: str, line: int, column: str) -> str:
    return f"{where}:{line}, {_COLUMN[column]}"
