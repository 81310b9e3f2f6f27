"""A whole delivery by the configured route: offer, bags, live, gc, receipt."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shulu.content.release import BagEntry
from shulu.content.signature import Trust
from shulu.delivery import receipt
from shulu.delivery.ask import NoRelease, Question
from shulu.delivery.config import Config
from shulu.delivery.disk import DiskSource
from shulu.delivery.intake import Divided, Intake, Intaker
from shulu.delivery.line import Line, LineCut, Vanished, check_rsync, open_line
from shulu.delivery.network import Mirror
from shulu.delivery.offer import Offer, load_offer
from shulu.delivery.plan import missing, wanted
from shulu.delivery.retry import Backoff
from shulu.delivery.served import Disks, InPlace, shown
from shulu.delivery.status import Status
from shulu.findings import Refused, refuse
from shulu.store import durable
from shulu.store.store import Prepare, Store

SWITCHES = 5
"""How often the upstream may change its release under a delivery before that is a finding."""

_NAMED = 3
"""So many of the bags that are still to come are named."""

PLUG_IN = "plug in the shipped disk"


class NoRoom(OSError):  # noqa: N818 - an event at the server, not a fault of the program
    """A place that a delivery writes is full."""


class Waiting(Exception):  # noqa: N818 - a state, not a fault
    """Nothing can be done until somebody does something: plugs in a disk, loads the upstream."""


@dataclass(frozen=True, slots=True)
class Route:
    """A route as the run sees it: who offers, who brings, which bags this server takes and can get now."""

    source: str
    offer: Callable[[], Offer]
    intake: Intaker
    takes: Callable[[Offer], list[BagEntry]]
    has: Callable[[BagEntry], bool]
    require: Callable[[], None] = lambda: None
    """Refuses where what bringing bags needs is not here; asked only when there are any to bring."""


def open_route(
    config: Config,
    store: Store,
    status: Status,
    *,
    hold: int | None = None,
    folder: Path | None = None,
    served: Sequence[Path] | None = None,
    any_time: bool = False,
    asked: Question | None = None,
) -> Route:
    """Set up the configured route. ``folder`` is an export layout to take instead of what the route offers.

    Bags that the folder lacks come from the upstream at once where there is one: somebody waits for them.
    ``served`` are the disks of a server that serves from them; default: those that are mounted for it.
    ``any_time`` leaves the window aside. ``hold`` is the store's lock, which transfers share. ``asked`` is
    what ``asked_early`` yielded.
    """
    trust = Trust.at(config.trust)

    def takes(offer: Offer) -> list[BagEntry]:
        return [] if config.route == "remote" else wanted(offer.release, config.network.collections)

    if config.route == "disk" and config.disk.mode == "serve" and folder is None:
        disks = Disks(shown(config.disk.served) if served is None else served)
        return Route(
            source=str(config.disk.served),
            offer=lambda: _served_offer(disks, trust, store),
            intake=InPlace(disks, store, status),
            takes=takes,
            has=lambda entry: bool(disks.having(entry)),
        )
    line = open_line(config, hold)
    if config.route == "disk" or folder is not None:
        disk = folder or config.disk.mount
        # A mirror that does not answer must not hold an import up: what it cannot mend is named.
        second = Mirror(line, status, backoff=Backoff(tries=2)) if line is not None else None
        intake: Intaker = Intake(store, status, DiskSource(disk, store), second)
        if folder is not None and second is not None:
            intake = Divided(folder, intake, Intake(store, status, second))
        return Route(
            source=str(disk),
            offer=lambda: _disk_offer(disk, trust, is_mount=folder is None),
            intake=intake,
            takes=takes,
            has=lambda entry: isinstance(intake, Divided) or (disk / entry.path).is_dir(),
        )
    if line is None:
        raise refuse(
            "upstream",
            f"is missing, and the route {config.route} needs it",
            "see docs/architecture.md, section 4",
        )
    network = config.network
    mirror = (
        Mirror(line, status, asked=asked)
        if any_time
        else Mirror(line, status, window=network.window, jitter_seconds=network.jitter_seconds, asked=asked)
    )
    return Route(
        source=f"{line.upstream.library} at {line.upstream.host}",
        offer=lambda: _mirror_offer(mirror, trust),
        intake=Intake(store, status, mirror),
        takes=takes,
        has=lambda _: True,
        require=check_rsync,
    )


def _disk_offer(disk: Path, trust: Trust, *, is_mount: bool) -> Offer:
    if is_mount and not disk.is_mount():
        raise Waiting(PLUG_IN)
    return load_offer(disk, trust)


def _served_offer(disks: Disks, trust: Trust, store: Store) -> Offer:
    offer = disks.offer(trust, store)
    if offer is None:
        raise Waiting(PLUG_IN)
    return offer


def _mirror_offer(mirror: Mirror, trust: Trust) -> Offer:
    try:
        return mirror.offer(trust)
    except NoRelease:
        raise Waiting("the upstream has no release yet") from None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a delivery would do; bytes are those of the bags that are not here, before links are found."""

    would_change: bool
    release: tuple[int, int] | None
    bags: int
    bytes: int
    reason: str

    def as_dict(self) -> dict[str, object]:
        """Return plain data, as ``shulu deliver --plan --json`` prints it."""
        release = None if self.release is None else {"epoch": self.release[0], "serial": self.release[1]}
        return {
            "would_change": self.would_change,
            "release": release,
            "bags": self.bags,
            "bytes": self.bytes,
            "reason": self.reason,
        }


