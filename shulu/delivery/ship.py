"""Shipping disks: made from a release, read again as a whole, and only then let go.

Destruction asks first: a device with anything on it is formatted only when its serial is named for that.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from shulu.content.bag import TAG_MANIFEST, check_digest
from shulu.content.release import RELEASE_FILE, SIGNATURE_FILE, BagEntry, Release
from shulu.content.signature import Trust
from shulu.content.verify import verify_payload
from shulu.delivery import blockdevice, device
from shulu.delivery.blockdevice import Shipped, mounted
from shulu.delivery.copying import Task, copy_files
from shulu.delivery.offer import Offer, load_offer
from shulu.delivery.plan import wanted
from shulu.findings import Finding, Refused, refuse
from shulu.progress import Progress, human_bytes
from shulu.store import durable
from shulu.store.chain import listed_tag_files
from shulu.syncfs import sync_filesystem

LEAFLET = "请先阅读.txt"
SPARE = 1.03
"""What a file system needs beside the payload: ext4's tables, the last blocks of files."""
MOST_LABEL = {"ext4": 16, "exfat": 11}
_OTHERS = """
这一批次可能分几块硬盘寄出
  如果收到多块硬盘，请逐块插入，顺序不限；全部导入以后，门户首页才会显示这一批次。
  If several disks came, plug in one after the other, in any order; the release shows when all were read.
"""
_BYTES_AN_HOUR = 300e9
"""A plain USB disk's pace, for the leaflet: 80 MB a second."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to write where: a release (export layout or store), and a disk by its node and its serial.

    ``bags`` are those that it is to have, ``<id>@<version>``; without any its collections', or all.
    """

    source: Path
    trust: Trust
    device: Path
    serial: str
    format: str = "ext4"
    collections: tuple[str, ...] = ()
    bags: tuple[str, ...] = ()
    erase: str = ""


@dataclass(frozen=True, slots=True)
class Shipment:
    """A checked order."""

    order: Order
    offer: Offer
    folder: Path
    entries: list[BagEntry]

    @property
    def disk(self) -> Shipped:
        """The disk as it will be."""
        return Shipped(self.order.device, self.order.format, self.offer.release.mark)

    @property
    def bytes(self) -> int:
        """Payload bytes."""
        return sum(entry.bytes for entry in self.entries)

    @property
    def files(self) -> int:
        """Payload files."""
        return sum(entry.files for entry in self.entries)


def prepare(order: Order) -> Shipment:
    """Check an order whole, without touching the disk. Raises Refused with all findings."""
    folder = order.source / "live" if (order.source / "live").is_symlink() else order.source
    offer = load_offer(folder, order.trust)
    entries, findings = _entries(offer.release, order)
    shipment = Shipment(order, offer, order.source, entries)
    if not shipment.entries and not findings:
        findings.append(Finding(RELEASE_FILE, f"has none of the collections {', '.join(order.collections)}"))
    findings += [
        Finding(str(order.source / entry.path), "is missing", "pack the release again")
        for entry in shipment.entries
        if not (order.source / entry.path).is_dir()
    ]
    label = shipment.disk.label
    if len(label) > MOST_LABEL[order.format]:
        findings.append(Finding(label, f"is too long a label for {order.format}", "use --format ext4"))
    findings += _check_device(order, shipment)
    if findings:
        raise Refused(findings)
    return shipment


def _entries(release: Release, order: Order) -> tuple[list[BagEntry], list[Finding]]:
    if not order.bags:
        return wanted(release, order.collections), []
    known = {f"{entry.id}@{entry.version}": entry for entry in release.bags}
    findings = [
        Finding(RELEASE_FILE, f"release {release.name} has no bag {name}", "plan anew, for this release")
        for name in order.bags
        if name not in known
    ]
    return [entry for name, entry in known.items() if name in order.bags], findings


def _check_device(order: Order, shipment: Shipment) -> list[Finding]:
    where = str(order.device)
    if not order.device.is_block_device():
        return [Finding(where, "is not a block device", "name a disk such as /dev/sdb")]
    found = []
    serial = device.serial(order.device)
    if serial != order.serial:
        found.append(
            Finding(where, f"its serial is {serial!r} and not {order.serial!r}", "name the right disk")
        )
    if used := device.users(order.device) + blockdevice.mount_points(order.device):
        found.append(Finding(where, f"is in use: {', '.join(used)}", "name a whole disk that nothing uses"))
    if (need := round(shipment.bytes * SPARE)) > (size := device.size(order.device)):
        found.append(
            Finding(
                where, f"has {human_bytes(size)}, and {human_bytes(need)} are needed", "take a larger disk"
            )
        )
    return found


def holds(shipment: Shipment, *, thoroughly: Callable[[Progress], None] | None = None) -> bool:
    """Tell whether the disk holds this very shipment; ``thoroughly`` (a progress listener) reads all."""
    disk = shipment.disk
    known = device.probe(disk.node)
    if (known.label, known.kind) != (disk.label, disk.format):
        return False
    with tempfile.TemporaryDirectory(prefix="shulu-disk-") as name, mounted(disk, Path(name)) as folder:
        try:
            texts = [(folder / file).read_bytes() for file in (RELEASE_FILE, SIGNATURE_FILE)]
            if texts != [shipment.offer.text, shipment.offer.signature]:
                return False
            if thoroughly is not None:
                verify_disk(shipment, folder, thoroughly)
            else:
                for entry in shipment.entries:
                    check_digest(folder / entry.path, entry)
        except (OSError, Refused):
            return False
    return True


