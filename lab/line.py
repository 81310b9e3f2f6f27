"""The line between a host and the VPN: slow it or cut it, as lines in counties are.

The kernel here shapes with tc-tbf(8), both ways: on the bridge's port towards the host, on host0 from it. A cut
takes the port down: the host sees its cable without carrier.
"""

from __future__ import annotations

from lab import host, network, tool
from lab.faults import Faults
from lab.place import Place
from lab.spec import Spec
from shulu.findings import refuse


def slow(place: Place, spec: Spec, faults: Faults, code: str, rate: str) -> None:
    """Shape a host's line to a rate in tc's words (``20mbit``); ``off`` gives it back."""
    before = faults.rates.pop(code, None)
    if rate != "off":
        faults.rates[code] = rate
    try:
        apply(place, spec, faults, code)
    except Exception:
        faults.rates.pop(code, None)
        if before is not None:
            faults.rates[code] = before
        raise
    faults.save(place)


def cut(place: Place, spec: Spec, faults: Faults, code: str) -> None:
    """Cut a host's line to the VPN."""
    if code not in faults.cut:
        faults.cut.append(code)
    faults.save(place)
    apply(place, spec, faults, code)


def mend(place: Place, spec: Spec, faults: Faults, code: str) -> None:
    """Mend a cut line."""
    faults.cut = [other for other in faults.cut if other != code]
    faults.save(place)
    apply(place, spec, faults, code)


def apply(place: Place, spec: Spec, faults: Faults, code: str) -> None:
    """Make the line as it is said to be; a host that is off gets it when it boots."""
    leader = host.leader(place, code)
    if not leader:
        return
    port = network.vpn_port(spec, code)
    tool.run("ip", "-n", place.netns(), "link", "set", port, "down" if code in faults.cut else "up")
    rate = faults.rates.get(code)
    for enter, name in (
        (network.enter(place, ""), port),
        (["nsenter", "-t", str(leader), "-n"], "host0"),
    ):
        if rate is None:
            tool.works(*enter, "tc", "qdisc", "del", "dev", name, "root")
        else:
            shape = ("tbf", "rate", rate, "burst", "32kb", "latency", "100ms")
            done = tool.works(*enter, "tc", "qdisc", "replace", "dev", name, "root", *shape)
            if not done:
                raise refuse(rate, "tc does not take this rate", "write it like 20mbit or 512kbit")
