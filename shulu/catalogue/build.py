"""Build the catalogue of a release: every record of its bags, and the index to search them.

What the catalogue before has of bags that did not change is taken over, file and all: only the bags that
changed are read.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shulu.catalogue.entry import make
from shulu.catalogue.frequent import SAMPLE, frequent
from shulu.catalogue.gone import remember
from shulu.catalogue.past import Past
from shulu.catalogue.prepare import PART_LINES, Row, Workers
from shulu.catalogue.reading import Part, called, parts, read
from shulu.catalogue.schema import CATALOGUE_FILE, FORMAT, TABLES
from shulu.catalogue.write import Writer
from shulu.content.release import KIT, RELEASE_FILE, BagEntry, Release, parse
from shulu.findings import Finding, Refused
from shulu.programme import collection, place

Tell = Callable[[str, int], None]
"""Is told the bag that is being read, and how many of its records are done."""

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_GROWN = 2
_DEAD = 3
_TOLD = 1000
_COLLECTED = 24 << 20
"""Bytes of the index in memory."""


def build(
    release_folder: Path,
    previous: Path | None = None,
    tell: Tell | None = None,
    *,
    now: datetime | None = None,
) -> list[Finding]:
    """Write ``catalogue.db`` into a release's folder, from ``bags/<id>/data`` of its bags.

    The file is read-only, and appears whole or not at all. ``previous`` is the folder of the release before:
    its catalogue answers for bags that did not change. ``now`` is since when what is new or changed counts as
    such: a server gives its clock, since a release may go live there weeks after it was issued, which is
    what stands without it; then the file has the same bytes for the same release. Bags that this server does
    not hold are left out, and so is the kit.

    Returns a remark for each file whose text could not be read. Raises Refused with every finding of all
    bags: a record that is malformed, or names a file that its bag does not have. The catalogue that was there
    then stays.
    """
    release = parse((release_folder / RELEASE_FILE).read_bytes())
    draft = release_folder / f".{CATALOGUE_FILE}.new"
    draft.unlink(missing_ok=True)
    with closing(Past(previous)) as past:
        try:
            remarks = _Build(release, release_folder, past, tell, now).write(draft)
            draft.chmod(0o444)
            draft.replace(release_folder / CATALOGUE_FILE)
        finally:
            draft.unlink(missing_ok=True)
    return remarks


class _Build:
    def __init__(
        self, release: Release, folder: Path, past: Past, tell: Tell | None, now: datetime | None
    ) -> None:
        self._release = release
        self._folder = folder
        self._past = past
        self._tell = tell or (lambda _bag, _count: None)
        self._moment = _after(past.moment(), now or release.issued)
        self._findings: list[Finding] = []
        self._remarks: list[Finding] = []
        self._held = sorted(
            (bag for bag in release.bags if (folder / "bags" / bag.id).is_dir() and bag.collection != KIT),
            key=lambda bag: (place(bag.collection), bag.id),
        )

    def write(self, draft: Path) -> list[Finding]:
        kept = [bag for bag in self._held if self._past.unchanged(bag)]
        grows = bool(kept) and self._is_worth_it(kept)
        if grows and self._past.file is not None:
            shutil.copyfile(self._past.file, draft)
            draft.chmod(0o600)
        with closing(sqlite3.connect(draft, isolation_level=None)) as db:
            # The draft is thrown away when anything fails: no journal, and whoever publishes the release
            # syncs it.
            db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;")
            if not grows:
                db.executescript(f"PRAGMA page_size=8192; PRAGMA user_version={FORMAT};")
                db.executescript(TABLES)
            db.execute("BEGIN")
            self._fill(db, kept if grows else [])
            db.execute("COMMIT")
        return self._remarks

    def _is_worth_it(self, kept: list[BagEntry]) -> bool:
        """Tell whether to go on with the file of before: not once much of its index is left behind."""
        records, sampled, dead = self._past.counts()
        going = self._past.bags.keys() - {bag.id for bag in kept}
        dead += sum(1 for bag in going for _ in self._past.records(bag))
        return dead * _DEAD <= records <= max(sampled, SAMPLE * SAMPLE) * _GROWN

    def _fill(self, db: sqlite3.Connection, kept: list[BagEntry]) -> None:
        release, same = self._release, {bag.id for bag in kept}
        coming = [bag for bag in self._held if bag.id not in same]
        db.execute("DELETE FROM release")
        db.execute(
            "INSERT INTO release VALUES (?, ?, ?, ?)",
            (release.epoch, release.serial, release.issued.isoformat(), release.expires.isoformat()),
        )
        _quickly(db, fresh=not same)
        writer = Writer(db, self._past, self._moment)
        relicensed = [bag for bag in kept if bag.licence != self._past.bags[bag.id].licence]
        if same:
            for bag_id in self._past.bags.keys() - same:
                writer.drop(bag_id)
            for bag in relicensed:
                writer.license(bag)
            often = {token for (token,) in db.execute("SELECT token FROM frequent")}
        else:
            often = self._sample(db, coming)
        with Workers(frozenset(often)) as workers:
            for bag in coming:
                writer.add(bag, self._rows(bag, workers))
        if self._findings:
            raise Refused(sorted(self._findings))
        remember(db, self._past, self._moment, [*coming, *relicensed])
        if not same:
            for table in ("heads", "search"):
                db.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608

    def _rows(self, bag: BagEntry, workers: Workers) -> Iterator[Row]:
        name, done = called(bag.id), 0
        seen: dict[str, str] = {}
        try:
            for made in workers.rows(self._parts(bag, PART_LINES), collection(bag.collection).group):
                self._findings += made.findings
                for row in made.rows:
                    if (other := seen.setdefault(row.record["id"], row.where)) != row.where:
                        problem = f"the id {row.record['id']} stands at {other} already"
                        self._findings.append(Finding(row.where, problem))
                        continue
                    self._remarks += (Finding(row.where, remark) for remark in row.remarks)
                    yield row
                done += len(made.rows)
                if done % _TOLD < PART_LINES:
                    self._tell(bag.id, done)
        except FileNotFoundError:
            self._findings.append(Finding(name, "is missing", "pack the collection again"))
            return
        if not seen and not self._findings:
            self._findings.append(Finding(name, "has no records", "pack the collection again"))

    def _parts(self, bag: BagEntry, lines: int) -> Iterator[Part]:
        return parts(self._folder, bag.id, lines)

    def _sample(self, db: sqlite3.Connection, bags: list[BagEntry]) -> set[str]:
        """Look at some of the records for the frequent tokens, and write these down."""
        sampled: list[list[str]] = []
        for bag in bags:
            group = collection(bag.collection).group
            # What cannot be read is told when all records are.
            with contextlib.suppress(FileNotFoundError):
                for part in self._parts(bag, SAMPLE):
                    first = part._replace(data=part.data.lstrip().partition(b"\n")[0])
                    sampled += (make(one.record, part.files, group).everything for one in read(first)[0])
        often = frequent(sampled)
        db.executemany("INSERT INTO frequent VALUES (?)", ((token,) for token in sorted(often)))
        db.execute("INSERT INTO state VALUES (?, 0, -1)", (len(sampled) * SAMPLE,))
        return often


def _after(last: str, now: datetime) -> str:
    """Return a moment, behind the last one where the clock was set back: who gathers changes goes by them."""
    if last:
        now = max(now, datetime.strptime(last, _MOMENT).replace(tzinfo=UTC) + timedelta(seconds=1))
    return now.strftime(_MOMENT)


def _quickly(db: sqlite3.Connection, *, fresh: bool) -> None:
    """Let the index collect much before it writes, and of a fresh one merge all at the end alone."""
    for table in ("heads", "search"):
        for option, value in (
            ("hashsize", _COLLECTED),
            ("automerge", 0 if fresh else 8),
            ("crisismerge", 1000 if fresh else 16),
        ):
            db.execute(f"INSERT INTO {table} ({table}, rank) VALUES (?, ?)", (option, value))  # noqa: S608
