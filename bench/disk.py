"""Import of a shipped disk against copying it by hand."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench import data, province
from bench.harness import Row, at_most, command, drop_caches, faster_by, race, say

SERIAL = "bench-disk"


def run(work: Path) -> list[Row]:
    """Measure 4 GB in about 20,000 files, cold caches: copy, verify, live."""
    keys = province.keys(work)
    shape = [*data.mixed(3850 * data.MB), *((f"more/{n}", s) for n, s in data.many(12_000))]
    source = province.source(work / "disk-source", shape)
    release = province.release(work / "disk-release", source, keys, version="1", serial=1)
    library = province.server(work / "disk-library", keys, "disk", "990102")
    target = library.folder / "by-hand"
    with _shipped(work, release, keys) as disk:
        say(f"disk: {sum(1 for path in disk.rglob('*') if path.is_file())} files")
        config = library.config.read_text()
        library.config.write_text(config.replace(f"{library.folder}/disk", str(disk)))

        def before(_: str) -> None:
            library.forget()
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            drop_caches()

        (bag,) = (disk / "bags").glob("*/*")
        # The second pass reads from the disk: of the 4 TB that this stands for, memory would hold nothing.
        script = (
            'rsync -a "$1/" "$2/" && sync && echo 3 >/proc/sys/vm/drop_caches '
            '&& "$3" -m bagit --validate "$2" 2>/dev/null'
        )
        results = race(
            {
                "shulu deliver": command(library.deliver()),
                "cp -a": command(["sh", "-c", 'cp -a "$1/." "$2" && sync', "sh", bag, target]),
                "rsync -a, bagit.py": command(["sh", "-c", script, "sh", bag, target, sys.executable]),
            },
            before=before,
        )
        before("")
        library.forget()
    case = "4 GB disk: copy, verify, live"
    ours = results["shulu deliver"].seconds
    return [
        at_most(case, ours, "cp -a, sync", results["cp -a"].seconds, 1.10),
        faster_by(
            case, ours, "rsync -a, sync, bagit.py --validate", results["rsync -a, bagit.py"].seconds, 1.7
        ),
    ]


@contextlib.contextmanager
def _shipped(work: Path, release: Path, keys: Path) -> Iterator[Path]:
    """Write a shipping disk into a loop device and mount it as a library does."""
    image = work / f"{SERIAL}.img"
    with image.open("wb") as stream:
        stream.truncate(6 << 30)
    device = _output("losetup", "--find", "--show", str(image))
    mount = work / "disk-mount"
    mount.mkdir(exist_ok=True)
    try:
        order: list[str | Path] = ["--from", release, "--trust", keys, "--device", device, "--serial", SERIAL]
        command([*province.SHULU, "ship", *order])()
        command(["mount", "-o", "ro,nodev,nosuid,noexec,noload", device, mount])()
        try:
            yield mount
        finally:
            command(["umount", mount])()
    finally:
        command(["losetup", "--detach", device])()
        image.unlink()


def _output(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
