"""Disks that are served from: they stay plugged in, and links in the store lead to the bags on them.

Each disk is mounted at a place of its own whose name is a fingerprint of the disk. A link is made only once
its bag was verified whole, so that a name that a link has stands for what was verified: a disk that is
plugged in again as it was is served from at once, one that was written to meanwhile, and any other, gets
another name, and nothing leads there before all of it was read. docs/formats.md tells what that holds
against.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from shulu.content.bag import check_digest
from shulu.content.release import RELEASE_FILE, BagEntry
from shulu.content.signature import Trust
from shulu.content.verify import verify_payload
from shulu.delivery import blockdevice, device
from shulu.delivery.blockdevice import Shipped, mounted
from shulu.delivery.disk import DiskGone, is_readable
from shulu.delivery.intake import Brought
from shulu.delivery.offer import Offer, load_offer
from shulu.delivery.status import Status
from shulu.findings import Finding, Refused
from shulu.progress import Progress
from shulu.store.layout import read_anew
from shulu.store.store import Store

STEADY = ("ext4",)
"""File systems that tell of every write: exFAT has no change time, and NTFS lets any program set it."""
_SUPERBLOCK = (1024, 1024)
"""Where ext4 keeps its UUID, and when it was last mounted and written: offset and bytes (ext4's own docs)."""
_OTHERWISE = {errno.ENOENT, errno.EACCES}
"""How the release of a disk can be out of reach although the disk is there."""


def fingerprint(disk: Shipped, folder: Path) -> str:
    """Return 32 hex digits that stay the same while nobody writes to the disk, mounted at ``folder``.

    Hashed are the disk's serial, its superblock, and of every file path, mode, size, mtime, ctime and inode.
    Of a file system that does not tell of writes the fingerprint is never the same twice. Raises OSError.
    """
    if disk.format not in STEADY:
        return secrets.token_hex(16)
    digest = hashlib.sha256(device.serial(disk.node).encode())
    with disk.node.open("rb", buffering=0) as stream:
        digest.update(os.pread(stream.fileno(), _SUPERBLOCK[1], _SUPERBLOCK[0]))
    for line in _lines(os.fsencode(folder)):
        digest.update(line)
    return digest.hexdigest()[:32]


def _lines(top: bytes) -> Iterator[bytes]:
    pending = [b""]
    while pending:
        folder = pending.pop()
        with os.scandir(top + folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
        for entry in entries:
            path, found = folder + b"/" + entry.name, entry.stat(follow_symlinks=False)
            numbers = (found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
            yield b"%s\0%d %d %d %d %d\n" % (path, *numbers)
            if entry.is_dir(follow_symlinks=False):
                pending.append(path)


def show(disk: Shipped, root: Path) -> Path:
    """Mount a disk below ``root`` at its place, where it is not there yet; return the place. Needs root.

    Raises Refused, OSError.
    """
    if place := _place_of(disk, root):
        return place
    with tempfile.TemporaryDirectory(prefix="shulu-disk-") as name, mounted(disk, Path(name)) as folder:
        place = root / fingerprint(disk, folder)
        if not blockdevice.is_mount_point(place):
            blockdevice.mount_again(folder, place)
    return place


def is_shown(disk: Shipped, root: Path) -> bool:
    """Tell whether a disk is mounted at a place of its own."""
    return _place_of(disk, root) is not None


def _place_of(disk: Shipped, root: Path) -> Path | None:
    return next((place for place in shown(root) if blockdevice.is_mounted_at(disk.node, place)), None)


def shown(root: Path) -> list[Path]:
    """Return the places where disks are mounted, also those whose disk was pulled out."""
    return [point for point in blockdevice.all_mount_points() if point.parent == root]


def is_gone(place: Path) -> bool:
    """Tell whether the disk that is mounted there was pulled out."""
    try:
        read_anew(place / RELEASE_FILE)
    except OSError as error:
        return error.errno not in _OTHERWISE
    return False


def hide(place: Path) -> None:
    """Take a disk from its place, so that readers are told instead of given errors. Needs root."""
    blockdevice.unmount(place)
    with contextlib.suppress(OSError):
        place.rmdir()


class Disks:
    """The disks that are plugged in and answer, by the folders where they are mounted."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = [folder for folder in folders if is_readable(folder)]

    def offer(self, trust: Trust, store: Store) -> Offer | None:
        """Return the newest release whose signature holds, of the disks and what is live; None without disks.

        What is live counts, as its bags may lie on several disks. Raises Refused where no signature holds.
        """
        if not self.folders:
            return None
        live = store.live()
        offers: list[Offer] = []
        findings: list[Finding] = []
        for folder in [*self.folders, *([live.folder] if live else [])]:
            try:
                offers.append(load_offer(folder, trust))
            except Refused as refused:
                findings += refused.findings
        if not offers:
            raise Refused(findings)
        return max(offers, key=lambda offer: offer.release.mark)

    def having(self, entry: BagEntry) -> list[Path]:
        """Return the disks that have a folder for a bag."""
        return [folder for folder in self.folders if (folder / entry.path).is_dir()]


class InPlace:
    """Takes bags as they lie on disks that stay plugged in: verified there, and linked from the store."""

    def __init__(self, disks: Disks, store: Store, status: Status) -> None:
        self.disks = disks
        self.store = store
        self.status = status
        self.brought = Brought()

    def bring(self, entries: Sequence[BagEntry]) -> None:
        """Verify and attach bags; those that are good, also where a Refused then names the bad ones."""
        if findings := self.store.check_versions(entries):
            raise Refused(findings)
        findings = []
        progress = Progress(listener=self.status.show)
        for number, entry in enumerate(entries, 1):
            progress.label = f"{entry.id} ({number} of {len(entries)})"
            self.status.say("verifying", f"bag {progress.label} on the disk", keep_figures=True)
            bad: list[Finding] = []
            for disk in self.disks.having(entry):
                bad = self._bring(entry, disk, progress)
                if not bad:
                    break
                if not is_readable(disk):
                    raise DiskGone("the disk does not answer any more")
            findings.extend(bad)
        if findings:
            raise Refused(findings)

    def _bring(self, entry: BagEntry, disk: Path, progress: Progress) -> list[Finding]:
        place = disk / entry.path
        try:
            bag = check_digest(place, entry)
        except Refused as refused:
            return list(refused.findings)
        bad = verify_payload(bag, progress=progress, journal=self.store.journal(entry))
        if not bad:
            self.store.attach(entry, place)
            self.store.journal(entry).unlink(missing_ok=True)
        return [
            Finding(f"{entry.path}/{finding.where}", finding.problem, "get another disk") for finding in bad
        ]
