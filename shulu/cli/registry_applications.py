"""``shulu registry applications ACTION``: what townships and communities send in, and what becomes of it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

from shulu.campaign.table import render
from shulu.findings import Refused, refuse
from shulu.registry import Library, Registry, applications, forms, letters, read
from shulu.registry.province import of_folder
from shulu.registry.replace import write

_PROVINCE = "the inventory of a province, such as inventory/anhui"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions."""
    actions = parser.add_subparsers(dest="step", metavar="ACTION", required=True)
    template = actions.add_parser("template", help="write the empty form, a workbook to mail around")
    template.add_argument("out", type=Path, help="the file to write, such as 申报表.xlsx")
    template.set_defaults(act=_template)
    add = actions.add_parser("add", help="check forms that came in, and file them")
    add.add_argument("inventory", type=Path, help=_PROVINCE)
    add.add_argument("forms", type=Path, nargs="+", help="the forms, one file each")
    add.add_argument(
        "--letters", type=Path, help="folder for a Chinese letter about each form that is refused"
    )
    add.set_defaults(act=_add)
    listing = actions.add_parser("list", help="show them as a table")
    listing.add_argument("inventory", type=Path, help=_PROVINCE)
    listing.add_argument("--state", choices=applications.STATES, help="only those in this state")
    listing.add_argument("--json", action="store_true", help="for programs")
    listing.set_defaults(act=_list)
    accept = actions.add_parser("accept", help="add one to the registry, in a wave")
    accept.add_argument("inventory", type=Path, help=_PROVINCE)
    accept.add_argument("number", help="its number, such as 340103-001")
    accept.add_argument("--wave", type=int, required=True, help="the wave, from 1")
    accept.add_argument("--address", default="", help="its address in the VPN, if it has one already")
    accept.add_argument("--plan", action="store_true", help="show the difference and write nothing")
    accept.set_defaults(act=_accept)
    deny = actions.add_parser("refuse", help="refuse one, with a reason that is sent back")
    deny.add_argument("inventory", type=Path, help=_PROVINCE)
    deny.add_argument("number", help="its number, such as 340103-001")
    deny.add_argument("--reason", required=True, help="the reason, in Chinese")
    deny.set_defaults(act=_refuse)


def _template(arguments: argparse.Namespace) -> int:
    if arguments.out.exists():
        raise refuse(str(arguments.out), "is there already", "name another file")
    write(arguments.out, forms.template())
    return 0


def _add(arguments: argparse.Namespace) -> int:
    registry = _registry(arguments.inventory)
    try:
        filed = applications.receive(arguments.inventory, arguments.forms, date.today())
    except Refused as refused:
        if arguments.letters is not None:
            _return(refused, arguments.forms, arguments.letters, registry)
        raise
    applications.file(arguments.inventory, filed)
    known = len(arguments.forms) - len(filed)
    if filed:
        print(_table([application for application, _ in filed]))
    if known:
        print(f"{known} filed before, unchanged")
    return 0


def _return(refused: Refused, paths: list[Path], folder: Path, registry: Registry) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        about = [each for each in refused.findings if each.where.startswith(path.name)]
        if about:
            letter = letters.returned(path.name, about, date.today(), registry.hub.name)
            write(folder / f"{path.stem}-退回.txt", letter.encode())


def _list(arguments: argparse.Namespace) -> int:
    of_folder(arguments.inventory)
    found = applications.load(arguments.inventory)
    found = [each for each in found if arguments.state in {None, each.state}]
    if arguments.json:
        print(json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=2))
    else:
        print(_table(found))
    return 0


def _accept(arguments: argparse.Namespace) -> int:
    application = applications.find(arguments.inventory, arguments.number)
    if row := _row(arguments.inventory, application):
        return _again(arguments, application, row)
    accepted, proposal = applications.accept(
        arguments.inventory, application, arguments.wave, arguments.address, date.today()
    )
    if not arguments.plan:
        # The registry first: if the power fails between the two, accepting again finds the row and goes on.
        proposal.write()
        _decide(arguments.inventory, accepted)
    print(render([change.row() for change in proposal.changes]))
    return 0


def _again(arguments: argparse.Namespace, application: applications.Application, row: Library) -> int:
    """Accept what is in the registry already: its row stands, and record and answer follow it."""
    if row.wave != arguments.wave:
        raise refuse(
            application.number,
            f"is accepted as {row.code}, and in wave {row.wave} of the registry",
            f"say --wave {row.wave}, or write wave {arguments.wave} into its row first",
        )
    if application.wave == row.wave:
        print(f"{application.number}: accepted as {row.code}, unchanged")
    elif arguments.plan:
        print(f"{application.number}: accepted as {row.code}, from now on in wave {row.wave}")
    else:
        today = date.today().isoformat()
        _decide(arguments.inventory, replace(application, wave=row.wave, decided=today))
    return 0


def _refuse(arguments: argparse.Namespace) -> int:
    application = applications.find(arguments.inventory, arguments.number)
    if _row(arguments.inventory, application):
        raise refuse(
            application.number, f"is accepted as {application.code}", "take its row out of the registry"
        )
    if not arguments.reason.strip():
        raise refuse("--reason", "is empty", "write why, in Chinese: it is sent back")
    if (application.state, application.reason) == ("refused", arguments.reason.strip()):
        print(f"{application.number}: refused, unchanged")
        return 0
    today = date.today().isoformat()
    refused = replace(
        application, state="refused", reason=arguments.reason.strip(), decided=today, code="", wave=0
    )
    _decide(arguments.inventory, refused)
    return 0


def _decide(inventory: Path, application: applications.Application) -> None:
    letter = applications.folder_of(inventory) / f"{application.number}.txt"
    text = applications.answer(application, _registry(inventory).hub)
    write(letter, text.encode())
    applications.save(inventory, application)
    print(f"{application.number}: {application.state}; the answer is {letter}")


def _row(inventory: Path, application: applications.Application) -> Library | None:
    """Return the registry's row of an accepted application; None once an admin has taken it out."""
    if application.state != "accepted":
        return None
    libraries = _registry(inventory).libraries
    return next((each for each in libraries if each.code == application.code), None)


def _registry(inventory: Path) -> Registry:
    return read(*of_folder(inventory))


def _table(found: list[applications.Application]) -> str:
    columns = (
        "number",
        "state",
        "received",
        "name",
        "kind",
        "county",
        "line",
        "terminals",
        "code",
        "wave",
        "reason",
    )
    rows = [
        {**each.values, **asdict(each), "wave": each.wave or "", "code": each.code or each.values["code"]}
        for each in found
    ]
    return render(rows, columns, numbers=("line", "terminals", "wave")) if rows else "no applications"
