"""Which Debian packages a kit carries, resolved and fetched by apt in folders of its own.

apt-get(8) works on an empty dpkg status, so that the closure is whole and this machine's own packages have
no say. Nothing is installed, and no root is needed. apt checks the archive's signature and every digest.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from shulu.findings import Finding, Refused, refuse

KEYRINGS = tuple(Path(f"/usr/share/keyrings/debian-archive-keyring.{ending}") for ending in ("gpg", "pgp"))
POCKETS = ("", "-updates", "-security")
FRESH_SECONDS = 24 * 3600
_URI = re.compile(r"^'(?P<uri>[^']+)' (?P<name>\S+) (?P<bytes>\d+) (?P<digest>\S*)$")


@dataclass(frozen=True, slots=True, order=True)
class Wanted:
    """A package of the list, with the lowest version that is good enough ('' for any)."""

    name: str
    at_least: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """A Debian package on this machine: its name, version, architecture and file."""

    name: str
    version: str
    architecture: str
    path: Path

    @property
    def file_name(self) -> str:
        """Return its name in Debian's pool: the version stands without its epoch."""
        return f"{self.name}_{self.version.partition(':')[2] or self.version}_{self.architecture}.deb"


def wanted(text: str | None = None) -> list[Wanted]:
    """Read the list of packages: a name a line, ``>= VERSION`` after it, ``#`` begins a comment."""
    if text is None:
        text = files("shulu.content").joinpath("kit-packages.txt").read_text(encoding="utf-8")
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return [Wanted(words[0], words[2] if len(words) == 3 else "") for words in lines if words]


def mirrors(suite: str, mirror: str = "", security_mirror: str = "") -> list[str]:
    """Return apt's source lines (sources.list(5)) for a suite: the mirrors given, or those this machine uses.

    Raises Refused where this machine uses none of Debian's and none is given.
    """
    uris: dict[str, None] = {}
    if mirror:
        uris = {f"{mirror} {suite}": None, f"{mirror} {suite}-updates": None}
        uris |= {f"{security_mirror} {suite}-security": None} if security_mirror else {}
    else:
        fields = "$(REPO_URI)|$(LABEL)|$(CODENAME)|$(COMPONENT)"
        command = ["apt-get", "indextargets", "--format", fields, "Created-By: Packages"]
        listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        for uri, label, codename, component in (line.split("|") for line in listing.splitlines()):
            pocket = codename.partition("-")[2]
            if (
                label in {"Debian", "Debian-Security"}
                and component == "main"
                and f"-{pocket}" in {"-", *POCKETS}
            ):
                uris[f"{uri} {suite}-{pocket}" if pocket else f"{uri} {suite}"] = None
    if not any(line.endswith(f" {suite}") for line in uris):
        raise refuse(
            f"kit for {suite}",
            "this machine's apt knows no mirror of Debian",
            "run apt-get update as root, or name mirrors with --mirror and --security-mirror",
        )
    keyring = next((path for path in KEYRINGS if path.exists()), None)
    if keyring is None:
        raise refuse(
            f"kit for {suite}", "Debian's archive keys are missing", "install debian-archive-keyring"
        )
    return [f"deb [signed-by={keyring}] {line} main" for line in uris]


@dataclass(frozen=True, slots=True)
class Resolver:
    """apt for one suite and architecture, in a cache folder of its own."""

    suite: str
    architecture: str
    cache: Path
    sources: Sequence[str]

    def update(self, force: bool = False) -> bool:
        """Fetch the archive's indexes unless those of the last day are there; return whether it fetched."""
        stamp = self.cache / "updated"
        lists = self.cache / "sources.list"
        text = "\n".join(self.sources) + "\n"
        unchanged = lists.exists() and lists.read_text() == text
        if not force and unchanged and stamp.exists() and time.time() - stamp.stat().st_mtime < FRESH_SECONDS:
            return False
        for folder in ("lists/partial", "archives/partial"):
            (self.cache / folder).mkdir(parents=True, exist_ok=True)
        (self.cache / "status").touch()
        stamp.unlink(missing_ok=True)
        lists.write_text(text)
        self._apt("update", "--error-on=any")
        stamp.touch()
        return True

    def fetch(self, names: Iterable[str]) -> list[Package]:
        """Return the packages and all they depend on, fetched into the cache where it has them not."""
        install = ("install", "--assume-yes", "--no-install-recommends", *sorted(names))
        # apt leaves out of this listing what its folder of archives has: it is shown an empty one.
        empty = self.cache / "empty"
        (empty / "partial").mkdir(parents=True, exist_ok=True)
        shown = f"--option=Dir::Cache::archives={empty}"
        listing = self._apt(*install, "--print-uris", shown).splitlines()
        found = sorted(match["name"] for match in map(_URI.match, listing) if match)
        archives = self.cache / "archives"
        if any(not (archives / name).exists() for name in found):
            self._apt(*install, "--download-only")
        for path in archives.glob("*.deb"):
            if path.name not in found:
                path.unlink()
        return sorted(_read_name(archives / name) for name in found)

    def _apt(self, *arguments: str) -> str:
        options = {
            "Dir::State": self.cache,
            "Dir::State::lists": self.cache / "lists",
            "Dir::State::status": self.cache / "status",
            "Dir::Cache": self.cache,
            "Dir::Cache::archives": self.cache / "archives",
            "Dir::Etc::sourcelist": self.cache / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "APT::Architecture": self.architecture,
            "APT::Architectures": self.architecture,
            "APT::Sandbox::User": "",
            "APT::Keep-Downloaded-Packages": "true",
            "Acquire::Retries": "5",
        }
        command = ["apt-get", "--quiet", *(f"--option={name}={value}" for name, value in options.items())]
        if shutil.which("apt-get") is None:
            raise refuse(f"kit for {self.suite}", "apt-get is missing", "build the kit on a Debian machine")
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            tail = (
                "; ".join(line for line in done.stderr.splitlines() if line.startswith("E:")) or done.stderr
            )
            raise refuse(
                f"kit for {self.suite}", f"apt-get {arguments[0]} failed: {tail.strip()}", "try again"
            )
        return done.stdout


def check_versions(suite: str, packages: Iterable[Package], wishes: Iterable[Wanted]) -> None:
    """Refuse packages older than the list asks for.

    Raises Refused with a finding for each.
    """
    versions = {package.name: package.version for package in packages}
    findings = [
        Finding(
            f"kit for {suite}",
            f"{wish.name} is {versions.get(wish.name, 'missing')}, at least {wish.at_least} is needed",
            "the mirror must carry the suite's security updates",
        )
        for wish in wishes
        if wish.at_least and not is_at_least(versions.get(wish.name, "0"), wish.at_least)
    ]
    if findings:
        raise Refused(findings)


def is_at_least(version: str, lowest: str) -> bool:
    """Compare two versions as dpkg does (deb-version(7))."""
    return subprocess.run(["dpkg", "--compare-versions", version, "ge", lowest], check=False).returncode == 0


def _read_name(path: Path) -> Package:
    name, version, architecture = path.name.removesuffix(".deb").split("_")
    return Package(name, version.replace("%3a", ":"), architecture, path)
