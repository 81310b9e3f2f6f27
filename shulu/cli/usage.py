"""``shulu usage``: count what readers open, and tell the counts."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from shulu.findings import refuse
from shulu.programme import collection, place
from shulu.usage import figures
from shulu.usage.collect import Writer, listening
from shulu.usage.collect import run as collect


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    commands = parser.add_subparsers(dest="usage_command", metavar="COMMAND", required=True)
    counting = commands.add_parser("collect", help="count; only for shulu-usage.service")
    counting.add_argument("--store", type=Path, required=True)
    for name, summary in (
        ("show", "show this week and this month by collection"),
        ("metrics", "print the counts in Prometheus's text format"),
    ):
        telling = commands.add_parser(name, help=summary)
        telling.add_argument(
            "--figures", type=Path, default=figures.FOLDER, help=f"default: {figures.FOLDER}"
        )
        if name == "show":
            telling.add_argument("--json", action="store_true", help="print all that is told, as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do the work; return the exit code."""
    if arguments.usage_command == "collect":
        heard = listening()
        state, told = (Path(os.environ[name]) for name in ("STATE_DIRECTORY", "RUNTIME_DIRECTORY"))
        collect(heard, lambda: Writer(state, told, arguments.store / "live"))
        return 0
    said = figures.read_figures(arguments.figures)
    if said is None:
        raise refuse(str(arguments.figures), "no counts are told there", "look at shulu-usage.service")
    if arguments.usage_command == "metrics":
        print(figures.metrics(said), end="")
    elif arguments.json:
        print(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        for name in ("week", "month"):
            counts = said[name]["counts"]
            print(f"{name} from {said[name]['from']}: visits, views, downloads")
            for each in sorted(counts, key=place):
                print(f"  {collection(each).en if each else 'other pages':40}", *map(str, counts[each]))
            print(f"  {'all':40}", *map(str, figures.total(counts)))
    return 0
