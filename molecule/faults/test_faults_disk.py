"""The shipped disk is pulled out in the middle, or has a file with a bit that flipped."""

from __future__ import annotations

import signal

from faults_disk import ShippingDisk
from faults_host import Host
from faults_library import Library, load
from faults_province import FILE_BYTES, FIRST_FILE, Province
from faults_wait import until

FILES = 40
WORKERS = 2


def test_pulled_in_an_import_and_plugged_again(province: Province, far: Library, disk: ShippingDisk) -> None:
    export = province.issue(FILES)
    disk.write(export)
    disk.plug()
    host = far.host
    with far.reader.reading(far.has, export):
        host.begin()
        until("its first file", lambda: host.staged(export), pause=0.002)
        # A disk of this machine is read faster than a hand can pull it out.
        host.signal_delivery(signal.SIGSTOP)
        disk.pull()
        host.signal_delivery(signal.SIGCONT)
        until("word of the pull", lambda: "plug in the shipped disk" in host.activity()[1])
        assert far.reader.sees(far.has)
        came = host.staged(export)
        disk.plug()
        # As the timer does that looks for a disk.
        host.ask("systemctl", "start", "shulu-disk.service")
        far.ends_with(export)
    whole = sum(size == FILE_BYTES for size in came.values())
    assert 0 < whole < FILES
    # The records travel too; of what the two workers had just written, nothing was noted.
    assert host.receipt()["travelled_files"] <= FILES + 1 - whole + WORKERS


def test_a_flipped_bit_is_named_and_fetched_by_the_line(
    province: Province, far: Library, hub: Host, disk: ShippingDisk
) -> None:
    export = province.issue()
    bad = f"{export.bag}/data/files/{FIRST_FILE}"
    disk.write(export)
    disk.flip(bad)
    disk.plug()
    far.refuses(bad, "on the disk: does not match its digest")
    load(hub, export)
    with far.reader.reading(far.has, export):
        assert far.host.deliver() == []
        far.ends_with(export)
    assert far.host.receipt()["bad_files"] == [bad]
