"""What the delivery benchmarks share: a signed release of given content, and servers to deliver to."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from bench import data
from bench.harness import command

SHULU = (sys.executable, "-m", "shulu.cli.main")
RECORD_FILES = 100

CONFIG = """\
library = "{code}"
name = "bench"
route = "{route}"
store = "{folder}/store"
state = "{folder}/state"
trust = "{trust}"
key = "{folder}/agent"
[disk]
mount = "{folder}/disk"
[mirror]
clients = "{folder}/clients"
receipts = "{folder}/receipts"
slots_folder = "{folder}/slots"
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server's files below a folder."""

    folder: Path

    @property
    def config(self) -> Path:
        """Its agent.toml."""
        return self.folder / "agent.toml"

    def deliver(self, *words: str | Path) -> list[str]:
        """Return the command that delivers to it."""
        return [*SHULU, "deliver", "--now", "--config", str(self.config), *map(str, words)]

    def configure(self, keys: Path, route: str, code: str, upstream: str = "") -> None:
        """Write its configuration."""
        self.config.write_text(
            CONFIG.format(code=code, route=route, folder=self.folder, trust=keys) + upstream
        )

    def admit(self, code: str, key: Path) -> str:
        """Let a library pull from here and drop receipts; return the command that its key is forced into.

        One account stands for both of a mirror's: what is asked tells which of them is meant.
        """
        (self.folder / "clients").mkdir(exist_ok=True)
        shutil.copy(key.with_suffix(".pub"), self.folder / "clients" / f"{code}.pub")
        (self.folder / "receipts" / code).mkdir(parents=True, exist_ok=True)
        serve, receive = (
            " ".join([*SHULU, "mirror", "--config", str(self.config), action, code])
            for action in ("serve", "receive")
        )
        return f"case $SSH_ORIGINAL_COMMAND in *--sender*|release) exec {serve};; *) exec {receive};; esac"

    def forget(self) -> None:
        """Throw away all that was delivered."""
        for name in ("store", "state"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir(parents=True)


def server(folder: Path, keys: Path, route: str, code: str, upstream: str = "") -> Server:
    """Write a server's configuration and key, and an empty store."""
    made = Server(folder)
    made.forget()
    made.configure(keys, route, code, upstream)
    if not (folder / "agent").exists():
        command(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "agent"])()
    return made


def keys(work: Path) -> Path:
    """Return the folder of a signing key and its trust anchors, made on first use."""
    folder = work / "keys"
    if not (folder / "bench").exists():
        shutil.rmtree(folder, ignore_errors=True)
        command([*SHULU, "keys", "new", "bench", "--folder", folder])()
    return folder


def source(folder: Path, shape: data.Shape) -> Path:
    """Write a collection's folder of that shape, with a record for each hundred files of a kind."""
    if (folder / "records.jsonl").exists():
        return folder
    data.write(folder / "files", shape)
    write_records(folder)
    return folder


def write_records(folder: Path) -> None:
    """Write records over all files that lie in a source."""
    files = folder / "files"
    names = sorted(path.relative_to(files).as_posix() for path in files.rglob("*") if path.is_file())
    lines = []
    for number in range(0, len(names), RECORD_FILES):
        record = {
            "id": f"r{number}",
            "title": f"第 {number} 组",
            "files": names[number : number + RECORD_FILES],
        }
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    (folder / "records.jsonl").write_text("".join(lines), "utf-8")


def release(folder: Path, content: Path, keys_folder: Path, *, version: str, serial: int) -> Path:
    """Pack a source and sign a release of it into an export layout, unless it is there; return its folder."""
    if (folder / "release.json.sig").exists():
        return folder
    command(
        [*SHULU, "pack", content, "--out", folder, "--collection", "ebooks", "--version", version,
         "--volume-bytes", "100G", "--quiet"]
    )()  # fmt: skip
    command([*SHULU, "release", "make", folder, "--serial", str(serial), "--key", keys_folder / "bench"])()
    return folder
