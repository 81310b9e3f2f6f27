"""A province with real keys: a signed release, libraries that sign receipts, and what was fetched of them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shulu.content.licence import Licence
from shulu.content.release import BagEntry, Release, dump
from shulu.content.signature import NAMESPACE_RECEIPT, NAMESPACE_RELEASE, sign
from shulu.report.make import Places, make

ISSUED = datetime(2026, 11, 1, tzinfo=UTC)
DATE = "2026-12-31"
SETTINGS = "plugin: library_registry\nprovince: 示范省\nvpn: [10.99.0.0/16]\n"
REGISTRY = """馆代码,馆名,级别,上级馆,虚拟网地址,推送方式,局域网,批次
340000,示范省图书馆,省,,10.99.0.1,硬盘,192.168.0.0/24,1
340100,临江市图书馆,市,340000,10.99.1.1,网络,192.168.1.0/24,1
340102,望山县图书馆,县,340100,10.99.1.2,网络,192.168.2.0/24,1
340103,听雨县图书馆,县,340100,10.99.1.3,硬盘,192.168.3.0/24,2
340200,临湖市图书馆,市,340000,10.99.1.4,远程,192.168.4.0/24,2
340202,待接入县图书馆,县,340200,,,,2
341502,直属县图书馆,县,340000,10.99.1.5,硬盘,192.168.5.0/24,2
"""
COMPACT, MOMENT = "%Y%m%dT%H%M%SZ", "%Y-%m-%dT%H:%M:%SZ"


def bag(bag_id: str, size: int, files: int = 3, digest: str = "ab" * 32, version: str = "1") -> BagEntry:
    collection = bag_id.rpartition("-")[0] or bag_id
    return BagEntry(bag_id, collection, version, f"sha256:{digest}", size, files, Licence("lan", None))


BAGS = (bag("ebooks-001", 10**9), bag("ebooks-002", 2 * 10**9), bag("new-year-prints-001", 5 * 10**8))


class Province:
    """Its ``places`` are those that ``make`` reads."""

    def __init__(self, root: Path, bags: Sequence[BagEntry] = BAGS) -> None:
        self.root = root
        self.inventory, self.work = root / "inventory", root / "work"
        self.fetched = self.work / "report/receipts"
        self.inventory.mkdir(parents=True)
        (self.inventory / "p.library_registry.yml").write_text(SETTINGS)
        (self.inventory / "libraries.csv").write_text(REGISTRY)
        self.trust = self.work / "keys"
        self.trust.mkdir(parents=True)
        self.signer = key(self.trust / "release-1")
        public = " ".join(self.signer.with_suffix(".pub").read_text().split()[:2])
        (self.trust / "allowed_signers").write_text(f'release namespaces="{NAMESPACE_RELEASE}" {public}\n')
        (self.trust / "revoked.krl").touch()
        self.keys: dict[str, Path] = {}
        self.release = self.issue(1, bags)

    def issue(self, serial: int, bags: Sequence[BagEntry], issued: datetime = ISSUED) -> Release:
        """Sign a release; what was the newest one goes to ``releases/``."""
        folder = self.work / "release"
        (folder / "releases").mkdir(parents=True, exist_ok=True)
        if serial > 1:
            for name in ("release.json", "release.json.sig"):
                shutil.move(folder / name, folder / "releases" / name.replace("release", f"1-{serial - 1}"))
        release = Release(1, serial, issued, issued + timedelta(days=365), tuple(bags))
        (folder / "release.json").write_bytes(dump(release))
        sign(folder / "release.json", self.signer, NAMESPACE_RELEASE)
        return release

    def admit(self, code: str, mirror: str = "340000", key_of: str = "") -> Path:
        """Return a library's key; the mirror knows it."""
        name = key_of or code
        if name not in self.keys:
            self.keys[name] = key(self.root / f"key-{name}")
        clients = self.fetched / mirror / "clients"
        clients.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.keys[name].with_suffix(".pub"), clients / f"{code}.pub")
        return self.keys[name]

    def receipt(
        self,
        code: str,
        ended: datetime = ISSUED + timedelta(days=10),
        *,
        mirror: str = "340000",
        signer: str = "",
        release: Release | None = None,
        folder: str = "",
        **said: Any,
    ) -> Path:
        """Write and sign a receipt as a library does; ``said`` changes what it says."""
        private = self.admit(folder or code, mirror, signer or code)
        document = document_of(code, release or self.release, ended) | said
        file = self.fetched / mirror / "receipts" / (folder or code)
        file.mkdir(parents=True, exist_ok=True)
        mark = document["release"]
        file /= f"{mark['epoch']}-{mark['serial']}-{ended:{COMPACT}}.json"
        file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
        sign(file, private, NAMESPACE_RECEIPT)
        return file

    @property
    def places(self) -> Places:
        return Places(
            inventory=self.inventory,
            release=self.work / "release",
            trust=self.trust,
            receipts=self.fetched,
            plan=self.work / "plan/plan.csv",
            status=self.work / "status.json",
            usage=self.inventory / "usage.csv",
            date=DATE,
        )

    def make(self) -> dict[str, Any]:
        return make(self.places)


def document_of(code: str, release: Release, ended: datetime) -> dict[str, Any]:
    """Return what an honest library says that has all of a release."""
    return {
        "format": 1,
        "library": code,
        "name": f"馆{code}",
        "route": "network",
        "release": {"epoch": release.epoch, "serial": release.serial},
        "bags": [{"id": each.id, "version": each.version, "digest": each.digest} for each in release.bags],
        "files": release.files,
        "bytes": release.bytes,
        "travelled_files": release.files,
        "travelled_bytes": release.bytes,
        "linked_files": 0,
        "bad_files": [],
        "source": "340000 at 10.99.0.1",
        "started": f"{ended - timedelta(hours=5):{MOMENT}}",
        "ended": f"{ended:{MOMENT}}",
        "verified": "sha256 of every file that came",
        "free_bytes": 10**12,
        "agent": "shulu 0.1.0",
    }


def key(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "t", "-f", str(path)], check=True)
    return path


def some(bags: Sequence[BagEntry]) -> Mapping[str, Any]:
    """Return what a receipt says of some bags."""
    return {
        "bags": [{"id": each.id, "version": each.version, "digest": each.digest} for each in bags],
        "files": sum(each.files for each in bags),
        "bytes": sum(each.bytes for each in bags),
    }
