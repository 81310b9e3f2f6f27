"""``shulu registry ACTION``: who is in a province, how they are enrolled, and how they get addresses."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from shulu.campaign.table import render
from shulu.cli import registry_applications as applications
from shulu.findings import refuse
from shulu.registry import (
    ROUTES,
    TIERS,
    Registry,
    Settings,
    addresses,
    divisions,
    read,
    seed,
    sheets,
    workbook,
)
from shulu.registry.columns import COLUMNS
from shulu.registry.enrolment import Proposal, propose
from shulu.registry.model import nothing_enrolled
from shulu.registry.province import of_folder
from shulu.registry.replace import write
from shulu.registry.table import Row

ROOT = Path(__file__).parents[2]
_PROVINCE = "the inventory of a province, such as inventory/demo"
_PLAN = "show the difference and write nothing"
_TITLES = {column.name: column.zh for column in COLUMNS}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="read the registry; print a summary, or every finding")
    check.add_argument("inventory", type=Path, help=_PROVINCE)
    check.set_defaults(act=_check)
    enrol = actions.add_parser("enrol", help="add and change libraries from a sheet, XLSX or CSV")
    enrol.add_argument("inventory", type=Path, help=_PROVINCE)
    enrol.add_argument("sheet", type=Path, help="the sheet; an empty cell changes nothing, - empties one")
    enrol.add_argument("--plan", action="store_true", help=_PLAN)
    enrol.set_defaults(act=_enrol)
    plan = actions.add_parser("addresses", help="propose VPN addresses and LANs for libraries without")
    plan.add_argument("inventory", type=Path, help=_PROVINCE)
    plan.add_argument("--only", default="", metavar="CODES", help="codes of libraries, parted by commas")
    to = plan.add_mutually_exclusive_group()
    to.add_argument("--out", type=Path, metavar="SHEET", help="write the proposal as .xlsx, for enrol")
    to.add_argument(
        "--write", action="store_true", help="write it into the registry: this enrols the libraries"
    )
    plan.set_defaults(act=_addresses)
    sow = actions.add_parser("seed", help="make the registries of all provinces from the divisions")
    sow.add_argument("--out", type=Path, default=ROOT / "inventory", help="folder of the inventories")
    sow.add_argument("--source", type=Path, default=ROOT / ".cache/divisions", help="folder of the divisions")
    sow.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if something would be written"
    )
    sow.set_defaults(act=_seed)
    applications.configure(
        actions.add_parser("applications", help="townships and communities that apply (申报)")
    )


def run(arguments: argparse.Namespace) -> int:
    """Do one action. Raises Refused with all findings."""
    done: int = arguments.act(arguments)
    return done


def _check(arguments: argparse.Namespace) -> int:
    path, settings = of_folder(arguments.inventory)
    registry = read(path, settings)
    print(summary(registry, settings))
    if not registry.enrolled:
        print(f"\n{nothing_enrolled(registry, str(arguments.inventory))}")
    return 0


def _enrol(arguments: argparse.Namespace) -> int:
    proposal = propose(arguments.inventory, sheets.read(arguments.sheet))
    print(difference(proposal, arguments.inventory), flush=True)
    if not arguments.plan:
        proposal.write()
    return 0


def _addresses(arguments: argparse.Namespace) -> int:
    path, settings = of_folder(arguments.inventory)
    if not settings.vpn:
        remedy = "write the province's ranges as vpn into the *.library_registry.yml beside the registry"
        raise refuse(str(arguments.inventory), "names no range of its virtual network", remedy)
    if arguments.out and arguments.out.suffix != ".xlsx":
        raise refuse(str(arguments.out), "is no name of a workbook", "let it end with .xlsx")
    only = frozenset(filter(None, arguments.only.split(",")))
    found = addresses.propose(read(path, settings), settings, only)
    rows = [
        {"code": e.library.code, "name": e.library.name, "address": e.address, "lans": e.lan} for e in found
    ]
    if not rows:
        print(f"{arguments.inventory}: every library has its addresses, unchanged")
    elif arguments.write:
        sheet = sheets.Sheet("the address plan", tuple(Row(i, row) for i, row in enumerate(rows, 1)), ())
        proposal = propose(arguments.inventory, sheet)
        print(difference(proposal, arguments.inventory), flush=True)
        proposal.write()
    else:
        print(render(rows))
    if rows and arguments.out:
        lines = [[_TITLES[name] for name in rows[0]], *([*row.values()] for row in rows)]
        write(arguments.out, workbook.written(lines, (14, 36, 20, 24)))
    return 0


def _seed(arguments: argparse.Namespace) -> int:
    seedlings = seed.plan(arguments.out, divisions.read(arguments.source))
    stale = [each for each in seedlings if each.new != each.old]
    if not arguments.check:
        for each in stale:
            each.write()
    print(notes([note for each in seedlings for note in each.notes]))
    verb = "would be written" if arguments.check else "written"
    print(f"{len(stale)} of {len(seedlings)} files {verb}" if stale else f"{arguments.out}: unchanged")
    return 1 if stale and arguments.check else 0


def notes(found: Sequence[seed.Note]) -> str:
    """Name what vanished or was renamed, and count by province what is new."""
    new = Counter(note.province for note in found if note.kind == "new")
    rows = [
        {"province": each.province, "": f"{each.kind}, left as it is", "code": each.code, "here": each.here,
         "source": each.source}
        for each in found
        if each.kind != "new"
    ]  # fmt: skip
    lines = [f"{province}: {count} new" for province, count in new.items()]
    return "\n".join([*lines, *([render(rows)] if rows else [])])


def difference(proposal: Proposal, inventory: Path) -> str:
    """Show what changes, cell by cell; one line that ends with ``unchanged`` if nothing does."""
    if not proposal.changes:
        return f"{inventory}: unchanged"
    new, changed = proposal.libraries
    table = render([change.row() for change in proposal.changes])
    return f"{table}\n\n{inventory}: libraries: {new} new, {changed} changed"


def summary(registry: Registry, settings: Settings) -> str:
    """Count a province's libraries by tier, route and wave."""
    counts = Counter((each.tier, each.route, each.wave, bool(each.address)) for each in registry.libraries)
    kinds = sorted({kind[:3] for kind in counts}, key=lambda k: (TIERS.index(k[0]), ROUTES.index(k[1]), k[2]))
    rows = [
        {
            "tier": tier,
            "route": route,
            "wave": wave,
            "enrolled": counts[tier, route, wave, True],
            "awaiting": counts[tier, route, wave, False],
        }
        for tier, route, wave in kinds
    ]
    head = (
        f"{settings.province or registry.hub.name}: {len(registry.libraries)} libraries, "
        f"{len(registry.enrolled)} enrolled, {len(registry.awaiting)} awaiting enrolment; "
        f"hub {registry.hub.code} {registry.hub.name}"
    )
    return f"{head}\n\n{render(rows, numbers=('wave', 'enrolled', 'awaiting'))}"
