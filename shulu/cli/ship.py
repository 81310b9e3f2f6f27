"""``shulu ship``: write a shipping disk from a release, and read it all again. Needs root."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from shulu.content.signature import Trust
from shulu.delivery.ship import (
    MOST_LABEL,
    Order,
    describe,
    holds,
    prepare,
    require_erasable,
    words,
    write,
)
from shulu.progress import terminal_line


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--from", dest="source", type=Path, required=True, help="a packed release, or a store"
    )
    parser.add_argument(
        "--trust", type=Path, default=Path("/etc/shulu/trust"), help="folder of allowed_signers"
    )
    parser.add_argument("--device", type=Path, required=True, help="the whole disk, such as /dev/sdb")
    parser.add_argument("--serial", required=True, help="the serial that the disk must have")
    parser.add_argument("--format", choices=sorted(MOST_LABEL), default="ext4")
    parser.add_argument("--collections", nargs="*", help="default: all")
    parser.add_argument("--bags", nargs="*", metavar="ID@VERSION", help="these and no others")
    parser.add_argument(
        "--erase", default="", metavar="SERIAL", help="the disk may be erased, whatever is on it"
    )
    parser.add_argument("--plan", action="store_true", help="tell what would be done, and touch nothing")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do the work; return the exit code."""
    started = time.monotonic()
    order = Order(
        source=arguments.source.resolve(),
        trust=Trust.at(arguments.trust),
        device=arguments.device,
        serial=arguments.serial,
        format=arguments.format,
        collections=words(arguments.collections),
        bags=words(arguments.bags),
        erase=arguments.erase,
    )
    shipment = prepare(order)
    show = terminal_line(sys.stderr)
    changed = not holds(shipment, thoroughly=None if arguments.plan else show)
    if changed and arguments.plan:
        require_erasable(order)
    elif changed:
        write(shipment, show)
    result = describe(shipment, changed=changed, started=started)
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        print(f"{result['label']} on {order.device}: {result['state']}")
    return 0
