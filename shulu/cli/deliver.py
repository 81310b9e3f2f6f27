"""``shulu deliver``: bring the release that is offered to this server by its route, and make it live.

Exit codes: 0 live or waiting for somebody, 1 refused, 75 (sysexits.h, EX_TEMPFAIL) cut off, worth another
try.
"""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from shulu.delivery.ask import asked_early
from shulu.delivery.config import CONFIG_FILE, load
from shulu.delivery.owner import become_owner


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--config", type=Path, default=CONFIG_FILE, help=f"default: {CONFIG_FILE}")
    parser.add_argument("--plan", action="store_true", help="tell what would be done, and touch nothing")
    parser.add_argument(
        "--anew", action="store_true", help="with --plan --from: for a later release of the same bags"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--now", action="store_true", help="leave the window aside")
    parser.add_argument("--from", dest="folder", type=Path, help="take the release in this folder instead")


def run(arguments: argparse.Namespace) -> int:
    """Do the work; return the exit code."""
    config = load(arguments.config)
    if not arguments.plan:
        become_owner(config.store)
    with contextlib.nullcontext() if arguments.folder else asked_early(config) as asked:
        # Loading the rest takes as long as the handshake of the question, and runs beside it.
        from shulu.cli.delivering import deliver, foretell  # noqa: PLC0415

        work = foretell if arguments.plan else deliver
        return work(arguments, config, asked)
