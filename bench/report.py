"""A province's report from real signed receipts: 2,850 libraries as 31 provinces and as one, and 30,000.

Each library has a key of its own, receipts of two releases, and all bags of the resource table: 4.17 TB.
Keys and signatures are made in this process, as ``ssh-keygen`` makes them; one library's are held against it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from struct import pack

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.harness import Row, Sample, at_most, measure, say
from bench.registry import CONFIGURATION, as_csv, lines
from shulu.content.licence import Licence
from shulu.content.release import BagEntry, Release, dump
from shulu.content.signature import NAMESPACE_RECEIPT, NAMESPACE_RELEASE, sign
from shulu.delivery.receipt import check_receipt
from shulu.plan.build import expected_bags
from shulu.programme import RESOURCES
from shulu.report import national, national_page
from shulu.report.make import Places, files, make
from shulu.report.make import dump as as_json
from shulu.report.page import page
from shulu.report.paper import as_pdf
from shulu.report.sheets import as_xlsx
from shulu.written import write

NATION, STATIONS = 2850, 30_000
PROVINCES = 31
ISSUED = datetime(2026, 11, 1, tzinfo=UTC)
DATE = "2026-12-31"
_MADE = "1"
"""Raised when the data below change their form: what lies in the cache is made anew."""


def run(work: Path) -> list[Row]:
    """Make the reports in processes of their own, and take time and memory of each part."""
    one, large = (_province(work / f"report-{size}", "99", size, 90) for size in (NATION, STATIONS))
    share = [NATION * (n + 1) // PROVINCES - NATION * n // PROVINCES for n in range(PROVINCES)]
    nation = [
        _province(work / f"report-nation/{code}", str(code), size, 3) for code, size in enumerate(share, 11)
    ]
    few, many = _parts(one, "2,850 as one"), _parts(large, "30,000")
    spread = _told("2,850 as 31: the first", measure(lambda: files(make(nation[0]), work)))
    for each in nation:
        write(files(make(each), each.inventory))
    folders = [each.inventory for each in nation]
    summed = _told("2,850 as 31: added up", measure(lambda: _nation(folders)))
    growth = STATIONS / NATION
    rows = [
        at_most(f"report, {part}, 30,000 libraries, {many[part].memory_mb:.0f} MB", many[part].seconds,
                f"2,850, {few[part].memory_mb:.0f} MB", few[part].seconds, 1.2 * growth)
        for part in few
    ]  # fmt: skip
    rows.append(at_most("report, a province of 92 libraries", spread.seconds, "goal", 10.0, 1))
    rows.append(at_most("report, 31 provinces added up", summed.seconds, "goal", 60.0, 1))
    return rows


def _told(what: str, sample: Sample) -> Sample:
    say(f"report: {what}: {sample.seconds:.2f} s, {sample.memory_mb:.0f} MB")
    return sample


def _parts(places: Places, what: str) -> dict[str, Sample]:
    # First: a process takes after its parent, which holds nothing yet.
    whole = measure(lambda: files(make(places), places.inventory))
    document = make(places)
    html = page(document)
    parts: dict[str, Callable[[], object]] = {
        "judged and counted": lambda: make(places),
        "JSON and page": lambda: (as_json(document), page(document)),
        "workbook": lambda: as_xlsx(document),
        "PDF": lambda: as_pdf(html, document["as_of"]),
    }
    found = {"all": whole} | {name: measure(part) for name, part in parts.items()}
    return {name: _told(f"{what}: {name}", sample) for name, sample in found.items()}


def _nation(folders: list[Path]) -> None:
    document = national.gather(folders)
    as_pdf(national_page.as_html(document), document["as_of"])
    national_page.as_xlsx(document)


def _province(folder: Path, code: str, size: int, cities: int) -> Places:
    """Make a province's inventory, releases and fetched receipts, or find them in the cache."""
    places = Places(
        inventory=folder / "inventory",
        release=folder / "release",
        trust=folder / "keys",
        receipts=folder / "receipts",
        plan=folder / "plan.csv",
        status=folder / "status.json",
        usage=folder / "usage.csv",
        date=DATE,
    )
    stamp = folder / "made"
    if stamp.is_file() and stamp.read_text() == _MADE:
        return places
    say(f"report: receipts of {size:,} libraries are made")
    rows = lines(size, code, cities)
    places.inventory.mkdir(parents=True, exist_ok=True)
    (places.inventory / "p.library_registry.yml").write_text(CONFIGURATION)
    (places.inventory / "libraries.csv").write_bytes(as_csv(rows))
    releases = _releases(places)
    for row in rows:
        _library(places.receipts / f"{code}0000", row[0], releases)
    _check(places.receipts / f"{code}0000", rows[-1][0])
    stamp.write_text(_MADE)
    return places


