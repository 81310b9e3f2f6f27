"""``shulu kit build``: the packages an offline server installs, in one folder."""

from __future__ import annotations

import argparse
import os
import subprocess
from pathlib import Path

from shulu.content import kit


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    build = actions.add_parser("build", help="build the kit into a folder, or bring it up to date")
    build.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the kit's folder")
    build.add_argument(
        "--suites",
        nargs="+",
        choices=kit.SUITES,
        default=list(kit.SUITES),
        help="Debian suites of the servers",
    )
    build.add_argument("--architecture", default="", help="of the servers; this machine's by default")
    build.add_argument(
        "--mirror", default="", metavar="URI", help="Debian's mirror; this machine's by default"
    )
    build.add_argument("--security-mirror", default="", metavar="URI", help="mirror of the security updates")
    build.add_argument(
        "--refresh", action="store_true", help="look for new versions even if it was done today"
    )
    build.add_argument(
        "--cache", type=Path, default=_cache(), metavar="FOLDER", help="what was fetched before"
    )


def run(arguments: argparse.Namespace) -> int:
    """Build the kit."""
    options = kit.Options(
        suites=tuple(arguments.suites),
        architecture=arguments.architecture or _architecture(),
        mirror=arguments.mirror,
        security_mirror=arguments.security_mirror,
        refresh=arguments.refresh,
    )
    changed = kit.build(arguments.out, arguments.cache, options, lambda line: print(line, flush=True))
    print(f"{arguments.out}: {'built' if changed else 'nothing new'}")
    return 0


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shulu" / "kit"


def _architecture() -> str:
    command = ["dpkg", "--print-architecture"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
