"""``shulu mirror``: what sshd runs on a mirror for the libraries below it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from shulu.delivery.config import CONFIG_FILE, load
from shulu.delivery.mirror import authorized_keys, receive, serve


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--config", type=Path, default=CONFIG_FILE, help=f"default: {CONFIG_FILE}")
    actions = parser.add_subparsers(dest="action", required=True)
    keys = actions.add_parser("keys", help="print the keys that may log in as USER (AuthorizedKeysCommand)")
    keys.add_argument("user")
    for name, text in (("serve", "let a library read the store"), ("receive", "take a library's receipts")):
        actions.add_parser(name, help=f"{text} (forced command)").add_argument("code")


def run(arguments: argparse.Namespace) -> int:
    """Do the work; return the exit code."""
    config = load(arguments.config)
    if arguments.action == "keys":
        lines, findings = authorized_keys(config.mirror, arguments.user)
        print("\n".join(lines))
        for finding in findings:
            print(f"shulu mirror: {finding}", file=sys.stderr)
    elif arguments.action == "serve":
        serve(config.mirror, config.store, arguments.code)
    else:
        return receive(config.mirror, arguments.code)
    return 0