def _releases(places: Places) -> list[Release]:
    places.trust.mkdir(exist_ok=True)
    key = places.trust / "release-1"
    if not key.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = " ".join(key.with_suffix(".pub").read_text().split()[:2])
    (places.trust / "allowed_signers").write_text(f'release namespaces="{NAMESPACE_RELEASE}" {public}\n')
    (places.trust / "revoked.krl").touch()
    (places.release / "releases").mkdir(parents=True, exist_ok=True)
    sizes = {name: table.tb for name, table in RESOURCES.items() if table.tb}
    found = []
    files = (places.release / "releases/1-1.json", places.release / "release.json")
    for serial, file in enumerate(files, 1):
        bags = tuple(
            BagEntry(bag.id, bag.collection, f"{serial}", f"sha256:{serial:064x}", bag.bytes, 1000,
                     Licence("lan", None))
            for bag in expected_bags(sizes, 100 * 10**9)
        )  # fmt: skip
        issued = ISSUED + timedelta(days=10 * serial)
        found.append(Release(1, serial, issued, issued + timedelta(days=365), bags))
        file.write_bytes(dump(found[-1]))
        sign(file, key, NAMESPACE_RELEASE)
    return found


def _library(mirror: Path, code: str, releases: list[Release]) -> None:
    secret = hashlib.sha256(code.encode()).digest()
    key = Ed25519PrivateKey.from_private_bytes(secret)
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    public = _strings(b"ssh-ed25519", raw)
    folder = mirror / "receipts" / code
    folder.mkdir(parents=True, exist_ok=True)
    (mirror / "clients").mkdir(exist_ok=True)
    line = f"ssh-ed25519 {base64.b64encode(public).decode()} {code}\n"
    (mirror / "clients" / f"{code}.pub").write_text(line)
    for release in releases:
        ended = release.issued + timedelta(minutes=60 + int.from_bytes(secret[:2], "big") % 20_000)
        file = folder / f"1-{release.serial}-{ended:%Y%m%dT%H%M%SZ}.json"
        text = (json.dumps(_said(code, release, ended), ensure_ascii=False, indent=1) + "\n").encode()
        file.write_bytes(text)
        file.with_suffix(".json.sig").write_bytes(_signature(key, public, text))


def _said(code: str, release: Release, ended: datetime) -> dict[str, object]:
    return {
        "format": 1,
        "library": code,
        "name": f"馆{code}",
        "route": "network" if int(code[-1]) % 2 else "disk",
        "release": {"epoch": release.epoch, "serial": release.serial},
        "bags": [{"id": each.id, "version": each.version, "digest": each.digest} for each in release.bags],
        "files": release.files,
        "bytes": release.bytes,
        "travelled_files": release.files,
        "travelled_bytes": release.bytes,
        "linked_files": 0,
        "bad_files": [f"bags/ebooks-001/1/data/files/{code}.epub"] if code.endswith("7") else [],
        "source": "990000 at 10.99.0.1",
        "started": f"{ended - timedelta(minutes=55):%Y-%m-%dT%H:%M:%SZ}",
        "ended": f"{ended:%Y-%m-%dT%H:%M:%SZ}",
        "verified": "sha256 of every file that came",
        "free_bytes": 10**12,
        "agent": "shulu 0.1.0",
    }


def _strings(*parts: bytes) -> bytes:
    return b"".join(pack(">I", len(part)) + part for part in parts)


def _signature(key: Ed25519PrivateKey, public: bytes, text: bytes) -> bytes:
    """Return what ``ssh-keygen -Y sign`` writes (PROTOCOL.sshsig)."""
    purpose = _strings(NAMESPACE_RECEIPT.encode(), b"", b"sha512")
    made = key.sign(b"SSHSIG" + purpose + _strings(hashlib.sha512(text).digest()))
    blob = b"SSHSIG" + pack(">I", 1) + _strings(public) + purpose + _strings(_strings(b"ssh-ed25519", made))
    return b"\n".join([b"-----BEGIN SSH SIGNATURE-----", *_wrapped(base64.b64encode(blob)),
                       b"-----END SSH SIGNATURE-----", b""])  # fmt: skip


def _wrapped(text: bytes) -> Iterator[bytes]:
    for start in range(0, len(text), 70):
        yield text[start : start + 70]


def _check(mirror: Path, code: str) -> None:
    """Hold one library's receipts against OpenSSH. Raises Refused."""
    for file in (mirror / "receipts" / code).glob("*.json"):
        check_receipt(file, mirror / "clients" / f"{code}.pub", code)
