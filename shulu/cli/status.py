"""``shulu status``: what is live here, and what is under way."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from shulu.catalogue.lapses import DAYS, as_rows, lapses
from shulu.catalogue.model import Unreadable
from shulu.delivery.config import CONFIG_FILE, load
from shulu.delivery.status import read_status
from shulu.progress import human_bytes, human_seconds
from shulu.store.store import Store
from shulu.usage.figures import read_figures, total


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--config", type=Path, default=CONFIG_FILE, help=f"default: {CONFIG_FILE}")
    parser.add_argument("--json", action="store_true", help="print JSON (docs/architecture.md, section 4)")


def run(arguments: argparse.Namespace) -> int:
    """Do the work; return the exit code."""
    config = load(arguments.config)
    status = read_status(config, Store(config.store, config.state))
    status |= {"usage": _usage(), "lapsing": _lapsing(config.store / "live")}
    if arguments.json:
        print(json.dumps(status, ensure_ascii=False, indent=1))
    else:
        print("\n".join(_lines(status)))
    return 0


def _usage() -> dict[str, Any] | None:
    """Return this week's, this month's and earlier months' counts by collection; None where nobody counts."""
    said = read_figures()
    if said is None:
        return None
    return {"week": said["week"]["counts"], "month": said["month"]["counts"], "months": said["months"]}


def _lapsing(live: Path) -> list[dict[str, object]] | None:
    """Return what readers lose within 60 days; None where nothing is live that tells it."""
    try:
        return as_rows(lapses(live))
    except Unreadable:
        return None


def _lines(status: dict[str, Any]) -> list[str]:
    live, activity = status["live"], status["activity"]
    if live is None:
        shown = "nothing yet"
    else:
        shown = (
            f"release {live['epoch']}-{live['serial']} since {live['since']}, "
            f"{len(live['bags'])} bags, {human_bytes(live['bytes'])}"
        )
    lines = [
        f"library   {status['library']} {status['name']} (route {status['route']})",
        f"live      {shown}",
        f"activity  {activity['state']}  {activity['message']}",
    ]
    if activity["total_bytes"]:
        lines.append(
            f"          {activity['label']}: {human_bytes(activity['done_bytes'])} of "
            f"{human_bytes(activity['total_bytes'])}, "
            f"{activity['done_files']} of {activity['total_files']} files, "
            f"{human_bytes(activity['rate'])}/s, {human_seconds(activity['seconds_left'])} left"
        )
    if status["usage"]:
        visits, views, downloads = total(status["usage"]["week"])
        lines.append(f"usage     this week {visits} visits, {views} views, {downloads} downloads")
    if status["lapsing"]:
        first, count = status["lapsing"][0], sum(each["records"] for each in status["lapsing"])
        lines.append(
            f"lapsing   {count} records within {DAYS} days, first of {first['bag']} after {first['until']}"
        )
    lines.append(f"free      {human_bytes(status['free_bytes'])}")
    return lines
