"""Verification of a bag against the tools that a librarian has, and against what the cores allow."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from bench import data
from bench.harness import Row, at_most, command, drop_caches, faster_by, race, say, told


def run(work: Path) -> list[Row]:
    """Measure 4 GB of mixed sizes and 300,000 small files, cold caches before each run."""
    rows = []
    for label, shape in (
        ("4 GB mixed", data.mixed(4000 * data.MB)),
        ("300,000 small files", data.many(300_000)),
    ):
        bag = _bag(work / ("mixed-bag" if "GB" in label else "small-bag"), shape)
        say(f"verify: {label}")
        results = race(
            {
                "shulu verify": command([sys.executable, "-m", "shulu.cli.main", "verify", bag]),
                "bagit.py --processes 2": command(
                    [sys.executable, "-m", "bagit", "--validate", "--processes", "2", bag]
                ),
                "sha256sum -c": command(["sha256sum", "-c", "--quiet", "manifest-sha256.txt"], cwd=bag),
                "read only": lambda bag=bag: _read(bag),  # type: ignore[misc]
            },
            before=lambda _: drop_caches(),
        )
        ours = results["shulu verify"]
        for peer in ("bagit.py --processes 2", "sha256sum -c"):
            theirs = results[peer]
            rows.append(faster_by(f"verify {label}", ours.seconds, peer, theirs.seconds, 1.0))
            rows.append(told(f"memory of verify {label}", ours.memory_mb, peer, theirs.memory_mb, unit="MB"))
        if "GB" in label:
            size = sum(path.stat().st_size for path in (bag / "data").rglob("*") if path.is_file())
            allowed = max(size / _hash_rate(), results["read only"].seconds)
            rows.append(
                at_most(f"verify {label}", ours.seconds, "what disk and cores allow", allowed, 1 / 0.9)
            )
    return rows


def _bag(folder: Path, shape: data.Shape) -> Path:
    if not (folder / "bagit.txt").exists():
        shutil.rmtree(folder, ignore_errors=True)
        data.write(folder, shape)
        command([sys.executable, "-m", "bagit", "--sha256", "--processes", "2", folder])()
    return folder


def _read(bag: Path) -> None:
    """Read every payload file once, in the order of the manifest, and keep nothing."""
    for path in sorted((bag / "data").rglob("*")):
        if path.is_file():
            with path.open("rb", buffering=0) as stream:
                while stream.read(1 << 20):
                    pass


def _hash_rate() -> float:
    """Return bytes a second of SHA-256 on all cores, by ``openssl speed`` with blocks of 1 MiB."""
    cores = len(os.sched_getaffinity(0))
    argv = ["openssl", "speed", "-seconds", "3", "-bytes", "1048576", "-multi", str(cores), "-evp", "sha256"]
    output = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"sha256\s+([0-9.]+)k", output)
    return float(found[-1]) * 1000
