"""Which of the shipped disks that are plugged in to take: anybody can write a label, so signatures decide."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from shulu.content.signature import Trust
from shulu.delivery.blockdevice import Shipped, is_mounted_at, mounted
from shulu.delivery.config import Config
from shulu.delivery.offer import load_offer
from shulu.delivery.plan import missing, wanted
from shulu.findings import Finding, Refused
from shulu.store.store import Store

Worth = tuple[tuple[int, int], bool]
"""A disk's release, and whether it has a bag of it that is not here yet: a release may come on several."""


def newest_signed(disks: Iterable[Shipped], config: Config) -> tuple[Shipped | None, list[Finding]]:
    """Return the disk with the newest release whose signature holds, and what is wrong with others.

    Of several with one release it is the first that has something for this server. A disk that is mounted
    already is read there. Needs root.
    """
    best: Shipped | None = None
    most: Worth = ((-1, -1), False)
    findings: list[Finding] = []
    for disk in disks:
        try:
            worth = _look(disk, config)
        except Refused as refused:
            findings += [
                Finding(str(disk.node), f"{disk.label}: {each.where}: {each.problem}", "try another disk")
                for each in refused.findings
            ]
            continue
        except OSError as error:
            findings.append(Finding(str(disk.node), f"{disk.label}: {error.strerror}", "try another disk"))
            continue
        if worth > most:
            best, most = disk, worth
    return best, findings


def _look(disk: Shipped, config: Config) -> Worth:
    if is_mounted_at(disk.node, config.disk.mount):
        return _worth(config.disk.mount, config)
    with tempfile.TemporaryDirectory(prefix="shulu-disk-") as name, mounted(disk, Path(name)) as folder:
        return _worth(folder, config)


def _worth(folder: Path, config: Config) -> Worth:
    release = load_offer(folder, Trust.at(config.trust)).release
    lacks = missing(Store(config.store, config.state), wanted(release, config.network.collections))
    return release.mark, any((folder / entry.path).is_dir() for entry in lacks)
