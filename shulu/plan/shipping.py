"""The disks that a plan wants written: equal ones together, named as ``playbooks/ship.yml`` is told them."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass

from shulu.plan.answer import Line, Plan
from shulu.plan.case import Bag

FILE = "disks.json"


@dataclass(frozen=True, slots=True)
class Disk:
    """One disk and who gets a copy, in the order of copying; ``size`` as sold, bytes."""

    name: str
    size: int
    bags: tuple[Bag, ...]
    lines: tuple[Line, ...]

    @property
    def bytes(self) -> int:
        """Payload bytes."""
        return sum(bag.bytes for bag in self.bags)

    @property
    def names(self) -> list[str]:
        """Return its bags as ``id@version``."""
        return [f"{bag.id}@{bag.version}" for bag in self.bags]


def disks_of(plan: Plan) -> list[Disk]:
    """Return the disks to write, numbered from 1 in the order of copying."""
    found: dict[tuple[int, tuple[Bag, ...]], list[Line]] = defaultdict(list)
    for line in sorted(plan.lines, key=lambda line: (line.begins, line.site.code)):
        for disk in line.disks:
            found[disk.kind.bytes, disk.bags].append(line)
    return [
        Disk(str(number), size, bags, tuple(lines))
        for number, ((size, bags), lines) in enumerate(found.items(), 1)
    ]


def as_json(plan: Plan) -> bytes:
    """Return ``disks.json``: by name what ``playbooks/ship.yml`` writes, and for whom."""
    said = {
        "release": plan.case.release,
        "disks": {
            disk.name: {
                "bytes": disk.size,
                "bags": disk.names,
                "libraries": [line.site.code for line in disk.lines],
            }
            for disk in disks_of(plan)
        },
    }
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()
