"""``shulu store``: list what is held, read it again and name what rotted, drop what is no longer needed."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from shulu.delivery.config import CONFIG_FILE, load
from shulu.delivery.owner import become_owner
from shulu.findings import Refused
from shulu.progress import Progress, human_bytes, terminal_line
from shulu.store.audit import LOCK_SECONDS, audit, held_entries
from shulu.store.damage import damaged
from shulu.store.store import Store


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--config", type=Path, default=CONFIG_FILE, help=f"default: {CONFIG_FILE}")
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="list the releases and bags that are held")
    listing.add_argument("--json", action="store_true", help="print JSON")
    verify = actions.add_parser("verify", help="read bags again; name and put aside what is damaged")
    verify.add_argument("bag", nargs="*", help="ids of bags; default: all that are held")
    actions.add_parser("gc", help="drop releases that are no longer kept, and their bags")


def run(arguments: argparse.Namespace) -> int:
    """Do the work; return the exit code."""
    config = load(arguments.config)
    store = Store(config.store, config.state)
    if arguments.action == "list":
        return _list(store, as_json=arguments.json)
    become_owner(config.store)
    if arguments.action == "verify":
        return _verify(store, arguments.bag)
    with store.lock(LOCK_SECONDS):
        for name in store.gc(config.keep_releases):
            print(f"dropped {name}")
    return 0


def _list(store: Store, *, as_json: bool) -> int:
    live = store.live()
    releases = [
        {
            "epoch": held.release.epoch,
            "serial": held.release.serial,
            "live": live is not None and held.folder == live.folder,
            "bags": [
                {
                    "id": entry.id,
                    "version": entry.version,
                    "bytes": entry.bytes,
                    "damaged": list(found.files) if (found := damaged(store.quarantine, entry)) else [],
                }
                for entry in held.entries
            ],
        }
        for held in store.releases()
    ]
    if as_json:
        print(json.dumps(releases, ensure_ascii=False, indent=1))
        return 0
    for held in store.releases():
        print(f"release {held.release.name}" + ("  live" if live and held.folder == live.folder else ""))
        for entry in held.entries:
            found = damaged(store.quarantine, entry)
            note = f"  {len(found.files)} files damaged" if found else ""
            print(f"  {entry.id} {entry.version}  {human_bytes(entry.bytes)}  {entry.files} files{note}")
    return 0


def _verify(store: Store, ids: list[str]) -> int:
    entries = [entry for entry in held_entries(store) if not ids or entry.id in ids]
    findings = audit(store, entries, Progress(listener=terminal_line(sys.stderr)))
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if findings:
        raise Refused(findings)
    print(f"{len(entries)} bags are whole")
    return 0
