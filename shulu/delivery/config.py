"""``agent.toml``: what this server is (docs/architecture.md, section 4); refused with all findings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shulu.delivery.window import Window
from shulu.findings import Finding, Refused, refuse

CONFIG_FILE = Path("/etc/shulu/agent.toml")
ROUTES = ("network", "disk", "remote")
MODES = ("copy", "serve")
CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,31}", re.ASCII)
"""A library's code: it names files and folders on the mirror."""
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}", re.ASCII)
_HOST = re.compile(r"[0-9A-Za-z][0-9A-Za-z.:-]{0,252}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Upstream:
    """The mirror that this server pulls from, and the users it logs in as."""

    library: str
    host: str
    port: int
    known_hosts: Path
    mirror_user: str
    receipts_user: str


@dataclass(frozen=True, slots=True)
class Network:
    """How the line may be used; ``bandwidth_kib`` in KiB a second, 0 no limit; no collections means all."""

    window: Window = field(default_factory=Window)
    bandwidth_kib: int = 0
    jitter_seconds: int = 0
    collections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Disk:
    """Where shipped disks are mounted, and whether they are copied or served from."""

    mount: Path = Path("/run/shulu/disk")
    mode: str = "copy"

    @property
    def served(self) -> Path:
        """Where disks that are served from are mounted, each at a place of its own."""
        return self.mount.with_name("served")


@dataclass(frozen=True, slots=True)
class Mirror:
    """How this server serves those below it: at most ``slots`` transfers at a time."""

    slots: int = 20
    user: str = "shulu-mirror"
    receipts_user: str = "shulu-receipts"
    clients: Path = Path("/etc/shulu/mirror/clients")
    receipts: Path = Path("/var/lib/shulu-receipts")
    slots_folder: Path = Path("/run/lock/shulu-mirror")


@dataclass(frozen=True, slots=True)
class Config:
    """All of ``agent.toml``. ``upstream`` is None on a hub that only disks feed."""

    library: str
    name: str
    route: str
    store: Path
    state: Path
    trust: Path
    key: Path
    upstream: Upstream | None
    network: Network
    disk: Disk
    mirror: Mirror
    keep_releases: int

    @property
    def own_receipts(self) -> Path:
        """Where this server keeps the receipts that it signed."""
        return self.state / "receipts"


def load(path: Path = CONFIG_FILE) -> Config:
    """Read the file. Raises Refused with every finding: keys missing, unknown, of another type or form."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise refuse(str(path), f"cannot be read: {error.strerror}", "run playbooks/site.yml") from error
    except ValueError as error:
        raise refuse(str(path), f"is not TOML: {error}") from error
    reader = _Reader(str(path), document)
    config = _read(reader)
    if reader.findings:
        raise Refused(reader.findings)
    return config


def _read(top: _Reader) -> Config:
    default_disk, default_mirror = Disk(), Mirror()
    upstream = top.table("upstream")
    network, disk, mirror, keep = (top.table(name) for name in ("network", "disk", "mirror", "keep"))
    config = Config(
        library=top.text("library", form=CODE),
        name=top.text("name", ""),
        route=top.text("route", choices=ROUTES),
        store=top.path("store", Path("/srv/shulu/store")),
        state=top.path("state", Path("/var/lib/shulu")),
        trust=top.path("trust", Path("/etc/shulu/trust")),
        key=top.path("key", Path("/etc/shulu/keys/agent")),
        upstream=_read_upstream(upstream) if "upstream" in top.document else None,
        network=Network(
            window=network.window("window"),
            bandwidth_kib=network.number("bandwidth_kib", 0),
            jitter_seconds=network.number("jitter_seconds", 0),
            collections=network.texts("collections"),
        ),
        disk=Disk(
            mount=disk.path("mount", default_disk.mount),
            mode=disk.text("mode", default_disk.mode, choices=MODES),
        ),
        mirror=Mirror(
            slots=mirror.number("slots", default_mirror.slots, least=1),
            user=mirror.text("user", default_mirror.user, form=_USER),
            receipts_user=mirror.text("receipts_user", default_mirror.receipts_user, form=_USER),
            clients=mirror.path("clients", default_mirror.clients),
            receipts=mirror.path("receipts", default_mirror.receipts),
            slots_folder=mirror.path("slots_folder", default_mirror.slots_folder),
        ),
        keep_releases=keep.number("releases", 2, least=1),
    )
    if config.route in ("network", "remote") and config.upstream is None:
        top.note("upstream", f"is missing, and the route {config.route} needs it")
    for table in (top, upstream, network, disk, mirror, keep):
        table.note_unknown()
    return config


def _read_upstream(table: _Reader) -> Upstream:
    return Upstream(
        library=table.text("library", form=CODE),
        host=table.text("host", form=_HOST),
        port=table.number("port", 22, least=1, most=65535),
        known_hosts=table.path("known_hosts", Path("/etc/shulu/known_hosts")),
        mirror_user=table.text("mirror_user", "shulu-mirror", form=_USER),
        receipts_user=table.text("receipts_user", "shulu-receipts", form=_USER),
    )


class _Reader:
    """Takes typed values out of a table and collects what is wrong; after a finding it returns a stand-in."""

    def __init__(
        self, where: str, document: Mapping[str, Any], prefix: str = "", findings: list[Finding] | None = None
    ) -> None:
        self.where = where
        self.document = document
        self.prefix = prefix
        self.findings: list[Finding] = [] if findings is None else findings
        self.known: set[str] = set()

    def note(self, key: str, problem: str) -> None:
        self.findings.append(
            Finding(self.where, f"{self.prefix}{key} {problem}", "see docs/architecture.md, section 4")
        )

    def note_unknown(self) -> None:
        for key in sorted(self.document.keys() - self.known):
            self.note(key, "is not known")

    def table(self, key: str) -> _Reader:
        value = self._take(key, {}, dict, "a table")
        return _Reader(self.where, value, f"{key}.", self.findings)

    def text(
        self,
        key: str,
        default: str | None = None,
        *,
        form: re.Pattern[str] | None = None,
        choices: tuple[str, ...] = (),
    ) -> str:
        value: str = self._take(key, default, str, "a text")
        if key in self.document and value:
            if choices and value not in choices:
                self.note(key, f"is {value!r} and must be one of {', '.join(choices)}")
            if form is not None and not form.fullmatch(value):
                self.note(key, f"is {value!r}, which is not a name of that kind")
        return value

    def number(self, key: str, default: int, *, least: int = 0, most: int = 2**53) -> int:
        value: int = self._take(key, default, int, "a whole number")
        if not least <= value <= most:
            self.note(key, f"is {value} and must be {least} to {most}")
        return value

    def path(self, key: str, default: Path) -> Path:
        value = Path(self._take(key, str(default), str, "a path"))
        if not value.is_absolute():
            self.note(key, f"is {str(value)!r} and must be an absolute path")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value: list[object] = self._take(key, [], list, "a list of texts")
        if not all(isinstance(item, str) for item in value):
            self.note(key, "must be a list of texts")
        return tuple(str(item) for item in value)

    def window(self, key: str) -> Window:
        try:
            return Window.parse(self._take(key, "", str, "a text"))
        except ValueError as error:
            self.note(key, f"is no window: {error}")
            return Window()

    def _take(self, key: str, default: Any, kind: type, words: str) -> Any:
        self.known.add(key)
        if key not in self.document:
            if default is None:
                self.note(key, "is missing")
                return kind()
            return default
        value = self.document[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            self.note(key, f"must be {words}")
            return kind() if default is None else default
        return value
