"""``shulu COMMAND``: finds the command's module, and turns a refusal into lines and an exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Protocol, cast

from shulu import __version__
from shulu.findings import Refused

# Loaded only when called for: a server has not what the controller's commands need (netaddr, paramiko).
COMMANDS: dict[str, str] = {
    "catalogue": "build or search the catalogue of what is live",
    "deliver": "bring the upstream's release to this server by its route",
    "disk": "find, mount and release a shipped disk",
    "keys": "make, list and revoke the keys that sign releases",
    "kit": "build the kit: what an offline server installs",
    "licence": "renew what readers may have today, tell what lapses",
    "mirror": "serve this server's store to the libraries below it",
    "pack": "pack a collection's folder into bags",
    "receipt": "show and check receipts",
    "registry": "make, check and fill in the registries of libraries",
    "release": "make, sign and check a release",
    "report": "add up the provinces' reports",
    "ship": "write a shipping disk and verify it",
    "status": "tell what is live here and what is under way",
    "store": "list, verify and clean the store",
    "television": "offer films, recordings and pictures to televisions",
    "usage": "count what readers open, and tell the counts",
    "verify": "judge any BagIt bag strictly",
}


class Command(Protocol):
    """What a command's module holds."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's options."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do the work; return the exit code."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="shulu", description="Bring digital collections to libraries.")
    parser.add_argument("--version", action="version", version=f"shulu {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=summary, description=summary)
        if words[:1] == [name]:
            command = cast(Command, import_module(f"shulu.cli.{name}"))
            command.configure(subparser)
            subparser.set_defaults(run=command.run)
    arguments = parser.parse_args(words)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except Refused as refused:
        for finding in refused.findings:
            print(f"shulu {arguments.command}: {finding}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    except OSError as error:
        print(f"shulu {arguments.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"shulu {arguments.command}: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
