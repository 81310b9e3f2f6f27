"""Any history of deliveries, clean-ups and crashes: readers see whole releases, and the mark never falls.

A crash is a real one: the step runs in a child process that exits at the n-th change of the file system.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from parcels import Province, deliver

from shulu.content.bag import check_digest
from shulu.content.release import BagEntry, Release
from shulu.findings import Refused
from shulu.store.store import Store

CRASHED = 9
CHANGES = {
    "os.rename",
    "os.mkdir",
    "os.symlink",
    "os.remove",
    "os.rmdir",
    "os.chmod",
    "os.link",
    "subprocess.Popen",
}
BAGS = ("ebooks-001", "video-001")


def crash_at(step: int, work: Callable[[], object]) -> None:
    """Run work in a child that dies before the ``step``-th change of the file system, if it gets that far."""
    child = os.fork()
    if child == 0:
        left = step

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            writes = (
                event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
            )
            if event in CHANGES or writes:
                left -= 1
                if left < 0:
                    os._exit(CRASHED)

        sys.addaudithook(hook)
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, CRASHED)


class StoreMachine(RuleBasedStateMachine):
    """Deliveries of releases of two bags, in any order, cut off anywhere."""

    def __init__(self) -> None:
        super().__init__()
        # In memory: it syncs often.
        self.folder = Path(tempfile.mkdtemp(prefix="shulu-machine-", dir="/dev/shm"))
        self.province = Province(self.folder / "province")
        self.store = Store(self.folder / "store", self.folder / "state")
        self.store.create()
        self.versions: dict[str, list[BagEntry]] = {name: [] for name in BAGS}
        self.serial = 0
        self.highest = (0, 0)
        self.release: Release | None = None

    def teardown(self) -> None:
        for place, _, _ in os.walk(self.folder):
            Path(place).chmod(0o755)
        shutil.rmtree(self.folder)

    @initialize()
    def first(self) -> None:
        for name in BAGS:
            self.pack(name, b"first")

    @rule(name=st.sampled_from(BAGS), content=st.binary(min_size=1, max_size=3))
    def pack(self, name: str, content: bytes) -> None:
        version = str(len(self.versions[name]) + 1)
        self.versions[name].append(self.province.bag(name, version, {"x": content, "y": version.encode()}))

    @rule(data=st.data())
    def issue(self, data: st.DataObject) -> None:
        self.serial += 1
        bags = [data.draw(st.sampled_from(self.versions[name])) for name in BAGS]
        self.release = self.province.issue(self.serial, *bags[: data.draw(st.integers(1, 2))])

    @rule()
    def upgrade(self) -> None:
        for name in BAGS:
            self.pack(name, b"upgrade")
        self.serial += 1
        self.release = self.province.issue(self.serial, *(self.versions[name][-1] for name in BAGS))
        self.deliver()

    @precondition(lambda self: self.release is not None)
    @rule()
    def deliver(self) -> None:
        self._deliver()
        live = self.store.live()
        assert live is not None
        assert self.release is not None
        assert live.release == self.release
        assert self.store.mark() is not None

    @precondition(lambda self: self.release is not None)
    @rule(step=st.integers(0, 60))
    def deliver_and_crash(self, step: int) -> None:
        crash_at(step, self._deliver)

    def _deliver(self) -> None:
        assert self.release is not None
        deliver(self.province, self.store, self.release)
        self.store.gc(keep=2)

    @rule(keep=st.integers(0, 3))
    def gc(self, keep: int) -> None:
        self.store.gc(keep)

    @rule(step=st.integers(0, 30))
    def gc_and_crash(self, step: int) -> None:
        crash_at(step, lambda: self.store.gc(1))

    @precondition(lambda self: self.highest > (1, 1))
    @rule()
    def roll_back(self) -> None:
        old = Release(1, 1, *self._dates(), ())
        try:
            self.store.publish(old, b"old", b"", [])
        except Refused:
            return
        raise AssertionError("an older release went live")

    def _dates(self) -> tuple:  # type: ignore[type-arg]
        assert self.release is not None
        return self.release.issued, self.release.expires

    def _assert_whole(self, place: Path, entry: BagEntry) -> None:
        bag = check_digest(place.resolve(), entry)
        original = self.province.release_folder / entry.path
        assert all((place / path).read_bytes() == (original / path).read_bytes() for path in bag.payload)

    @invariant()
    def live_is_whole(self) -> None:
        live = self.store.live()
        if live is None:
            return
        assert live.versions.keys() == {entry.id for entry in live.release.bags}
        for entry in live.release.bags:
            self._assert_whole(live.folder / "bags" / entry.id, entry)

    @invariant()
    def what_the_store_has_is_whole(self) -> None:
        for entry in (entry for entries in self.versions.values() for entry in entries):
            if self.store.has(entry):
                self._assert_whole(self.store.path(entry), entry)

    @invariant()
    def the_mark_never_falls(self) -> None:
        mark = self.store.mark()
        assert (mark.number if mark else (0, 0)) >= self.highest
        self.highest = mark.number if mark else (0, 0)


TestStore = StoreMachine.TestCase
TestStore.settings = settings(
    max_examples=30, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
