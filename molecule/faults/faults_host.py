"""A host of the lab as the tests need it: its units, journal, status, files, line, disks and switch."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from faults_province import Export
from faults_wait import until

from lab import cgroup, disk, host, lab, line, visit

DELIVER = "shulu-deliver.service"


class Host:
    """One host; every method asks it anew, as it may have been switched off since."""

    def __init__(self, name: str, code: str) -> None:
        self.lab = name
        self.code = code
        self.place, self.spec, _ = lab.load(name)

    # What it is asked

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command there as root."""
        command = visit.command(self.place, self.spec, self.code, words)
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    def ask(self, *words: str) -> str:
        """Run a command there that must succeed; return what it says."""
        done = self.run(*words)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout.strip()

    def path(self, name: str) -> Path:
        """Return one of its files as this machine reaches it: through the eyes of its PID 1."""
        return Path(f"/proc/{host.leader(self.place, self.code)}/root{name}")

    @property
    def store(self) -> Path:
        return self.path("/srv/shulu/store")

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ask("shulu", "status", "--json"))
        return found

    def activity(self) -> tuple[str, str]:
        """Return state and message as the status file has them: fast, for waiting."""
        try:
            found = json.loads(self.path("/var/lib/shulu/status.json").read_bytes())["activity"]
        except OSError:
            return "", ""
        return found["state"], found["message"]

    def live(self) -> str:
        """Return the live release as its link says: ``1-7``."""
        return (self.store / "live").readlink().name

    def receipt(self) -> dict[str, Any]:
        """Return the newest receipt."""
        files = self.path("/var/lib/shulu/receipts").glob("*.json")
        found: dict[str, Any] = json.loads(max(files, key=lambda file: file.stat().st_mtime_ns).read_bytes())
        return found

    def staged(self, export: Export) -> dict[str, int]:
        """Return the files of a release's new bag that lie in staging, with their sizes in bytes."""
        files = (self.store / "staging" / export.staged / "data/files").glob("scan-*")
        return {file.name: file.lstat().st_size for file in files}

    def received(self) -> int:
        """Return the bytes that came in by the VPN line since the host was switched on."""
        links = json.loads(self.ask("ip", "-json", "-statistics", "link", "show", "host0"))
        return int(links[0]["stats64"]["rx"]["bytes"])

    # The delivery

    def show(self, prop: str, unit: str = DELIVER) -> str:
        return self.ask("systemctl", "show", "--value", "-p", prop, unit)

    def begin(self) -> None:
        """Begin a delivery and do not wait for it."""
        self.ask("systemctl", "start", "--no-block", DELIVER)
        until("the delivery", lambda: self.show("ActiveState") != "inactive" or self.show("InvocationID"))

    def deliver(self) -> list[str]:
        """Deliver once, to the end; return what it had to complain of, line by line."""
        self.ask("systemctl", "stop", DELIVER)
        self.ask("systemctl", "reset-failed", DELIVER)
        # A disk that was plugged in has begun one by itself, which may have complained until it was stopped.
        before = time.time()
        self.ask("systemctl", "start", DELIVER)
        until("the delivery's end", lambda: self.show("SubState") in {"dead", "failed", "auto-restart"})
        return self.complaints(before)

    def complaints(self, since: float) -> list[str]:
        """Return what deliveries wrote of faults since then; ``since`` is seconds of the epoch."""
        said = self.journal(since, "-u", DELIVER)
        return [text for text in said.splitlines() if text.startswith("shulu ")]

    def journal(self, since: float, *words: str) -> str:
        self.ask("journalctl", "--sync")
        return self.ask("journalctl", "-q", "--no-pager", "-o", "cat", f"--since=@{since:.6f}", *words)

    def kill_delivery(self) -> None:
        os.kill(self._main(), signal.SIGKILL)

    def signal_delivery(self, number: signal.Signals) -> None:
        """Send a signal to the delivery and its workers."""
        for process in self._processes():
            os.kill(process, number)

    def _main(self) -> int:
        """Return the id of the delivery's first process on this machine."""
        inner = self.show("MainPID")
        for process in self._processes():
            if _ids(process)[-1] == inner:
                return process
        raise AssertionError("no delivery runs")

    def _processes(self) -> list[int]:
        found = []
        for process in cgroup.processes(self.place, self.code):
            try:
                words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue  # ended since
            if b"/usr/bin/shulu" in words and b"deliver" in words:
                found.append(process)
        return found

    # What is done to it

    def slow(self, rate: str) -> None:
        with lab.held(self.lab) as (place, spec, faults):
            line.slow(place, spec, faults, self.code, rate)

    def cut(self) -> None:
        with lab.held(self.lab) as (place, spec, faults):
            line.cut(place, spec, faults, self.code)

    def mend(self) -> None:
        with lab.held(self.lab) as (place, spec, faults):
            line.mend(place, spec, faults, self.code)

    def power_off(self) -> None:
        with lab.held(self.lab) as (place, spec, _):
            host.stop(place, spec, spec.host(self.code))

    def power_on(self) -> None:
        with lab.held(self.lab) as (place, spec, faults):
            lab.power_on(place, spec, faults, [spec.host(self.code)])

    def make_disk(self, serial: str, size: int) -> Path:
        """Make a disk, or find it; return its device on this machine."""
        with lab.held(self.lab) as (place, _, _):
            return disk.make(place, serial, size)

    def plug(self, serial: str) -> None:
        with lab.held(self.lab) as (place, _, faults):
            disk.plug(place, faults, self.code, serial)

    def unplug(self, serial: str) -> None:
        with lab.held(self.lab) as (place, _, faults):
            disk.unplug(place, faults, self.code, serial)

    def plugged(self) -> list[str]:
        """Return the shipped disks that are plugged in."""
        faults = lab.load(self.lab)[2]
        return [serial for serial in faults.disks_of(self.code) if serial != disk.data_serial(self.code)]


def _ids(process: int) -> list[str]:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return [""]
    return next(text for text in status.splitlines() if text.startswith("NSpid:")).split()[1:]
