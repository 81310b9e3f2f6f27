"""Which of the shipped disks that are plugged in to take: anybody can write a label, so signatures decide."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from shulu.content.signature import Trust
from shulu.delivery.blockdevice import Shipped, is_mounted_at, mounted
from shulu.delivery.offer import Offer, load_offer
from shulu.findings import Finding, Refused


def newest_signed(
    disks: Iterable[Shipped], trust: Trust, target: Path
) -> tuple[Shipped | None, list[Finding]]:
    """Return the disk with the newest release whose signature holds, and what is wrong with others.

    A disk that is mounted at ``target`` already is read there. Needs root.
    """
    best: Shipped | None = None
    mark = (-1, -1)
    findings: list[Finding] = []
    for disk in disks:
        try:
            offer = _offer(disk, trust, target)
        except Refused as refused:
            findings += [
                Finding(str(disk.node), f"{disk.label}: {each.where}: {each.problem}", "try another disk")
                for each in refused.findings
            ]
            continue
        except OSError as error:
            findings.append(Finding(str(disk.node), f"{disk.label}: {error.strerror}", "try another disk"))
            continue
        if offer.release.mark > mark:
            best, mark = disk, offer.release.mark
    return best, findings


def _offer(disk: Shipped, trust: Trust, target: Path) -> Offer:
    if is_mounted_at(disk.node, target):
        return load_offer(target, trust)
    with tempfile.TemporaryDirectory(prefix="shulu-disk-") as name, mounted(disk, Path(name)) as folder:
        return load_offer(folder, trust)