def require_erasable(order: Order) -> None:
    """Refuse a disk that has anything on it, unless the order names its serial a second time, to erase it."""
    try:
        found = device.contents(order.device)
    except OSError as error:
        problem, remedy = f"cannot be read: {error.strerror}", "see to its cable, or take another disk"
        raise refuse(str(order.device), problem, remedy) from error
    if not found.blank and order.erase != order.serial:
        said = f"has something on it: {found.kind} {found.label}".strip()
        raise refuse(str(order.device), said, f"if it may be lost, say --erase {order.serial}")


def write(shipment: Shipment, show: Callable[[Progress], None]) -> None:
    """Format the disk, write it, and read it all again. Raises Refused, OSError."""
    order, disk = shipment.order, shipment.disk
    require_erasable(order)
    _make_filesystem(disk)
    with tempfile.TemporaryDirectory(prefix="shulu-disk-") as name:
        folder = Path(name)
        blockdevice.mount(disk, folder, "nodev,nosuid,noexec")
        try:
            _fill(shipment, folder, show)
            sync_filesystem(folder)
        finally:
            blockdevice.unmount(folder)
    _forget(order.device)
    with tempfile.TemporaryDirectory(prefix="shulu-disk-") as name, mounted(disk, Path(name)) as folder:
        verify_disk(shipment, folder, show)


def verify_disk(shipment: Shipment, folder: Path, show: Callable[[Progress], None]) -> None:
    """Read a mounted disk as a library will: signature, digest chains, every file. Raises Refused."""
    if load_offer(folder, shipment.order.trust) != shipment.offer:
        raise refuse(str(shipment.order.device), "holds another release")
    progress = Progress(listener=show)
    findings: list[Finding] = []
    for entry in shipment.entries:
        progress.label = f"reading again {entry.id}"
        bag = check_digest(folder / entry.path, entry)
        findings += [
            Finding(f"{entry.path}/{bad.where}", bad.problem, "write the disk again, or another one")
            for bad in verify_payload(bag, progress=progress)
        ]
    if findings:
        raise Refused(findings)


def _make_filesystem(disk: Shipped) -> None:
    command = {
        # No blocks kept for root, and inodes for files of 16 KiB on average: web documents are small.
        "ext4": ["mkfs.ext4", "-q", "-F", "-m", "0", "-i", "16384", "-L", disk.label],
        "exfat": ["mkfs.exfat", "-L", disk.label],
    }[disk.format]
    _command([*command, str(disk.node)], str(disk.node))


def _command(command: list[str], where: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise refuse(command[0], "is not installed", "install e2fsprogs or exfatprogs") from error
    if done.returncode != 0:
        raise refuse(where, f"{command[0]}: {(done.stderr or done.stdout).strip()}")


def _forget(device: Path) -> None:
    """Drop what the kernel remembers of a device, so that it is the disk that is read."""
    os.sync()
    descriptor = os.open(device, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def _fill(shipment: Shipment, folder: Path, show: Callable[[Progress], None]) -> None:
    release = shipment.offer.release
    (folder / RELEASE_FILE).write_bytes(shipment.offer.text)
    (folder / SIGNATURE_FILE).write_bytes(shipment.offer.signature)
    text = resources.files("shulu.delivery").joinpath("leaflet.txt").read_text("utf-8")
    leaflet = text.format(
        name=release.name,
        label=shipment.disk.label,
        issued=f"{release.issued:%Y-%m-%d}",
        bags=len(shipment.entries),
        size=human_bytes(shipment.bytes),
        hours=max(1, round(shipment.bytes / _BYTES_AN_HOUR)),
        others=_OTHERS if len(shipment.entries) < len(release.bags) else "",
    )
    # Read on any PC: a byte order mark and CRLF, as Windows' editor wants them.
    (folder / LEAFLET).write_bytes(leaflet.replace("\n", "\r\n").encode("utf-8-sig"))
    progress = Progress(total_bytes=shipment.bytes, total_files=shipment.files, listener=show)
    for entry in shipment.entries:
        progress.label = f"writing {entry.id}"
        _copy_bag(shipment.folder / entry.path, folder / entry.path, entry, progress)
    progress.tell()
    if shipment.disk.format == "ext4":
        durable.make_read_only(folder / "bags")


def _copy_bag(source: Path, target: Path, entry: BagEntry, progress: Progress) -> None:
    """Copy a bag, hashing what is read: a source that is damaged is found before the disk is verified."""
    bag = check_digest(source, entry)
    for name in [*listed_tag_files(source, entry), TAG_MANIFEST]:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes((source / name).read_bytes())
    tasks = [Task(path, bag.sizes[path], digest) for path, digest in bag.payload.items()]
    bad = [
        Finding(f"{entry.path}/{copied.path}", f"in the source: {copied.problem}", "pack the release again")
        for copied in copy_files(source, target, tasks, bag.algorithm, progress)
        if copied.problem
    ]
    if bad:
        raise Refused(bad)


def describe(shipment: Shipment, *, changed: bool, started: float) -> dict[str, object]:
    """Return the result as plain data, as ``shulu ship --json`` prints it. ``started`` is monotonic."""
    return {
        "changed": changed,
        "state": "written" if changed else "unchanged",
        "device": str(shipment.order.device),
        "serial": shipment.order.serial,
        "label": shipment.disk.label,
        "format": shipment.order.format,
        "release": {"epoch": shipment.offer.release.epoch, "serial": shipment.offer.release.serial},
        "bags": [entry.id for entry in shipment.entries],
        "bytes": shipment.bytes,
        "files": shipment.files,
        "seconds": round(time.monotonic() - started, 1),
    }


def words(text: Iterable[str] | None) -> tuple[str, ...]:
    """Return collections or bags as given on a command line: separated by commas or blanks."""
    return tuple(word for item in text or () for word in item.replace(",", " ").split())
