"""The network route, end to end, against plain rsync over SSH on the same wire."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import data, province
from bench.harness import Row, at_most, command, drop_caches, faster_by, race, say
from bench.province import Server
from bench.wire import HUB, Place, Wire, wire

LIBRARY = "990101"
ROUND_TRIP = 0.05
"""Seconds: what a county's line was measured to need."""


@dataclass(frozen=True, slots=True)
class Field:
    """Who takes part: both servers, the wire between them, and a key of an admin who uses plain rsync."""

    work: Path
    keys: Path
    line: Wire
    hub: Server
    library: Server
    admin: Path

    def plain(self, target: Path, place: Place = HUB) -> list[str]:
        """Return the command of an admin who copies the hub's bags by hand."""
        source = f"root@{place.address}:{self.hub.folder}/store/bags/"
        shell = self.line.shell(self.admin, place)
        return self.line.at_library("rsync", "-a", "-e", shell, source, f"{target}/")

    def deliver(self) -> Callable[[], object]:
        """Return the library's delivery as a contestant."""
        return command(self.line.at_library(*self.library.deliver()))

    def load(self, release: Path) -> None:
        """Load the hub anew with a release."""
        self.hub.forget()
        command(self.hub.deliver("--from", release))()


def run(work: Path) -> list[Row]:
    """Measure a first fetch, a refresh without change, a small change and a killed large file."""
    keys = province.keys(work)
    with wire(work / "wire") as line:
        hub = province.server(work / "hub", keys, "disk", "990000")
        library = province.server(work / "library", keys, "network", LIBRARY, line.upstream())
        key = library.folder / "agent"
        line.admit(key, hub.admit(LIBRARY, key))
        admin = work / "admin"
        if not admin.exists():
            command(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", admin])()
        line.admit(admin)
        field = Field(work, keys, line, hub, library, admin)
        return [*_first_fetch(field), *_change(field), *_killed(field), *_refresh(field)]


def _first_fetch(field: Field) -> list[Row]:
    say("network: 2 GB of mixed sizes, first fetch")
    source = province.source(field.work / "mixed", data.mixed(2000 * data.MB))
    field.load(province.release(field.work / "mixed-1", source, field.keys, version="1", serial=1))
    target = field.work / "plain"

    def before(name: str) -> None:
        field.library.forget()
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        drop_caches()

    results = race(
        {
            "shulu deliver": field.deliver(),
            "rsync -a": command(["sh", "-c", 'exec 3>&1; "$@" && sync', "sh", *field.plain(target)]),
        },
        before=before,
    )
    shutil.rmtree(target)
    ours, theirs = results["shulu deliver"], results["rsync -a"]
    case = "2 GB mixed: fetch, verify, live"
    return [at_most(case, ours.seconds, "rsync -a over ssh, sync", theirs.seconds, 1.25)]


def _change(field: Field) -> list[Row]:
    say("network: 1 % changed, 10 % renamed")
    before, after = field.work / "mixed", field.work / "mixed-changed"
    shutil.rmtree(after, ignore_errors=True)
    shutil.copytree(before, after, copy_function=shutil.copy2)
    files = sorted(path for path in (after / "files").rglob("*") if path.is_file())
    total = sum(path.stat().st_size for path in files)
    chance = random.Random(7)  # noqa: S311 - a choice of files, no secret
    chance.shuffle(files)
    changed = 0
    small = [path for path in files if path.stat().st_size < 6 * data.MB]
    while changed < total // 100:
        path = small.pop()
        files.remove(path)
        size = path.stat().st_size
        path.write_bytes(chance.randbytes(size))
        changed += size
    for path in files[: len(files) // 10]:
        path.rename(path.with_name(f"moved-{path.name}"))
    province.write_records(after)
    field.library.forget()
    field.load(field.work / "mixed-1")
    field.deliver()()
    release = field.work / "mixed-2"
    shutil.rmtree(release, ignore_errors=True)
    province.release(release, after, field.keys, version="2", serial=2)
    command(field.hub.deliver("--from", release))()
    start = field.line.received()
    field.deliver()()
    wire_bytes = field.line.received() - start
    case = "1 % changed, 10 % renamed: bytes on the wire"
    return [at_most(case, wire_bytes / 1e6, "changed content", changed / 1e6, 1.05, unit="MB")]


def _killed(field: Field) -> list[Row]:
    say("network: a 1 GiB file, killed at 60 %")
    size = 1 << 30
    source = province.source(field.work / "large", [("film.mp4", size)])
    field.load(province.release(field.work / "large-1", source, field.keys, version="1", serial=1))
    field.library.forget()
    field.line.shape("400mbit")
    start = field.line.received()
    process = subprocess.Popen(
        field.line.at_library(*field.library.deliver()), start_new_session=True, stdout=subprocess.DEVNULL
    )
    while field.line.received() - start < size * 0.6:
        time.sleep(0.2)
        if process.poll() is not None:
            raise RuntimeError("the transfer ended before it could be killed")
    subprocess.run(["pkill", "-KILL", "-g", str(process.pid)], check=False)
    process.send_signal(signal.SIGKILL)
    process.wait()
    had = sum(path.stat().st_size for path in (field.library.folder / "store/staging").rglob("*.mp4"))
    time.sleep(2)
    start = field.line.received()
    field.deliver()()
    fetched = field.line.received() - start
    field.line.shape("")
    case = "1 GiB file killed at 60 %: fetched by the second run"
    return [at_most(case, fetched / 1e6, "what was left", (size - had) / 1e6, 1.05, unit="MB")]


def _refresh(field: Field) -> list[Row]:
    say("network: 300,000 files without change at 20 Mbit/s")
    source = province.source(field.work / "small", data.many(300_000))
    field.load(province.release(field.work / "small-1", source, field.keys, version="1", serial=1))
    field.library.forget()
    target = field.work / "plain-small"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    field.deliver()()
    command(field.plain(target))()
    field.line.shape("20mbit")
    rows = [_scan(field, target, HUB, "300,000 files, nothing changed, 20 Mbit/s")]
    with field.line.far_off(ROUND_TRIP) as place:
        field.library.configure(field.keys, "network", LIBRARY, field.line.upstream(place))
        rows.append(_scan(field, target, place, f"the same at a round trip of {ROUND_TRIP * 1000:.0f} ms"))
    field.line.shape("")
    shutil.rmtree(target)
    return rows


def _scan(field: Field, target: Path, place: Place, case: str) -> Row:
    results = race(
        {"shulu deliver": field.deliver(), "rsync -a": command(field.plain(target, place))},
        before=lambda _: drop_caches(),
    )
    ours, theirs = results["shulu deliver"], results["rsync -a"]
    return faster_by(case, ours.seconds, "rsync -a's scan", theirs.seconds, 20)
