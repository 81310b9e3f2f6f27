"""The store: versions of bags side by side, and one link that says which release readers see.

Layout in docs/architecture.md, section 3. What is below ``bags/`` is whole and verified at any moment; what
is half-done lies in ``staging/``. One process writes at a time (``Store.lock``); readers need no lock.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from shulu.content.release import RELEASE_FILE, SIGNATURE_FILE, BagEntry, Release, parse
from shulu.findings import Finding, Refused, refuse
from shulu.store import durable
from shulu.store.damage import damaged, forget_damage
from shulu.store.layout import Held, bag_digest, digest_of, read_held, staging_name
from shulu.store.mark import Mark, read_mark, write_mark
from shulu.syncfs import sync_filesystem

Prepare = Callable[[Path], None]
"""Adds to a release's folder before readers see it (the catalogue)."""


class Store:
    """A store below ``root``; ``state`` is the folder of its high-water mark and lock."""

    def __init__(self, root: Path, state: Path) -> None:
        self.root = root
        self.state = state
        self.bags = root / "bags"
        self.staging = root / "staging"
        self.releases_folder = root / "releases"
        self.quarantine = root / "quarantine"

    def create(self) -> None:
        """Make the folders that are not there yet."""
        self.state.mkdir(parents=True, exist_ok=True)
        for folder in (self.root, self.bags, self.staging, self.releases_folder, self.quarantine):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def lock_file(self) -> Path:
        """The file whose flock(2) says that a delivery is under way."""
        return self.state / "delivery.lock"

    def lock(self, wait: float = 0.0) -> AbstractContextManager[int]:
        """Hold the store against other writers; see ``durable.locked``."""
        return durable.locked(self.lock_file, wait)

    # What is here

    def live(self) -> Held | None:
        """Return the release that readers see; None before the first one."""
        link = self.root / "live"
        try:
            target = link.readlink()
        except FileNotFoundError:
            return None
        return read_held(self.root / target, link)

    def releases(self) -> list[Held]:
        """Return the releases that were live and are kept, the newest first; the live one leads.

        A folder that a cut run left behind before its switch is not among them.
        """
        live = self.live()
        if live is None:
            return []
        others = [
            held
            for held in self._release_folders()
            if held.folder != live.folder and held.release.mark <= live.release.mark
        ]
        return [live, *sorted(others, key=lambda held: held.release.mark, reverse=True)]

    def _release_folders(self) -> Iterator[Held]:
        for folder in self.releases_folder.glob("[0-9]*"):
            # A folder that cannot be read is no release: a cut run's, which gc takes away.
            with contextlib.suppress(OSError, Refused):
                yield read_held(folder)

    def mark(self) -> Mark | None:
        """Return the high-water mark; what is live counts too, should the state folder have been lost."""
        mark, live = read_mark(self.state), self.live()
        if live is None:
            return mark
        shown = Mark(*live.release.mark, digest_of(live.text))
        return shown if mark is None or mark.number < shown.number else mark

    def path(self, entry: BagEntry) -> Path:
        """Return where the bag lies, or would."""
        return self.root / entry.path

    def has(self, entry: BagEntry) -> bool:
        """Tell whether this very bag is here, whole and not known to be damaged."""
        return bag_digest(self.path(entry)) == entry.digest and not damaged(self.quarantine, entry)

    # How a bag comes in

    def stage(self, entry: BagEntry) -> Path:
        """Return the bag's folder in staging, made when it is not there."""
        folder = self.staging / staging_name(entry)
        folder.mkdir(exist_ok=True)
        return folder

    def pending(self) -> Release | None:
        """Return the release that is on its way: its bags are kept although nothing live names them yet."""
        try:
            return parse((self.staging / RELEASE_FILE).read_bytes())
        except FileNotFoundError:
            return None

    def expect(self, release: Release, text: bytes) -> None:
        """Note the release that is on its way, and drop what an earlier one left in staging."""
        durable.write_file(self.staging / RELEASE_FILE, text)
        names = {staging_name(entry) for entry in release.bags}
        for path in self.staging.iterdir():
            if path.name != RELEASE_FILE and path.name.removesuffix(".journal") not in names:
                durable.remove_tree(path)

    def check_versions(self, entries: Iterable[BagEntry]) -> list[Finding]:
        """Find bags whose version is held with other content: a version is issued once."""
        in_use = {(entry.id, entry.version): entry for held in self.releases() for entry in held.entries}
        return [
            Finding(
                entry.path.as_posix(),
                "the release names this version with other content than the store holds",
                "issue the changed bag under a new version",
            )
            for entry in entries
            if (other := in_use.get((entry.id, entry.version))) is not None and other.digest != entry.digest
        ]

    def adopt(self, entry: BagEntry) -> None:
        """Move a verified bag from staging to ``bags/``: read-only, written out, then one rename.

        Raises Refused when staging does not hold the bag that ``entry`` names.
        """
        staged, place = self.staging / staging_name(entry), self.path(entry)
        if bag_digest(staged) != entry.digest:
            raise refuse(entry.path.as_posix(), "what is staged is not the bag that the release names")
        if findings := self.check_versions([entry]):
            raise Refused(findings)
        durable.make_read_only(staged)
        # Before the rename: after a power cut a bag in bags/ must hold what was verified.
        sync_filesystem(staged)
        if place.is_dir() and not place.is_symlink() and damaged(self.quarantine, entry):
            self._mend(entry, staged)
        else:
            place.parent.mkdir(exist_ok=True)
            if place.is_symlink() or place.exists():
                self._discard(place)
            staged.rename(place)
            place.chmod(0o555)
            durable.sync_folder(place.parent)
            durable.sync_folder(self.bags)
        forget_damage(self.quarantine, entry)
        self.journal(entry).unlink(missing_ok=True)

    def _mend(self, entry: BagEntry, staged: Path) -> None:
        """Put good files over a bag's bad ones, each by one rename: readers miss nothing at any moment."""
        place, damage = self.path(entry), damaged(self.quarantine, entry)
        for name in damage.files if damage else ():
            good, bad = staged / name, place / name
            durable.open_folders(staged, good.parent)
            durable.open_folders(place, bad.parent)
            if good.exists():
                good.rename(bad)
            else:
                bad.unlink(missing_ok=True)
        durable.make_read_only(place)
        place.chmod(0o555)
        sync_filesystem(place)
        durable.remove_tree(staged)

    def attach(self, entry: BagEntry, elsewhere: Path) -> None:
        """Take a verified bag as it lies on another file system (a disk that is served from): a symlink."""
        if findings := self.check_versions([entry]):
            raise Refused(findings)
        place = self.path(entry)
        place.parent.mkdir(exist_ok=True)
        if place.exists() and not place.is_symlink():
            self._discard(place)
        durable.switch_link(place, str(elsewhere))
        forget_damage(self.quarantine, entry)

    def journal(self, entry: BagEntry) -> Path:
        """Return the file in which work on the staged bag notes what it has done."""
        return self.staging / f"{staging_name(entry)}.journal"

    # How a release becomes live

    def check_mark(self, release: Release, text: bytes) -> None:
        """Refuse a release below the high-water mark, or one with the mark's number and other bytes."""
        mark = self.mark()
        if mark is None or release.mark > mark.number:
            return
        if release.mark < mark.number:
            raise refuse(
                RELEASE_FILE,
                f"release {release.name} is older than {mark.epoch}-{mark.serial}, which was live here",
                "to go back, issue a new serial that names the old versions",
            )
        if digest_of(text) != mark.digest:
            raise refuse(
                RELEASE_FILE,
                f"release {release.name} is not the release {release.name} that was live here",
                "a serial is issued once: issue the next one",
            )

    def is_live(self, text: bytes, entries: Iterable[BagEntry]) -> bool:
        """Tell whether readers see this very release with these very bags."""
        live = self.live()
        wanted = {entry.id: entry.version for entry in entries}
        return live is not None and live.text == text and live.versions == wanted

    def publish(
        self,
        release: Release,
        text: bytes,
        signature: bytes,
        entries: Iterable[BagEntry],
        prepare: Prepare | None = None,
    ) -> bool:
        """Make a release live: all its bags change at one rename. Return False when it was live already.

        ``entries`` are the bags of it that this server takes. Raises Refused when one is missing or the mark
        forbids it; whatever fails, readers keep what they had.
        """
        entries = list(entries)
        self.check_mark(release, text)
        if not self.is_live(text, entries):
            missing = [entry for entry in entries if not self.has(entry)]
            if missing:
                raise Refused(Finding(entry.path.as_posix(), "is not in the store") for entry in missing)
            folder = self._build(text, signature, entries, prepare)
            sync_filesystem(self.root)
            target = self._place(release, folder)
            durable.switch_link(self.root / "live", f"releases/{target.name}")
            changed = True
        else:
            changed = False
        mark = Mark(*release.mark, digest_of(text))
        if read_mark(self.state) != mark:
            write_mark(self.state, mark)
        (self.staging / RELEASE_FILE).unlink(missing_ok=True)
        return changed

    def _build(
        self, text: bytes, signature: bytes, entries: Iterable[BagEntry], prepare: Prepare | None
    ) -> Path:
        folder = self.releases_folder / ".new"
        durable.remove_tree(folder)
        (folder / "bags").mkdir(parents=True)
        (folder / RELEASE_FILE).write_bytes(text)
        (folder / SIGNATURE_FILE).write_bytes(signature)
        for entry in entries:
            (folder / "bags" / entry.id).symlink_to(Path("../../..") / entry.path)
        if prepare is not None:
            prepare(folder)
        return folder

    def _place(self, release: Release, folder: Path) -> Path:
        """Move the built folder to its name; a second one of the live release, with more bags, is ``.1``."""
        live = self.live()
        name = release.name
        if live is not None and live.folder.name == name:
            name += ".1"
        target = self.releases_folder / name
        durable.remove_tree(target)
        folder.rename(target)
        durable.sync_folder(self.releases_folder)
        return target

    # What goes

    def gc(self, keep: int = 2) -> list[str]:
        """Drop all but the newest ``keep`` releases, and the bags that neither they nor a coming one name.

        Return the names of what was dropped. What is live always stays.
        """
        kept = self.releases()[: max(1, keep)]
        if not kept:
            return []
        folders = {held.folder.name for held in kept}
        needed = {(bag_id, version) for held in kept for bag_id, version in held.versions.items()}
        pending = self.pending()
        if pending is not None:
            needed |= {(entry.id, entry.version) for entry in pending.bags}
        dropped = []
        for folder in list(self.releases_folder.iterdir()):
            if folder.name not in folders:
                durable.remove_tree(folder)
                dropped.append(f"releases/{folder.name}")
        for place in list(self.bags.glob("*/*")):
            if (place.parent.name, place.name) not in needed:
                self._discard(place)
                dropped.append(f"bags/{place.parent.name}/{place.name}")
        for parent in list(self.bags.iterdir()):
            if not any(parent.iterdir()):
                parent.rmdir()
        return sorted(dropped)

    def _discard(self, place: Path) -> None:
        """Take a bag out of ``bags/`` by one rename, so that no part of one is ever there; then remove it."""
        if place.is_symlink():
            place.unlink()
            return
        gone = self.staging / f".gone-{place.parent.name}@{place.name}"
        durable.remove_tree(gone)
        place.chmod(0o755)
        place.rename(gone)
        durable.remove_tree(gone)
