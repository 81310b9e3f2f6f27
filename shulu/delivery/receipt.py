"""Receipts: a library's signed statement of what is verified and live (docs/formats.md, "Receipt")."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from shulu import __version__
from shulu.content.release import Release
from shulu.content.signature import NAMESPACE_RECEIPT, Trust, read_regular, sign, verify
from shulu.delivery.config import CODE, Config
from shulu.delivery.inbox import MOST_BYTES, NAME
from shulu.delivery.intake import Brought
from shulu.delivery.line import Line
from shulu.findings import Finding, Refused, refuse
from shulu.store import durable
from shulu.store.store import Store

KEPT = 200
"""Receipts that a server keeps after they were sent."""
_SHAPE: dict[str, type] = {
    **dict.fromkeys(("library", "name", "route", "source", "started", "ended", "verified", "agent"), str),
    **dict.fromkeys(("format", "files", "bytes", "travelled_files", "travelled_bytes", "linked_files"), int),
    "free_bytes": int,
    "release": dict,
    "bags": list,
    "bad_files": list,
}
_MOST = 1 << 63
_COMPACT = "%Y%m%dT%H%M%SZ"
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt whose signature and place were checked: the library, the file, and the document."""

    library: str
    file: Path
    document: dict[str, Any]


class Foreign(Refused):
    """A receipt that speaks for another library than the one in whose folder it lies."""


class Replayed(Refused):
    """A receipt that came before, under another name."""


def write_receipt(
    config: Config, store: Store, release: Release, brought: Brought, *, source: str, started: datetime
) -> Path:
    """Write and sign the receipt for what is live now; return its file. Raises Refused without a key."""
    live = store.live()
    entries = [] if live is None else live.entries
    ended = datetime.now(UTC)
    document = {
        "format": 1,
        "library": config.library,
        "name": config.name,
        "route": config.route,
        "release": {"epoch": release.epoch, "serial": release.serial},
        "bags": [{"id": entry.id, "version": entry.version, "digest": entry.digest} for entry in entries],
        "files": sum(entry.files for entry in entries),
        "bytes": sum(entry.bytes for entry in entries),
        "travelled_files": brought.travelled_files,
        "travelled_bytes": brought.travelled_bytes,
        "linked_files": brought.linked_files,
        "bad_files": list(brought.bad_files),
        "source": source,
        "started": started.strftime(_MOMENT),
        "ended": ended.strftime(_MOMENT),
        "verified": "none" if config.route == "remote" else "sha256 of every file that came",
        "free_bytes": durable.free_bytes(store.root),
        "agent": f"shulu {__version__}",
    }
    folder = folder_of(config)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{release.name}-{ended.strftime(_COMPACT)}.json"
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    durable.write_file(file, text.encode())
    sign(file, config.key, NAMESPACE_RECEIPT)
    return file


def folder_of(config: Config) -> Path:
    """Return where a server keeps its own receipts."""
    return config.own_receipts


def is_written(config: Config, release: Release) -> bool:
    """Tell whether this server has signed a receipt for a release."""
    return any(folder_of(config).glob(f"{release.name}-*.json.sig"))


def unsent(config: Config) -> list[Path]:
    """Return the signed receipts that the upstream has not got yet, the oldest first.

    What an earlier upstream got, it dropped when this library moved: then the new one wants all.
    """
    upstream = _upstream(config)
    return sorted(
        (
            file
            for file in _files(folder_of(config))
            if file.with_suffix(".json.sig").exists() and _sent_to(file) != upstream
        ),
        key=lambda file: file.stat().st_mtime_ns,
    )


def _upstream(config: Config) -> str:
    return config.upstream.library if config.upstream else ""


def _sent_to(file: Path) -> str | None:
    try:
        return file.with_suffix(".sent").read_text("utf-8")
    except OSError:
        return None


def send(config: Config, line: Line) -> int:
    """Send what the upstream has not got yet; return how many receipts. Raises LineCut, Refused."""
    folder = folder_of(config)
    waiting = unsent(config)
    if waiting:
        # The signature first: a receipt that is there is then one that can be checked.
        line.push([path for file in waiting for path in (file.with_suffix(".json.sig"), file)])
        for file in waiting:
            file.with_suffix(".sent").write_text(_upstream(config), "utf-8")
    for file in sorted(folder.glob("*.sent"), key=lambda path: path.stat().st_mtime_ns)[:-KEPT]:
        for old in (file.with_suffix(".json.sig"), file.with_suffix(".json"), file):
            old.unlink(missing_ok=True)
    return len(waiting)


