"""The kit: what a server without any network installs, one archive of Debian packages a suite.

An archive is a flat apt repository (sources.list(5)): the packages and their index, in a tar file without
clock or owner. ``kit.json`` says what is in it, so that a controller knows each package's version and digest
before any server has the archive::

    {"format": 1, "architecture": "amd64", "suites": {"bookworm": {
      "archive": {"name": "bookworm.tar", "bytes": 1, "sha256": "..."},
      "index": "<sha256 of the file Packages>",
      "packages": {"rsync": {"version": "3.5.0-1", "file": "rsync_3.5.0-1_amd64.deb", "sha256": "..."}}}}}
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shulu.content import kit_apt, kit_deb
from shulu.content.kit_apt import Package, Resolver
from shulu.findings import refuse

SUITES = ("bookworm", "trixie")
MANIFEST = "kit.json"
INDEX = "Packages"


@dataclass(frozen=True, slots=True)
class Options:
    """Where packages come from and for which machines they are."""

    suites: tuple[str, ...] = SUITES
    architecture: str = "amd64"
    mirror: str = ""
    security_mirror: str = ""
    refresh: bool = False


def build(out: Path, cache: Path, options: Options, say: Callable[[str], None]) -> bool:
    """Build the kit into ``out``; return whether anything there changed.

    Raises Refused where a package cannot be had, or is older than the list of packages asks for.
    """
    out.mkdir(parents=True, exist_ok=True)
    before = read(out) if (out / MANIFEST).exists() else {}
    suites: dict[str, Any] = {}
    with _alone(cache):
        for suite in options.suites:
            packages = _collect(suite, cache, options, say)
            entry = {"packages": {package.name: _describe(package) for package in packages}}
            had = before.get("suites", {}).get(suite, {})
            name = f"{suite}.tar"
            kept = entry["packages"] == had.get("packages") and (out / name).is_file()
            if kept and digest(out / name) == had["archive"]["sha256"]:
                suites[suite] = had
                say(f"{suite}: {len(packages)} packages, unchanged")
                continue
            suites[suite] = {**archive(out / name, packages), **entry}
            size = suites[suite]["archive"]["bytes"]
            say(f"{suite}: {len(packages)} packages, {size / 1e6:.1f} MB in {name}")
    after = {"format": 1, "architecture": options.architecture, "suites": suites}
    if after == before:
        return False
    _write_json(out / MANIFEST, after)
    for stale in set(before.get("suites", {})) - set(suites):
        (out / f"{stale}.tar").unlink(missing_ok=True)
    return True


def read(folder: Path) -> dict[str, Any]:
    """Read a kit's ``kit.json``.

    Raises Refused where it is missing or of another format.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise refuse(str(path), "is missing", "build the kit first: shulu kit build") from None
    except ValueError as error:
        raise refuse(str(path), f"cannot be read: {error}", "build the kit again") from None
    if not isinstance(content, dict) or content.get("format") != 1:
        raise refuse(str(path), "is of a format this version does not know", "build the kit again")
    return content


def digest(path: Path) -> str:
    """Return a file's sha256 in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _collect(suite: str, cache: Path, options: Options, say: Callable[[str], None]) -> list[Package]:
    sources = kit_apt.mirrors(suite, options.mirror, options.security_mirror)
    resolver = Resolver(suite, options.architecture, cache / suite, sources)
    say(f"{suite}: looking up packages")
    resolver.update(options.refresh)
    wishes = kit_apt.wanted()
    packages = resolver.fetch(wish.name for wish in wishes)
    kit_apt.check_versions(suite, packages, wishes)
    return sorted([*packages, kit_deb.build(cache / "own")])


def _describe(package: Package) -> dict[str, str]:
    return {"version": package.version, "file": package.file_name, "sha256": digest(package.path)}


def archive(path: Path, packages: Iterable[Package]) -> dict[str, Any]:
    """Write the archive beside its place and rename it there; return what ``kit.json`` says of it."""
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        pool = Path(scratch) / "pool"
        pool.mkdir()
        for package in packages:
            (pool / package.file_name).symlink_to(package.path.absolute())
        index = _index(pool)
        draft = Path(scratch) / path.name
        with tarfile.open(draft, "w", format=tarfile.USTAR_FORMAT) as archive:
            _add(archive, INDEX, index)
            for package in sorted(packages, key=lambda package: package.file_name):
                _add(archive, package.file_name, package.path.read_bytes())
        facts = {"name": path.name, "bytes": draft.stat().st_size, "sha256": digest(draft)}
        draft.replace(path)
    return {"archive": facts, "index": hashlib.sha256(index).hexdigest()}


def _index(pool: Path) -> bytes:
    """Return the repository's index as dpkg-scanpackages(1) writes it, sorted by package."""
    if shutil.which("dpkg-scanpackages") is None:
        raise refuse("kit", "dpkg-scanpackages is missing", "install dpkg-dev")
    command = ["dpkg-scanpackages", "--multiversion", "."]
    done = subprocess.run(command, cwd=pool, capture_output=True, check=False)
    if done.returncode:
        raise refuse("kit", f"dpkg-scanpackages failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    member.mode = 0o644
    archive.addfile(member, io.BytesIO(content))


def _write_json(path: Path, content: dict[str, Any]) -> None:
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    draft.replace(path)


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Hold the cache: two builds at once would take each other's files away."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
