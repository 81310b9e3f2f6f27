"""``shulu release make|sign|check|show|revert``: the signed list of the bags that belong together."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from shulu.content import assemble, keyring
from shulu.content import release as releases
from shulu.content.assemble import Terms
from shulu.content.bag import check_digest
from shulu.content.licence import SCOPES, Licence
from shulu.content.release import RELEASE_FILE, SIGNATURE_FILE, BagEntry, Release
from shulu.content.signature import (
    NAMESPACE_RELEASE,
    Trust,
    is_by,
    keep,
    load_release,
    sign,
    signature_of,
)
from shulu.content.verify import verify_payload
from shulu.content.withdrawn import without_withdrawn
from shulu.findings import Finding, Refused, refuse
from shulu.progress import Progress, human_bytes, terminal_line


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    commands = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    make = commands.add_parser("make", help="list the packed bags as a new release")
    revert = commands.add_parser("revert", help="make a new release that names an older one's bags")
    signing = commands.add_parser("sign", help="sign the release")
    check = commands.add_parser("check", help="check the signature and the bags")
    show = commands.add_parser("show", help="print the release, its signature unchecked")
    for subparser in (make, revert, signing, check, show):
        subparser.add_argument("folder", type=Path, metavar="FOLDER", help="the release's folder")
    for subparser in (make, revert):
        subparser.add_argument("--serial", type=_serial, required=True, metavar="N", help="a number, or next")
        subparser.add_argument("--epoch", type=int, metavar="N", help="the epoch (as before, 1 at first)")
        subparser.add_argument("--days", type=int, default=365, metavar="N", help="good for so long (365)")
        subparser.add_argument("--issued", type=_moment, metavar="MOMENT", help="2026-11-23T00:00:00Z (now)")
        subparser.add_argument("--key", type=Path, metavar="FILE", help="sign with this private key at once")
        subparser.add_argument(
            "--plan", action="store_true", help="tell whether one would be made, and make none"
        )
    revert.add_argument("--to", type=Path, required=True, metavar="FILE", help="the older release.json")
    make.add_argument("--licence-scope", choices=SCOPES, default="lan", help="who may read (lan)")
    make.add_argument("--licence-until", type=date.fromisoformat, metavar="DATE", help="last day (no end)")
    make.add_argument(
        "--licence",
        action="append",
        default=[],
        metavar="ID=SCOPE[:DATE]",
        help="another licence for a bag or collection",
    )
    make.add_argument(
        "--bag",
        action="append",
        default=[],
        metavar="ID=VERSION",
        help="a bag or collection in this version (newest)",
    )
    make.add_argument(
        "--leave-out", action="append", default=[], metavar="ID", help="not this bag or collection"
    )
    make.add_argument(
        "--if-changed",
        action="store_true",
        help="make none where the bags are the same, it is signed by --key and good for long enough; "
        "take up no bag that a revert withdrew",
    )
    make.add_argument(
        "--coming",
        action="append",
        default=[],
        metavar="ID=VERSION",
        help="with --plan: a collection that will be packed by then; a kit comes with its --bag",
    )
    signing.add_argument("--key", type=Path, required=True, metavar="FILE", help="the private key")
    check.add_argument(
        "--trust", type=Path, required=True, metavar="DIR", help="allowed_signers, revoked.krl"
    )
    check.add_argument("--bags", action="store_true", help="hash every file of every bag as well")
    check.add_argument("--quiet", action="store_true", help="show no progress")
    show.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; return 0, or 1 where a check finds something."""
    if getattr(arguments, "key", None) is not None:
        keyring.refuse_revoked(arguments.key)
    actions = {"make": _make, "revert": _revert, "sign": _sign, "check": _check, "show": _show}
    return actions[arguments.action](arguments)


