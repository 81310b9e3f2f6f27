"""A library: its host, its reader, and the release that its readers should see."""

from __future__ import annotations

import shutil

from faults_host import Host
from faults_province import Export
from faults_reader import Reader
from faults_wait import until

DROP = "/var/tmp/export"  # noqa: S108 - a folder on a lab host, which only root enters


def load(hub: Host, export: Export) -> None:
    """Bring a release to the hub: what it has not, from a folder there."""
    drop = hub.path(DROP)
    shutil.rmtree(drop, ignore_errors=True)
    shutil.copytree(export.folder, drop)
    hub.ask("shulu", "deliver", "--from", DROP)
    shutil.rmtree(drop)
    assert hub.live() == export.name


class Library:
    """``has`` is the release that its readers see now."""

    has: Export

    def __init__(self, host: Host, hub: Host) -> None:
        self.host = host
        self.hub = hub
        self.reader = Reader(host)

    def take(self, export: Export) -> None:
        """Get a release without any fault, in the quickest way."""
        load(self.host, export)
        if self.hub.live() != export.name:
            load(self.hub, export)
        self.has = export
        until("the portal's turn", lambda: self.reader.sees(export), seconds=30)

    def ends_with(self, export: Export, seconds: float = 120) -> None:
        """Wait until the delivery that is under way has made a release live."""
        until(f"release {export.name}", lambda: self.host.live() == export.name, seconds)
        until("the delivery's end", lambda: self.host.show("ActiveState") in {"inactive", "failed"}, seconds)
        assert self.host.status()["activity"]["state"] == "live"
        self.has = export
        until("the portal's turn", lambda: self.reader.sees(export), seconds=30)

    def refuses(self, *said: str) -> None:
        """Deliver, and hold that one clear line says why that was refused, and the status says the same."""
        before = self.host.live()
        with self.reader.reading(self.has):
            complaints = self.host.deliver()
        assert len(complaints) == 1, complaints
        state, message = self.host.activity()
        assert state == "failed"
        for words in said:
            assert words in complaints[0]
            assert words in message
        assert self.host.live() == before
        assert self.host.show("ExecMainStatus") == "1"
