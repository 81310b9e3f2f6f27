"""``shulu receipt``: list this server's receipts, or check those that came in to this mirror."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from shulu.delivery.config import CONFIG_FILE, Config, load
from shulu.delivery.line import open_line
from shulu.delivery.owner import become_owner
from shulu.delivery.receipt import check_receipts, folder_of, unsent
from shulu.delivery.run import send_receipts


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--config", type=Path, default=CONFIG_FILE, help=f"default: {CONFIG_FILE}")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="list this server's own receipts")
    check = actions.add_parser("check", help="check the receipts that are held here, and list the good ones")
    check.add_argument("--newest", action="store_true", help="look only for each library's newest good one")
    check.add_argument("--json", action="store_true", help="print receipts and findings as JSON")
    actions.add_parser("send", help="send what the upstream has not got yet")


def run(arguments: argparse.Namespace) -> int:
    """Do the work; return the exit code."""
    config = load(arguments.config)
    if arguments.action == "check":
        return _check(config, newest=arguments.newest, as_json=arguments.json)
    if arguments.action == "send":
        become_owner(config.store)
        problem = send_receipts(config, open_line(config))
        if problem:
            print(f"shulu receipt: {problem}", file=sys.stderr)
        return 75 if problem else 0
    waiting = set(unsent(config))
    for file in sorted(folder_of(config).glob("[0-9]*.json")):
        print(f"{file.name}  {'waits for the line' if file in waiting else 'sent'}")
    return 0


def _check(config: Config, *, newest: bool, as_json: bool) -> int:
    receipts, findings = check_receipts(config, newest=newest)
    if as_json:
        document = {
            "receipts": [receipt.document for receipt in receipts],
            "findings": [str(finding) for finding in findings],
        }
        print(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        for receipt in receipts:
            said = receipt.document
            name = f"{said['release']['epoch']}-{said['release']['serial']}"
            bags = len(said["bags"])
            print(f"{receipt.library}  release {name}  {said['route']}  {bags} bags  {said['ended']}")
        for finding in findings:
            print(f"shulu receipt: {finding}", file=sys.stderr)
    return 1 if findings else 0