def _make(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.folder
    terms = Terms(
        serial=arguments.serial or None,
        epoch=arguments.epoch,
        days=arguments.days,
        issued=arguments.issued,
        licence=Licence(arguments.licence_scope, arguments.licence_until),
        licences={name: _licence(value) for name, value in map(_pair, arguments.licence)},
        pins=dict(map(_pair, arguments.bag)),
        leave_out=arguments.leave_out,
    )
    if arguments.if_changed:
        before = assemble.current(folder)
        if before is not None and (folder / SIGNATURE_FILE).exists():
            terms = without_withdrawn(folder, before, terms)
            if any(assemble.is_newest(folder, *coming, terms) for coming in map(_pair, arguments.coming)):
                print(f"release {before.name}: another would be made")
                return 0
            candidate = assemble.make(folder, _next(terms, before))
            if assemble.same_content(before, candidate):
                reason = _made_anew(before, arguments)
                print(f"release {before.name}: {reason or 'unchanged'}")
                if not reason:
                    return 0
    return _write(arguments, assemble.make(folder, terms))


def _made_anew(release: Release, arguments: argparse.Namespace) -> str:
    """Say why the same bags need another release all the same; "" where they do not."""
    file, signature = arguments.folder / RELEASE_FILE, arguments.folder / SIGNATURE_FILE
    if arguments.key is not None and not is_by(arguments.key, file, signature, NAMESPACE_RELEASE):
        return f"its signature is not by {arguments.key}"
    now = datetime.now(UTC)
    if assemble.ends_soon(release, now):
        return f"{'expired' if release.expires <= now else 'expires'} on {release.expires:%Y-%m-%d}"
    return ""


def _next(terms: Terms, before: Release) -> Terms:
    """Return terms under which the bags can be compared, whatever serial was asked for."""
    return replace(terms, serial=None, epoch=before.epoch, days=365, issued=None)


def _revert(arguments: argparse.Namespace) -> int:
    old = releases.parse(_read(arguments.to))
    terms = Terms(arguments.serial or None, arguments.epoch, arguments.days, arguments.issued)
    return _write(arguments, assemble.revert(arguments.folder, old, terms))


def _write(arguments: argparse.Namespace, release: Release) -> int:
    if arguments.plan:
        print(f"release {release.name}: would be made")
        return 0
    if arguments.key is None:
        assemble.write(arguments.folder, release)
        _print(release)
        print("not signed yet: shulu release sign")
        return 0
    # A key that cannot sign leaves the release that is there.
    made = signature_of(releases.dump(release), arguments.key, NAMESPACE_RELEASE)
    keep(made, assemble.write(arguments.folder, release))
    _print(release)
    return 0


def _sign(arguments: argparse.Namespace) -> int:
    path = arguments.folder / RELEASE_FILE
    release = releases.parse(_read(path))
    signature = sign(path, arguments.key, NAMESPACE_RELEASE)
    print(f"release {release.name}: signed, {signature}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.folder
    release = load_release(folder, Trust.at(arguments.trust))
    findings: list[Finding] = []
    progress = Progress(label="check", listener=None if arguments.quiet else terminal_line(sys.stderr))
    for entry in release.bags:
        name = f"{entry.id} {entry.version}"
        try:
            bag = check_digest(folder / entry.path, entry)
            found = verify_payload(bag, progress=progress) if arguments.bags else []
        except Refused as refused:
            found = list(refused.findings)
        findings.extend(Finding(f"{name}: {f.where}", f.problem, f.remedy) for f in found)
    if arguments.bags and not arguments.quiet and sys.stderr.isatty():
        print(file=sys.stderr)
    if findings:
        raise Refused(findings)
    if release.expires <= datetime.now(UTC):
        print(
            f"release {release.name}: expired on {release.expires:%Y-%m-%d}; the signature holds",
            file=sys.stderr,
        )
    what = "every file holds" if arguments.bags else "the bags' structure holds"
    print(
        f"release {release.name}: the signature holds, {what}: "
        f"{len(release.bags)} bags, {release.files} files"
    )
    return 0


def _show(arguments: argparse.Namespace) -> int:
    release = releases.parse(_read(arguments.folder / RELEASE_FILE))
    if arguments.json:
        print(json.dumps(json.loads(releases.dump(release)), ensure_ascii=False))
    else:
        _print(release)
    return 0


def _print(release: Release) -> None:
    print(
        f"release {release.name}: {len(release.bags)} bags, {_amount(release)}, "
        f"issued {release.issued:%Y-%m-%d}, expires {release.expires:%Y-%m-%d}"
    )
    for bag in release.bags:
        until = f" until {bag.licence.until}" if bag.licence.until else ""
        print(f"  {bag.id} {bag.version}: {_amount(bag)}, {bag.licence.scope}{until}")


def _amount(what: Release | BagEntry) -> str:
    return f"{what.files} files, {human_bytes(what.bytes)}"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise refuse(str(path), f"cannot be read: {error.strerror}", "make a release first") from error


def _serial(text: str) -> int:
    """Read a serial; 0 stands for the next one."""
    if text == "next":
        return 0
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number above 0 nor next")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _pair(text: str) -> tuple[str, str]:
    name, sign_, value = text.partition("=")
    if not sign_ or not name or not value:
        raise refuse(text, "is not ID=VALUE")
    return name, value


def _licence(text: str) -> Licence:
    scope, _, until = text.partition(":")
    try:
        day = date.fromisoformat(until) if until else None
    except ValueError as error:
        raise refuse(text, f"is no licence: {error}") from error
    if scope not in SCOPES:
        raise refuse(text, "is no licence", f"scopes are {', '.join(SCOPES)}")
    return Licence(scope, day)
