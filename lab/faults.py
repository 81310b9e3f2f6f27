"""What was done to a lab since it was made: lines slowed or cut, disks plugged.

It outlives the hosts, so that a host that comes back finds its line and its disks as they were.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from lab.place import Place


@dataclass(slots=True)
class Faults:
    """``rates`` (tc's words) and ``cut`` by host, ``plugged`` host by disk."""

    rates: dict[str, str] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)
    plugged: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, place: Place) -> Faults:
        """Read what is so now; a new lab has no faults."""
        if not place.faults.exists():
            return cls()
        tree: dict[str, Any] = json.loads(place.faults.read_text())
        return cls(**tree)

    def save(self, place: Place) -> None:
        """Write it in one step."""
        draft = place.faults.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self), indent=2, sort_keys=True) + "\n")
        draft.replace(place.faults)

    def disks_of(self, code: str) -> list[str]:
        """Return the disks plugged into a host."""
        return sorted(disk for disk, host in self.plugged.items() if host == code)
