"""``python -m demo sources --out FOLDER --size SIZE``: a source folder for each collection."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from demo.build import sources
from demo.fetch import Cache, default_cache
from demo.sizes import SIZES
from shulu.findings import Refused


def main(argv: Sequence[str] | None = None) -> int:
    """Build the demo's sources. Exit codes: 0 done, 1 refused, 2 wrong usage, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="The demo province's content.")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    action = actions.add_parser("sources", help="build a source folder for each collection")
    action.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where to build them")
    action.add_argument("--size", choices=SIZES, default="full", help="how much (full)")
    action.add_argument(
        "--cache", type=Path, default=default_cache(), metavar="FOLDER", help="fetched packages"
    )
    arguments = parser.parse_args(argv)

    def say(line: str) -> None:
        print(f"demo: {line}", flush=True)

    try:
        changed = sources(arguments.out, SIZES[arguments.size], Cache(arguments.cache, say), say)
    except Refused as refused:
        for finding in refused.findings:
            print(f"demo: {finding}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted; run it again to go on", file=sys.stderr)
        return 130
    say(f"{arguments.out}: {'built' if changed else 'nothing to do'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
