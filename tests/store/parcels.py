"""What the tests of store and delivery share: a province that signs releases of small, real bags."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shulu.content.bag import check_structure
from shulu.content.licence import Licence
from shulu.content.release import BagEntry, Release, dump
from shulu.content.signature import NAMESPACE_RELEASE, Trust, sign
from shulu.store.store import Prepare, Store

ISSUED = datetime(2026, 11, 1, tzinfo=UTC)


def make_key(path: Path) -> Path:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path)], check=True
    )
    return path


def records(names: list[str]) -> bytes:
    lines = [
        {"id": f"item-{number}", "title": f"书目 {number}", "files": [name]}
        for number, name in enumerate(names)
    ]
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)


class Province:
    """A key, the trust in it, and a folder in export layout (``release``)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trust_folder = folder / "trust"
        self.trust_folder.mkdir(parents=True)
        self.release_folder = folder / "release"
        self.release_folder.mkdir()
        self.key = make_key(folder / "signer")
        self.trust_key(self.key)
        (self.trust_folder / "revoked.krl").touch()

    @property
    def trust(self) -> Trust:
        return Trust.at(self.trust_folder)

    def trust_key(self, key: Path) -> None:
        public = " ".join(key.with_suffix(".pub").read_text().split()[:2])
        line = f'release namespaces="{NAMESPACE_RELEASE}" {public}\n'
        with (self.trust_folder / "allowed_signers").open("a") as stream:
            stream.write(line)

    def revoke(self, key: Path) -> None:
        krl = self.trust_folder / "revoked.krl"
        subprocess.run(["ssh-keygen", "-q", "-k", "-f", str(krl), str(key.with_suffix(".pub"))], check=True)

    def bag(self, bag_id: str, version: str, content: Mapping[str, bytes]) -> BagEntry:
        """Write a bag of files below ``data/files`` with its records."""
        place = self.release_folder / "bags" / bag_id / version
        payload = {f"data/files/{name}": data for name, data in content.items()}
        payload["data/records.jsonl"] = records(list(content))
        for path, data in payload.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_bytes(data)
        return write_tags(place, payload, bag_id, version)

    def issue(self, serial: int, *bags: BagEntry, epoch: int = 1, key: Path | None = None) -> Release:
        release = Release(epoch, serial, ISSUED, ISSUED + timedelta(days=3650), bags)
        (self.release_folder / "release.json").write_bytes(dump(release))
        sign(self.release_folder / "release.json", key or self.key, NAMESPACE_RELEASE)
        return release

    @property
    def text(self) -> bytes:
        return (self.release_folder / "release.json").read_bytes()

    @property
    def signature(self) -> bytes:
        return (self.release_folder / "release.json.sig").read_bytes()


def write_tags(place: Path, payload: Mapping[str, bytes], bag_id: str, version: str) -> BagEntry:
    def lines(entries: Mapping[str, bytes]) -> bytes:
        return b"".join(
            f"{hashlib.sha256(entries[name]).hexdigest()}  {name}\n".encode()
            for name in sorted(entries, key=str.encode)
        )

    oxum = f"{sum(map(len, payload.values()))}.{len(payload)}"
    tags = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": f"Payload-Oxum: {oxum}\n".encode(),
        "manifest-sha256.txt": lines(payload),
    }
    for name, text in tags.items():
        (place / name).write_bytes(text)
    tag_manifest = lines(tags)
    (place / "tagmanifest-sha256.txt").write_bytes(tag_manifest)
    found = check_structure(place)
    return BagEntry(
        bag_id,
        bag_id.rpartition("-")[0] or bag_id,
        version,
        f"sha256:{hashlib.sha256(tag_manifest).hexdigest()}",
        found.oxum.bytes,
        found.oxum.files,
        Licence("lan"),
    )


def stage(province: Province, store: Store, entry: BagEntry) -> None:
    """Copy a bag into staging, as a delivery leaves it."""
    shutil.copytree(province.release_folder / entry.path, store.stage(entry), dirs_exist_ok=True)


def deliver(province: Province, store: Store, release: Release, prepare: Prepare | None = None) -> bool:
    """Stage, adopt and publish what the province's folder holds now."""
    store.expect(release, province.text)
    for entry in release.bags:
        if not store.has(entry):
            stage(province, store, entry)
            store.adopt(entry)
    return store.publish(release, province.text, province.signature, release.bags, prepare)
