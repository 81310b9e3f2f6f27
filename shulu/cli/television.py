"""``shulu television``: offer films, recordings and pictures to the televisions on the LAN."""

from __future__ import annotations

import argparse
import ipaddress
import os
from pathlib import Path

from shulu.television.server import serve
from shulu.television.settings import Place
from shulu.television.tree import renew


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the two actions and their options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    serving = actions.add_parser("serve", help="offer them; only for shulu-dlna.service")
    renewing = actions.add_parser("renew", help="make the folder of links, and nothing else")
    for action in (serving, renewing):
        action.add_argument("--store", type=Path, required=True)
    renewing.add_argument("--folder", type=Path, required=True, help="where to make it")
    serving.add_argument("--name", required=True, help="how televisions call the library")
    serving.add_argument("--lan", type=_network, nargs="+", required=True, metavar="CIDR")
    serving.add_argument("--port", type=int, required=True)
    serving.add_argument("--portal-port", type=int, required=True)


def run(arguments: argparse.Namespace) -> int:
    """Do the work; return the exit code."""
    if arguments.action == "renew":
        print("renewed" if renew(arguments.store, arguments.folder) else "unchanged")
        return 0
    folder, run_folder = (Path(os.environ[name]) for name in ("CACHE_DIRECTORY", "RUNTIME_DIRECTORY"))
    networks = [network for network in arguments.lan if isinstance(network, ipaddress.IPv4Network)]
    place = Place(arguments.name, networks, arguments.port, arguments.portal_port)
    serve(arguments.store, folder, run_folder, place)
    return 0


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text, strict=False)
