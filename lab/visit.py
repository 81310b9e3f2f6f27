"""Being at a place of the lab: at a host's console, a reader's PC, the stranger's, the controller's."""

from __future__ import annotations

from collections.abc import Sequence

from lab import host, network
from lab.place import Place
from lab.spec import Spec
from shulu.findings import refuse

CONTROLLER = "controller"


def command(place: Place, spec: Spec, who: str, words: Sequence[str]) -> list[str]:
    """Return the command that runs these words there: in a host as its root, elsewhere with our tools."""
    if who == CONTROLLER:
        return network.enter(place, "", *words)
    if who == network.STRANGER or who in {network.reader(each.code) for each in spec.hosts if each.reader}:
        return network.enter(place, who, *words)
    leader = host.leader(place, spec.host(who).code)
    if not leader:
        raise refuse(who, "is switched off", f"lab poweron {place.lab} {who}")
    return host.inside(leader, *words)
