"""The Debian package of shulu itself, made from the package's own folder.

The same code gives the same bytes, and changed code another version:
``0.1.0+g<8 hex digits of the tree's digest>``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import shulu
from shulu.content.kit_apt import Package
from shulu.findings import refuse

NAME = "shulu"
EPOCH = "1420070400"  # 2015-01-01: the date of every file in the package, so that no clock shows
COMMAND = """#!/usr/bin/python3 -I
import sys

from shulu.cli.main import main

sys.exit(main())
"""
POSTINST = f'#!/bin/sh\nset -e\nif [ "$1" = configure ]; then py3compile -p {NAME}; fi\n'
PRERM = f"#!/bin/sh\nset -e\npy3clean -p {NAME}\n"


def tree(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the package as (name, content), sorted, without what Python leaves behind."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and "__pycache__" not in name and not name.endswith(".pyc"):
            yield name, path.read_bytes()


def version(contents: dict[str, bytes]) -> str:
    """Return the version of these files (deb-version(7)): shulu's own and a digest of all they hold."""
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        digest.update(f"{len(name.encode())} {name} {len(content)} ".encode() + content)
    return f"{shulu.__version__}+g{digest.hexdigest()[:8]}"


def build(out: Path, folder: Path | None = None) -> Package:
    """Build the package of ``folder`` (shulu's own) into ``out``, unless that version is there already.

    Raises Refused where dpkg-deb(1) fails.
    """
    source = Path(shulu.__file__).parent if folder is None else folder
    contents = {f"usr/lib/python3/dist-packages/{NAME}/{name}": content for name, content in tree(source)}
    contents["usr/bin/shulu"] = COMMAND.encode()
    number = version(contents | {"postinst": POSTINST.encode(), "prerm": PRERM.encode()})
    package = Package(NAME, number, "all", out / f"{NAME}_{number}_all.deb")
    if package.path.exists():
        return package
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob(f"{NAME}_*_all.deb"):
        old.unlink()
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        root = Path(scratch) / "root"
        for name, content in contents.items():
            _write(root / name, content, 0o755 if name.startswith("usr/bin/") else 0o644)
        _write(root / "DEBIAN/control", _control(number, contents).encode(), 0o644)
        _write(root / "DEBIAN/postinst", POSTINST.encode(), 0o755)
        _write(root / "DEBIAN/prerm", PRERM.encode(), 0o755)
        for path in (root, *root.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        draft = Path(scratch) / "draft.deb"
        _dpkg_deb("--root-owner-group", "-Zgzip", "--build", str(root), str(draft))
        draft.chmod(0o644)
        draft.replace(package.path)
    return package


def _control(number: str, contents: dict[str, bytes]) -> str:
    kib = sum(-(-len(content) // 1024) for content in contents.values())
    fields = {
        "Package": NAME,
        "Version": number,
        "Architecture": "all",
        "Maintainer": "shulu <shulu@localhost>",
        "Installed-Size": str(kib),
        "Depends": "python3 (>= 3.11), python3-jsonschema",
        "Section": "misc",
        "Priority": "optional",
        "Description": "brings digital collections to libraries and serves them there",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(stat.S_IFREG | mode)


def _dpkg_deb(*arguments: str) -> None:
    tool = shutil.which("dpkg-deb")
    if tool is None:
        raise refuse("kit", "dpkg-deb is missing", "build the kit on a Debian machine")
    environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    done = subprocess.run([tool, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise refuse("kit", f"dpkg-deb failed: {done.stderr.strip()}")
