"""``shulu keys new|list|check|revoke``: the keys that sign releases, and what servers trust of them."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from shulu.content import keyring


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    commands = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    new = commands.add_parser("new", help="make a key and trust it; a second one to rotate keys")
    new.add_argument("name", metavar="NAME")
    new.add_argument("--ask-passphrase", action="store_true", help="protect the private key by a passphrase")
    listing = commands.add_parser("list", help="list the keys that are trusted, and those that were")
    listing.add_argument("--json", action="store_true", help="print them as JSON")
    check = commands.add_parser("check", help="refuse a key that is revoked")
    check.add_argument("name", metavar="NAME")
    revoke = commands.add_parser("revoke", help="trust a key no longer; its old signatures stop holding")
    revoke.add_argument("name", metavar="NAME")
    for subparser in (new, listing, check, revoke):
        subparser.add_argument("--folder", type=Path, required=True, metavar="KEYS", help="the keys' folder")


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; return 0."""
    folder: Path = arguments.folder
    if arguments.action == "new":
        private = keyring.new(arguments.name, folder, ask_passphrase=arguments.ask_passphrase)
        print(f"{private}: private key, keep it; {folder}/allowed_signers: trusts it for releases")
    elif arguments.action == "check":
        keyring.refuse_revoked(folder / arguments.name)
        print(f"{arguments.name}: is not revoked")
    elif arguments.action == "revoke":
        key = keyring.revoke(arguments.name, folder)
        print(f"{key.name} {key.fingerprint}: {'was revoked already' if key.revoked else 'revoked'}")
    else:
        keys = keyring.listed(folder)
        if arguments.json:
            print(json.dumps([dataclasses.asdict(key) for key in keys], ensure_ascii=False))
            return 0
        for key in keys:
            state = "revoked" if key.revoked else "trusted"
            print(f"{key.name}  {key.fingerprint}  {key.principals}  {state}")
    return 0
