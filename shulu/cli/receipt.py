"""``shulu receipt``: this server's receipts, those that came in to this mirror, those that came as a code."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from shulu.content.release import RELEASE_FILE
from shulu.delivery.config import CODE, CONFIG_FILE, Config, load
from shulu.delivery.line import open_line
from shulu.delivery.notice import post
from shulu.delivery.owner import become_owner
from shulu.delivery.receipt import check_receipt, check_receipts, folder_of, unsent
from shulu.delivery.receiptcode import read_code
from shulu.delivery.run import send_receipts
from shulu.findings import refuse
from shulu.store import durable
from shulu.store.store import Store


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--config", type=Path, default=CONFIG_FILE, help=f"default: {CONFIG_FILE}")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="list this server's own receipts")
    check = actions.add_parser("check", help="check the receipts that are held here, and list the good ones")
    check.add_argument("--newest", action="store_true", help="look only for each library's newest good one")
    check.add_argument("--json", action="store_true", help="print receipts and findings as JSON")
    actions.add_parser("send", help="send what the upstream has not got yet")
    read = actions.add_parser("read", help="take in a receipt that came as the code of a QR picture")
    read.add_argument("code", help="the code, SHULU1:...; - reads it from standard input")
    read.add_argument(
        "--release", type=Path, help="release.json of the receipt, where this store has it no more"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do the work; return the exit code."""
    config = load(arguments.config)
    if arguments.action == "check":
        return _check(config, newest=arguments.newest, as_json=arguments.json)
    if arguments.action == "read":
        return _read(config, arguments)
    if arguments.action == "send":
        become_owner(config.store)
        problem = send_receipts(config, open_line(config))
        post(config, Store(config.store, config.state))
        if problem:
            print(f"shulu receipt: {problem}", file=sys.stderr)
        return 75 if problem else 0
    waiting = set(unsent(config))
    for file in sorted(folder_of(config).glob("[0-9]*.json")):
        print(f"{file.name}  {'waits for the line' if file in waiting else 'sent'}")
    return 0


def _read(config: Config, arguments: argparse.Namespace) -> int:
    code = sys.stdin.read() if arguments.code == "-" else arguments.code
    library, name, text, signature = read_code(
        code,
        lambda epoch, serial: _release(config, arguments.release, f"{epoch}-{serial}"),
        lambda code: _key(config, code),
    )
    with tempfile.TemporaryDirectory(prefix="shulu-receipt-") as folder:
        draft = Path(folder, Path(name).name)
        draft.write_bytes(text)
        draft.with_name(f"{draft.name}.sig").write_bytes(signature)
        receipt = check_receipt(draft, config.mirror.clients / f"{library}.pub", library)
    inbox = config.mirror.receipts / library
    if not inbox.is_dir():
        raise refuse(str(inbox), "is missing", "run playbooks/site.yml for this mirror")
    owner = inbox.stat()
    for file, content in ((inbox / f"{name}.sig", signature), (inbox / name, text)):
        durable.write_file(file, content)
        os.chown(file, owner.st_uid, owner.st_gid)
    said = receipt.document
    print(f"{library}  release {said['release']['epoch']}-{said['release']['serial']}  {said['ended']}")
    return 0


def _release(config: Config, given: Path | None, name: str) -> bytes:
    path = given or config.store / "releases" / name / RELEASE_FILE
    try:
        return path.read_bytes()
    except OSError as error:
        problem = f"the receipt is of release {name}, whose {path} cannot be read: {error.strerror}"
        raise refuse("receipt code", problem, "name the file with --release") from error


def _key(config: Config, library: str) -> str:
    path = config.mirror.clients / f"{library}.pub"
    if not CODE.fullmatch(library) or not path.is_file():
        raise refuse("receipt code", f"{library!r} is no library that this mirror knows")
    return path.read_text("utf-8")


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
