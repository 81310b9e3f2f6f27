"""The line between a host and the VPN: slow it or cut it, as lines in counties are.

tc-tbf(8) shapes it, both ways: on the bridge's port towards the host, on host0 from it. A cut takes the port
down: the host sees its cable without carrier.
"""

from __future__ import annotations

from lab import host, network, tool
from lab.faults import Faults
from lab.place import Place
from lab.spec import Spec
from shulu.findings import refuse

# A bucket that holds one of the largest packets that veth hands over whole; the queue of a small router.
BUCKET = ("burst", "64kb", "latency", "100ms")


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
    port = network.vpn_port(spec, code)
    if not network.has_link(place, "", port):
        return
    tool.run("ip", "-n", place.netns(), "link", "set", port, "down" if code in faults.cut else "up")
    rate = faults.rates.get(code)
    _shape(network.enter(place, ""), port, rate)
    leader = host.leader(place, code)
    if leader:
        _shape(["nsenter", "-t", str(leader), "-n"], "host0", rate)


def _shape(enter: list[str], name: str, rate: str | None) -> None:
    if rate is None:
        tool.works(*enter, "tc", "qdisc", "del", "dev", name, "root")
    elif not tool.works(*enter, "tc", "qdisc", "replace", "dev", name, "root", "tbf", "rate", rate, *BUCKET):
        raise refuse(rate, "tc does not take this rate", "write it like 20mbit or 512kbit")
