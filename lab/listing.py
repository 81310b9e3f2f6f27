"""What labs there are, and what is in them, for people and for programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from lab import forward, host, lab, network
from lab.place import labs


@dataclass(frozen=True, slots=True)
class State:
    """A host as it is now: ``state`` up or down, ``line`` full, cut or a rate, ``portal`` an address here."""

    code: str
    suite: str
    state: str
    vpn: str
    lan: str | None
    reader: str | None
    line: str
    disks: list[str]
    portal: str | None


def as_json(name: str | None) -> str:
    """Return ``{"labs": [name, ...]}``, or ``{"hosts": [a State, ...]}`` of one lab."""
    if name is None:
        return json.dumps({"labs": labs()})
    return json.dumps({"hosts": [asdict(state) for state in states(name)]}, indent=2)


def as_text(name: str | None) -> str:
    """Return a line per lab, or per host of one."""
    if name is None:
        return "\n".join(labs())
    rows = [("HOST", "SUITE", "STATE", "VPN", "LAN", "LINE", "DISKS", "PORTAL")]
    for each in states(name):
        disks = ",".join(each.disks) or "-"
        rows.append(
            (
                *(each.code, each.suite, each.state, each.vpn, each.lan or "-"),
                *(each.line, disks, each.portal or "-"),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def states(name: str) -> list[State]:
    """Return the hosts of a lab, in the order of its description."""
    place, spec, faults = lab.load(name)
    portals = forward.running(place)
    return [
        State(
            code=each.code,
            suite=each.suite,
            state="up" if host.leader(place, each.code) else "down",
            vpn=str(each.vpn),
            lan=str(each.lan) if each.lan else None,
            reader=network.reader(each.code) if each.reader else None,
            line="cut" if each.code in faults.cut else faults.rates.get(each.code, "full"),
            disks=faults.disks_of(each.code),
            portal=portals.get(each.code),
        )
        for each in spec.hosts
    ]
