"""``python -m bench [CASE ...]``: runs benchmarks and prints a table; ``--json FILE`` keeps the figures."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from importlib import import_module
from pathlib import Path

from bench.harness import Row

CASES = (
    "inventory",
    "plan",
    "registry",
    "report",
    "verify",
    "disk",
    "network",
    "search",
    "readers",
    "serve",
    "site",
    "scale",
)


def main() -> int:
    """Run the named cases, or all; exit 0 when all ran, whether or not they met their goals."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; all without any")
    parser.add_argument("--work", type=Path, default=Path(".cache/bench"), help="folder for the data")
    parser.add_argument("--json", type=Path, default=Path(".cache/bench/results.json"))
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.cases) - set(CASES))
    if unknown:
        parser.error(f"no such case: {', '.join(unknown)}; there are {', '.join(CASES)}")
    if os.geteuid() != 0:
        parser.error("dropping caches and shaping lines need root: run it through sudo")
    arguments.work.mkdir(parents=True, exist_ok=True)
    known = json.loads(arguments.json.read_text()) if arguments.json.exists() else {}
    for case in arguments.cases or CASES:
        rows = import_module(f"bench.{case}").run(arguments.work.resolve())
        known[case] = [row.as_dict() for row in rows]
        print("\n".join(map(_line, rows)), flush=True)
    known["machine"] = f"{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}"
    arguments.json.write_text(json.dumps(known, indent=2, ensure_ascii=False) + "\n")
    return 0


def _line(row: Row) -> str:
    verdict = {True: "met", False: "MISSED", None: ""}[row.met]
    return (
        f"| {row.case} | {row.ours:.2f} {row.unit} | {row.peer_name} | {row.peer:.2f} {row.unit} "
        f"| {row.ratio:.2f} | {row.goal} | {verdict} |"
    )


if __name__ == "__main__":
    sys.exit(main())
