"""``shulu disk``: find a shipped disk by its label, mount it read-only, release it. Needs root."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from shulu.delivery.blockdevice import (
    Shipped,
    find_shipped,
    is_mount_point,
    is_mounted_at,
    mount_read_only,
    unmount,
)
from shulu.delivery.choice import newest_signed
from shulu.delivery.config import CONFIG_FILE, Config, load
from shulu.delivery.disk import is_readable
from shulu.delivery.plan import missing
from shulu.delivery.served import hide, is_gone, is_shown, show, shown
from shulu.findings import Finding, Refused
from shulu.store.store import Store


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--config", type=Path, default=CONFIG_FILE, help=f"default: {CONFIG_FILE}")
    actions = parser.add_subparsers(dest="action", required=True)
    find = actions.add_parser(
        "find", help="exit 0 when a disk is plugged in that has something for this server"
    )
    find.add_argument("--json", action="store_true", help="print all shipped disks as JSON")
    actions.add_parser("mount", help="mount the newest shipped disk whose signature holds; none is fine")
    release = actions.add_parser("release", help="unmount it, so that it can be pulled out")
    release.add_argument("--force", action="store_true", help="also a disk that this server serves from")


def run(arguments: argparse.Namespace) -> int:
    """Do the work; return the exit code."""
    config = load(arguments.config)
    serves = config.disk.mode == "serve"
    if arguments.action == "find":
        return _find(config, as_json=arguments.json)
    if arguments.action == "mount":
        return _show(config) if serves else _mount(config)
    if serves:
        return _release_served(config, force=arguments.force)
    if is_mount_point(config.disk.mount):
        unmount(config.disk.mount)
        print("the disk may be pulled out")
    return 0


def _find(config: Config, *, as_json: bool) -> int:
    found = find_shipped()
    if as_json:
        print(
            json.dumps(
                [{"node": str(disk.node), "label": disk.label, "format": disk.format} for disk in found]
            )
        )
    if config.disk.mode == "serve":
        return _find_for_serving(config, found, as_json=as_json)
    store = Store(config.store, config.state)
    live = store.live()
    lacks = live is not None and bool(missing(store, live.entries))
    useful = [
        disk
        for disk in found
        if live is None or disk.mark > live.release.mark or (lacks and disk.mark == live.release.mark)
    ]
    if not useful:
        return 1
    if not as_json:
        print(f"{useful[0].node} {useful[0].label}")
    return 0


def _find_for_serving(config: Config, found: list[Shipped], *, as_json: bool) -> int:
    """Find a disk that is to be shown, or one that was pulled out and still is."""
    root = config.disk.served
    fresh = [disk for disk in found if not is_shown(disk, root)]
    if not as_json:
        for disk in fresh:
            print(f"{disk.node} {disk.label}")
    return 0 if fresh or any(is_gone(place) for place in shown(root)) else 1


def _show(config: Config) -> int:
    """Mount every shipped disk for readers to be served from; what leads there the delivery decides."""
    root = config.disk.served
    for place in shown(root):
        if is_gone(place):
            hide(place)
            print(f"{place.name} was pulled out")
    findings: list[Finding] = []
    for disk in find_shipped():
        try:
            print(f"{disk.label} is mounted at {show(disk, root)}")
        except Refused as refused:
            findings += refused.findings
        except OSError as error:
            findings.append(Finding(str(disk.node), f"{disk.label}: {error.strerror}", "try another disk"))
    if findings and not shown(root):
        raise Refused(findings)
    for finding in findings:
        print(f"shulu disk: {finding}", file=sys.stderr)
    return 0


def _release_served(config: Config, *, force: bool) -> int:
    for place in shown(config.disk.served):
        if force:
            hide(place)
            print("the disk may be pulled out")
        else:
            print(f"{place} stays mounted: this server serves from it")
    return 0


def _mount(config: Config) -> int:
    target, found = config.disk.mount, find_shipped()
    answers = is_mount_point(target) and is_readable(target)
    if answers and not found:
        print(f"{target} is mounted")
        return 0
    if is_mount_point(target) and not answers:
        unmount(target)
    signed, findings = newest_signed(found, config)
    # Where none is good, the delivery is to say what is wrong with the one that is mounted; once is enough.
    chosen = signed or (found[0] if found else None)
    findings += _twins(chosen, found, {finding.where for finding in findings})
    for finding in findings:
        if chosen is None or finding.where != str(chosen.node):
            print(f"shulu disk: {finding}", file=sys.stderr)
    if answers and chosen and is_mounted_at(chosen.node, target):
        print(f"{target} is mounted")
        return 0
    if is_mount_point(target):
        unmount(target)
    if chosen is None:
        print("no shipped disk is plugged in")
        return 0
    mount_read_only(chosen, target)
    print(f"{chosen.label} is mounted at {target}")
    return 0


def _twins(chosen: Shipped | None, found: list[Shipped], named: set[str]) -> list[Finding]:
    """Name the disks that carry the same label as the chosen one and are not named already."""
    return [
        Finding(str(disk.node), f"carries {disk.label} as {chosen.node} does, which is read first")
        for disk in found
        if chosen and disk != chosen and disk.mark == chosen.mark and str(disk.node) not in named
    ]
