"""``shulu pack SOURCE --out RELEASE --collection ID --version V``: packs a folder into bags."""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import date
from pathlib import Path

from shulu.content.bagwriter import Options
from shulu.content.pack import pack, plan
from shulu.content.release import KIT
from shulu.findings import refuse
from shulu.progress import Progress, human_bytes, terminal_line

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def size(text: str) -> int:
    """Read a size as disks are sold: ``5G`` is 5,000,000,000 bytes. Raises ArgumentTypeError."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([kmgt]?)b?", text.strip().lower())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 500M or 5G")
    return int(float(match[1]) * _UNITS[match[2]])


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "source",
        type=Path,
        metavar="SOURCE",
        help="folder with records.jsonl or metadata.csv, and the files beside it or in files/",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="RELEASE", help="the release's folder")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--collection", metavar="ID", help="the collection's id: ebooks")
    what.add_argument("--kit", action="store_true", help="pack a kit's folder: no records")
    parser.add_argument("--version", required=True, metavar="V", help="the bags' version")
    parser.add_argument("--volume-bytes", type=size, default="5G", metavar="SIZE", help="volume size (5G)")
    parser.add_argument("--organization", default="", metavar="NAME", help="Source-Organization of the bags")
    parser.add_argument("--bagging-date", type=date.fromisoformat, metavar="DATE", help="Bagging-Date (none)")
    parser.add_argument("--copy", action="store_true", help="copy files also where they could be linked")
    parser.add_argument("--processes", type=int, metavar="N", help="how many at once (all cores)")
    parser.add_argument("--plan", action="store_true", help="tell what would be packed, and pack nothing")
    parser.add_argument("--json", action="store_true", help="print what was packed as JSON")
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def run(arguments: argparse.Namespace) -> int:
    """Pack; print a line per bag."""
    if arguments.collection == KIT:
        raise refuse("--collection", "kit is no collection", "say --kit")
    collection = KIT if arguments.kit else arguments.collection
    options = Options(
        collection=collection,
        version=arguments.version,
        volume_bytes=arguments.volume_bytes,
        organization=arguments.organization,
        bagging_date=arguments.bagging_date,
        copy=arguments.copy,
        processes=arguments.processes,
    )
    progress = Progress(
        label=f"pack {collection}", listener=None if arguments.quiet else terminal_line(sys.stderr)
    )
    packed = (plan if arguments.plan else pack)(arguments.source, arguments.out, options, progress)
    if not arguments.quiet and progress.done_files and sys.stderr.isatty():
        print(file=sys.stderr)
    if arguments.json:
        bags = [
            {
                "id": bag.id,
                "version": options.version,
                "path": str(bag.path),
                "bytes": bag.oxum.bytes,
                "files": bag.oxum.files,
                "changed": bag.changed,
            }
            for bag in packed
        ]
        print(json.dumps({"changed": any(bag.changed for bag in packed), "bags": bags}, ensure_ascii=False))
        return 0
    done = "would be packed" if arguments.plan else "packed"
    for bag in packed:
        what = done if bag.changed else "unchanged"
        amount = f"{bag.oxum.files} files, {human_bytes(bag.oxum.bytes)}"
        print(f"{bag.id} version {options.version}: {amount}, {what}")
    return 0
