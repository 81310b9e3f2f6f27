"""``shulu report``: add provinces' reports up to the nation's."""

from __future__ import annotations

import argparse
from pathlib import Path

from shulu.report import national, national_page
from shulu.report.make import dump
from shulu.report.paper import as_pdf
from shulu.written import changed, write


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    actions = parser.add_subparsers(dest="action", required=True)
    nation = actions.add_parser("national", help="add up the reports of several provinces")
    nation.add_argument("out", type=Path, metavar="OUT", help="folder for national.json, .html, .pdf, .xlsx")
    nation.add_argument(
        "--trust",
        type=Path,
        metavar="FOLDER",
        help="has allowed_signers and revoked.krl; takes only what these provinces signed",
    )
    nation.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="holds a report.json")


def run(arguments: argparse.Namespace) -> int:
    """Do the work; return the exit code."""
    document = national.gather(arguments.folders, arguments.trust)
    html = national_page.as_html(document)
    files = {
        arguments.out / "national.json": dump(document),
        arguments.out / "national.html": html.encode(),
        arguments.out / "national.pdf": as_pdf(html, document["as_of"]),
        arguments.out / "national.xlsx": national_page.as_xlsx(document),
    }
    fresh = set(changed(files))
    write({path: files[path] for path in fresh})
    for path in files:
        print(f"{path}{'' if path in fresh else ': unchanged'}")
    return 0
