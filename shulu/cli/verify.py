"""``shulu verify FOLDER``: judges any BagIt bag; a line per finding, exit code 0 or 1."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from shulu.content.verify import verify
from shulu.progress import Progress, terminal_line


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the bag's folder")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    parser.add_argument(
        "--journal",
        type=Path,
        metavar="FILE",
        help="note good files here, and go on from there when interrupted",
    )
    parser.add_argument("--processes", type=int, metavar="N", help="how many at once (all cores)")
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def run(arguments: argparse.Namespace) -> int:
    """Judge the bag; return 0 where it is valid and 1 where it is not."""
    progress = Progress(label="verify", listener=None if arguments.quiet else terminal_line(sys.stderr))
    # A link that the user names is followed, as live/bags/<id> is one; links within a bag are not.
    findings = verify(
        arguments.folder.resolve(),
        progress=progress,
        processes=arguments.processes,
        journal=arguments.journal,
    )
    if not arguments.quiet and sys.stderr.isatty():
        print(file=sys.stderr)
    if arguments.json:
        found = [{"where": f.where, "problem": f.problem, "remedy": f.remedy} for f in findings]
        verdict = {
            "bag": str(arguments.folder),
            "valid": not findings,
            "files": progress.total_files,
            "bytes": progress.total_bytes,
            "findings": found,
        }
        print(json.dumps(verdict, ensure_ascii=False))
        return 1 if findings else 0
    for finding in findings:
        print(finding)
    if not findings:
        print(f"{arguments.folder}: valid, {progress.total_files} files, {progress.total_bytes} bytes")
    return 1 if findings else 0
