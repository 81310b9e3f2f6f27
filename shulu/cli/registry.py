"""``shulu registry check inventory/<province>``: who is in a province, or what is wrong with its registry."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from shulu.campaign.table import render
from shulu.registry import ROUTES, TIERS, Registry, Settings, read
from shulu.registry.province import of_folder


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="read the registry; print a summary, or every finding")
    check.add_argument("inventory", type=Path, help="the inventory of a province, such as inventory/demo")


def run(arguments: argparse.Namespace) -> int:
    """Read the registry and print its summary. Raises Refused with all findings."""
    path, settings = of_folder(arguments.inventory)
    print(summary(read(path, settings), settings))
    return 0


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
