"""``shulu licence``: let the web server send what may be read today, or tell what may not for long."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from shulu.catalogue import readers
from shulu.catalogue.lapses import DAYS, as_rows, lapses
from shulu.catalogue.model import Unreadable
from shulu.delivery.config import CONFIG_FILE, load
from shulu.delivery.owner import become_owner
from shulu.findings import refuse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the two actions and their options."""
    parser.add_argument("--config", type=Path, default=CONFIG_FILE, help=f"default: {CONFIG_FILE}")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("renew", help="link what readers may have today, and nothing else")
    lapsing = actions.add_parser("lapsing", help="list what may not be read for long")
    lapsing.add_argument("--days", type=int, default=DAYS, metavar="N", help=f"how far to look ({DAYS})")
    lapsing.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do the work; return the exit code."""
    config = load(arguments.config)
    if arguments.action == "lapsing":
        return _lapsing(config.store / "live", arguments.days, as_json=arguments.json)
    become_owner(config.store)
    print(readers.renew(config.store))
    return 0


def _lapsing(live: Path, days: int, *, as_json: bool) -> int:
    try:
        found = lapses(live, days)
    except Unreadable as error:
        raise refuse(str(live), f"has no catalogue: {error}", "deliver a release first") from error
    if as_json:
        print(json.dumps(as_rows(found), ensure_ascii=False, indent=1))
    else:
        for lapse in found:
            print(f"{lapse.until}  {lapse.bag}  {lapse.count} records")
        if not found:
            print(f"nothing lapses within {days} days")
    return 0
