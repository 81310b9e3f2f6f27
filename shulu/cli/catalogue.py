"""``shulu catalogue``: build the catalogue of a release's folder, or search it."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

from shulu.catalogue.build import build
from shulu.catalogue.catalogue import Catalogue
from shulu.catalogue.model import Filters, Unreadable
from shulu.content.licence import Audience
from shulu.findings import refuse

LIVE = Path("/srv/shulu/store/live")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the two actions and their options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    make = actions.add_parser("build", help="write catalogue.db into a release's folder")
    make.add_argument("folder", type=Path, help="folder of a release in a store")
    make.add_argument(
        "--previous", type=Path, help="folder of the release before, whose catalogue to go on from"
    )
    find = actions.add_parser("search", help="look for words in titles, creators, subjects and texts")
    find.add_argument("query", help="words that all must be there")
    find.add_argument("--collection", help="id of the only collection to look in")
    find.add_argument("--page", type=int, default=1, help="page of 20 hits, from 1")
    find.add_argument("--folder", type=Path, default=LIVE, help=f"folder of a release, {LIVE} by default")


def run(arguments: argparse.Namespace) -> int:
    """Build, or print the hits: number of all, then bag, id and title of each, parted by tabs."""
    if arguments.action == "build":
        for remark in build(arguments.folder, arguments.previous):
            print(f"shulu catalogue: {remark}", file=sys.stderr)
        return 0
    try:
        catalogue = Catalogue(arguments.folder)
    except Unreadable as error:
        raise refuse(
            str(arguments.folder), f"has no catalogue: {error}", "deliver a release first"
        ) from error
    with closing(catalogue):
        page = catalogue.view(Audience("lan", date.today())).search(
            arguments.query, Filters(collection=arguments.collection), arguments.page
        )
    print(f"{page.total} hits, page {page.page} of {page.pages}")
    for item in page.items:
        print(item.bag, item.id, item.title, sep="\t")
    return 0