def check_receipt(file: Path, public_key: Path, library: str) -> Receipt:
    """Check one receipt that came in for ``library``.

    Raises Refused: bad or foreign signature, another library's receipt, or a replay under another name.
    """
    if NAME.fullmatch(file.name) is None:
        raise refuse(str(file), "is not named as receipts are")
    text = read_regular(file, MOST_BYTES)
    require_signature(text, file, public_key.read_text("utf-8", "replace"), library)
    return parse_receipt(text, file, library)


def require_signature(text: bytes, file: Path, public_key: str, library: str) -> None:
    """Check the signature beside a receipt's file: the library's own key made it. Raises Refused."""
    key = " ".join(public_key.split()[:2])
    with tempfile.TemporaryDirectory(prefix="shulu-receipt-") as name:
        trust = Trust.at(Path(name))
        trust.allowed_signers.write_text(f'{library} namespaces="{NAMESPACE_RECEIPT}" {key}\n', "utf-8")
        trust.revoked.touch()
        verify(text, file.with_suffix(".json.sig"), trust, principal=library, namespace=NAMESPACE_RECEIPT)


def parse_receipt(text: bytes, file: Path, library: str) -> Receipt:
    """Return what a receipt says whose signature holds. Raises Refused as ``check_receipt`` does."""
    try:
        document = json.loads(text)
        _check_shape(document)
        named, release = document["library"], document["release"]
        _, ended = (datetime.strptime(document[moment], _MOMENT) for moment in ("started", "ended"))
        own = f"{release['epoch']}-{release['serial']}-{ended:{_COMPACT}}"
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise refuse(str(file), f"is no receipt: {error!r}") from error
    if named != library:
        problem = f"is the receipt of {named} and lies in the folder of {library}"
        raise Foreign([Finding(str(file), problem)])
    if f"{own}.json" != file.name:
        raise Replayed([Finding(str(file), f"is the receipt {own}, sent again under another name")])
    return Receipt(library, file, document)


def _check_shape(document: Any) -> None:
    """Check all that a signed receipt says: a library may sign what it likes. Raises TypeError, KeyError."""
    _typed(document, dict)
    for name, kind in _SHAPE.items():
        _typed(document[name], kind)
    for name in ("epoch", "serial"):
        _typed(document["release"][name], int)
    for bag in document["bags"]:
        _typed(bag, dict)
        for name in ("id", "version", "digest"):
            _typed(bag[name], str)
    for path in document["bad_files"]:
        _typed(path, str)
    if unknown := document.keys() - _SHAPE.keys():
        raise KeyError(sorted(unknown)[0])


def _typed(value: object, kind: type) -> None:
    # json.loads gives these very types; isinstance would let a bool pass for a number.
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected, and not {type(value).__name__}")
    if kind is int and not 0 <= cast("int", value) < _MOST:
        raise ValueError("a number is out of range")
    if kind is str:
        cast("str", value).encode()


def check_receipts(config: Config, *, newest: bool = False) -> tuple[list[Receipt], list[Finding]]:
    """Check all that came in to a mirror; return the good ones, oldest first, and what is wrong else.

    A server without an upstream has nobody who holds its own, so they count among them. With ``newest`` the
    newest good one of each library is looked for, and what is older is not read.
    """
    good: list[Receipt] = []
    findings: list[Finding] = []
    for library, folder, key in _held(config):
        if not CODE.fullmatch(library) or not key.is_file():
            findings.append(Finding(str(folder), "belongs to no library that this mirror knows", "remove it"))
            continue
        for file in sorted(_files(folder), key=_order, reverse=True):
            try:
                good.append(check_receipt(file, key, library))
                if newest:
                    break
            except Refused as refused:
                findings.extend(refused.findings)
    return sorted(good, key=_age), findings


def _held(config: Config) -> Iterator[tuple[str, Path, Path]]:
    """Yield the libraries whose receipts are here, with their folders and the keys that must have signed."""
    receipts, clients = config.mirror.receipts, config.mirror.clients
    for folder in sorted(receipts.iterdir()) if receipts.is_dir() else []:
        yield folder.name, folder, clients / f"{folder.name}.pub"
    if config.upstream is None and folder_of(config).is_dir():
        yield config.library, folder_of(config), config.key.with_suffix(".pub")


def _age(receipt: Receipt) -> tuple[str, str, int, int]:
    said: Any = receipt.document
    return str(said["ended"]), receipt.library, said["release"]["epoch"], said["release"]["serial"]


def _order(file: Path) -> tuple[str, list[int]]:
    """Order receipts by their moment, those of one second by their release."""
    release, _, moment = file.name.rpartition("-")
    return moment, [int(number) for number in release.split("-") if number.isdecimal()]


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.glob("*.json")) if not file.name.startswith("."))