def plan(store: Store, route: Route, *, anew: bool = False) -> Plan:
    """Tell what ``deliver`` would do. Touches nothing. Raises Refused as it would.

    With ``anew`` what it would do with a later release of the same bags.
    """
    try:
        offer = route.offer()
    except Waiting as waiting:
        return Plan(False, None, 0, 0, str(waiting))
    if not anew:
        store.check_mark(offer.release, offer.text)
    entries = route.takes(offer)
    lacking = missing(store, entries)
    live = not anew and store.is_live(offer.text, entries)
    absent = [entry for entry in lacking if not route.has(entry)]
    if lacking:
        route.require()
    if absent:
        reason = f"{len(absent)} bags are on another disk"
    elif lacking:
        reason = f"{len(lacking)} bags are to be brought"
    else:
        reason = "is live" if live else "all bags are here"
    return Plan(
        would_change=not absent and not (live and not lacking),
        release=offer.release.mark,
        bags=len(lacking),
        bytes=sum(entry.bytes for entry in lacking),
        reason=reason,
    )


class Delivery:
    """One delivery; the caller holds the store's lock."""

    def __init__(
        self, config: Config, store: Store, status: Status, route: Route, prepare: Prepare | None = None
    ) -> None:
        self.config = config
        self.store = store
        self.status = status
        self.route = route
        self.prepare = prepare
        self.started = datetime.now(UTC)

    def run(self) -> bool:
        """Deliver; return whether anything changed. The status tells what came of it, also of a failure.

        Raises Refused, LineCut, Waiting, DiskGone and OSError; readers then keep what they had.
        """
        try:
            changed, offer = self._run()
        except Waiting as waiting:
            self.status.say("waiting", str(waiting))
            raise
        except Refused as refused:
            self.status.say("failed", "; ".join(str(finding) for finding in refused.findings[:3]))
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
                error = self._no_room()
            self.status.say("failed", str(error))
            raise error
        self.status.live_changed()
        said = offer.warning() or f"release {offer.release.name} is live"
        self.status.say("live", said)
        return changed

    def _no_room(self) -> NoRoom:
        """Name the place that is full: neither the kernel nor rsync tells which it was."""
        places = (self.store.root, self.store.state, Path(tempfile.gettempdir()))
        full = min(places, key=durable.free_bytes)
        return NoRoom(f"{full} is full; make room there, the next delivery goes on")

    def _run(self) -> tuple[bool, Offer]:
        self.status.say(
            "fetching" if self.config.route != "disk" else "importing",
            f"looking for a release: {self.route.source}",
        )
        offer = self.route.offer()
        for _ in range(SWITCHES):
            self.store.check_mark(offer.release, offer.text)
            entries = self.route.takes(offer)
            lacking = missing(self.store, entries)
            if not lacking:
                return self._publish(offer, entries, mended=False), offer
            self.route.require()
            if not self.store.is_live(offer.text, entries):
                self.store.expect(offer.release, offer.text)
            try:
                return self._bring(offer, entries, lacking), offer
            except Vanished as vanished:
                offer = self._changed_offer(offer, vanished)
        raise refuse(self.route.source, "changes its release again and again", "try again later")

    def _bring(self, offer: Offer, entries: list[BagEntry], lacking: list[BagEntry]) -> bool:
        here = [entry for entry in lacking if self.route.has(entry)]
        self.route.intake.bring(here)
        if len(here) < len(lacking):
            absent = [entry.id for entry in lacking if not self.route.has(entry)]
            others = f" and {len(absent) - _NAMED} more bags" if len(absent) > _NAMED else ""
            raise Waiting(f"plug in the disk that has {', '.join(absent[:_NAMED])}{others}")
        return self._publish(offer, entries, mended=True)

    def _changed_offer(self, offer: Offer, vanished: Vanished) -> Offer:
        fresh = self.route.offer()
        if fresh.text == offer.text:
            raise refuse(
                self.route.source, f"lacks a file of its own release: {vanished}", "mend the upstream"
            )
        return fresh

    def _publish(self, offer: Offer, entries: list[BagEntry], *, mended: bool) -> bool:
        if not self.store.is_live(offer.text, entries):
            self.status.say("verifying", f"making release {offer.release.name} live")
        published = self.store.publish(offer.release, offer.text, offer.signature, entries, self.prepare)
        if published or mended:
            self.store.gc(self.config.keep_releases)
        # A run that was cut off behind the switch left none.
        if published or mended or not receipt.is_written(self.config, offer.release):
            receipt.write_receipt(
                self.config,
                self.store,
                offer.release,
                self.route.intake.brought,
                source=self.route.source,
                started=self.started,
            )
        return published or mended


def send_receipts(config: Config, line: Line | None) -> str:
    """Send receipts that wait; return why that failed, "" when it went well. No delivery fails by it."""
    if line is None:
        return ""
    try:
        receipt.send(config, line)
    except (LineCut, Refused, Vanished) as error:
        return f"receipts wait for the line: {error}"
    return ""
