"""The province's side: release after release of real, signed bags in a folder of its own; and forged ones."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from shulu.content.signature import NAMESPACE_RELEASE, sign

COLLECTION = "old-photographs"
BAG = f"{COLLECTION}-001"
FIRST_FILE = "scan-00.bin"
FILE_BYTES = 2_000_000
SHULU = (sys.executable, "-m", "shulu.cli.main")
ANOTHER_KEY = "stranger"


@dataclass(frozen=True, slots=True)
class Export:
    """A release in export layout: ``folder``, its number as readers see it, the version of the new bag."""

    folder: Path
    serial: int
    version: str

    @property
    def name(self) -> str:
        return f"1-{self.serial}"

    @property
    def bag(self) -> str:
        return f"bags/{BAG}/{self.version}"

    @property
    def staged(self) -> str:
        """The bag's folder below a store's ``staging/``."""
        return f"{BAG}@{self.version}"

    @property
    def text(self) -> bytes:
        return (self.folder / "release.json").read_bytes()

    @property
    def signature(self) -> bytes:
        return (self.folder / "release.json.sig").read_bytes()

    def first_file(self) -> bytes:
        return (self.folder / self.bag / "data/files" / FIRST_FILE).read_bytes()


def shulu(*words: str | Path) -> str:
    done = subprocess.run([*SHULU, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _serial(release: Path) -> int:
    return int(json.loads((release / "release.json").read_bytes())["serial"])


class Province:
    """Makes releases in a folder that shares its files with the test content, and changes nothing there."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.folder = folder
        self.release = folder / "release"
        self.keys = folder / "keys"
        self.first = Export(work / "release", _serial(work / "release"), "1")
        if not self.release.exists():
            shutil.copytree(work / "keys", self.keys)
            draft = folder / "draft"
            shutil.copytree(
                work / "release", draft, copy_function=os.link, ignore=shutil.ignore_patterns(".pack")
            )
            # What is written anew there must not be written into the test content.
            for name in ("release.json", "release.json.sig"):
                (draft / name).unlink()
                shutil.copyfile(work / "release" / name, draft / name)
            draft.rename(self.release)

    def issue(self, files: int = 4, *words: str) -> Export:
        """Make and sign the next release: one collection in a new version, of so many new files."""
        serial = _serial(self.release) + 1
        source = self.folder / "source"
        shutil.rmtree(source, ignore_errors=True)
        source.mkdir()
        names = [f"scan-{number:02}.bin" for number in range(files)]
        noise = random.Random(serial)  # noqa: S311 - no secret
        for name in names:
            (source / name).write_bytes(noise.randbytes(FILE_BYTES))
        records = [
            {"id": f"scan-{number}", "title": f"旧影 {serial} {number}", "files": [name]}
            for number, name in enumerate(names)
        ]
        lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
        (source / "records.jsonl").write_text("".join(lines), "utf-8")
        pack = [
            "--collection",
            COLLECTION,
            "--version",
            str(serial),
            "--out",
            self.release,
            "--copy",
            "--quiet",
        ]
        shulu("pack", source, *pack)
        # The kit is most of the test content's bytes, and none of what is tested here.
        make = ["--serial", str(serial), "--leave-out", "kit", "--key", self.keys / "release-1"]
        shulu("release", "make", self.release, *make, *words)
        # The folder of this very release, which the next one does not touch.
        folder = self.folder / f"1-{serial}"
        shutil.rmtree(folder, ignore_errors=True)
        bag = f"bags/{BAG}/{serial}"
        shutil.copytree(self.release / bag, folder / bag)
        for name in ("release.json", "release.json.sig"):
            shutil.copyfile(self.release / name, folder / name)
        return Export(folder, serial, str(serial))

    def altered(self, export: Export) -> tuple[bytes, bytes]:
        """Return release.json with another number, and the signature of the true one."""
        text = export.text.replace(f'"serial": {export.serial}'.encode(), b'"serial": 999999')
        assert text != export.text
        return text, export.signature

    def forged(self, export: Export) -> tuple[bytes, bytes]:
        """Return a release that somebody else has signed."""
        key = self.folder / ANOTHER_KEY
        if not key.exists():
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", ANOTHER_KEY, "-f", str(key)]
            subprocess.run(words, check=True)
        path = self.folder / "forged.json"
        path.write_bytes(export.text)
        return export.text, Path(sign(path, key, NAMESPACE_RELEASE)).read_bytes()

    def revocation(self) -> bytes:
        """Return a list that revokes the key which signs here; the province itself goes on trusting it."""
        folder = self.folder / "revoking"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.keys, folder)
        shulu("keys", "revoke", "release-1", "--folder", folder)
        return (folder / "revoked.krl").read_bytes()
