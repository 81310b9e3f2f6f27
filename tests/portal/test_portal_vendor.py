"""The kept libraries: locked, with their licences, and in the kit's package."""

from __future__ import annotations

import json
import re
from pathlib import Path

import shulu
from shulu.content import kit_deb

PORTAL = Path(shulu.__file__).parent / "portal"
VENDOR = PORTAL / "static/vendor"


def listed() -> dict[str, str]:
    """Return what vendor.mjs copies: where it comes from by where it goes."""
    text = (PORTAL / "vendor.mjs").read_text()
    return {to: origin for origin, to in re.findall(r'\["([^"]+)", "([^"]+)"\]', text)}


def test_all_that_is_listed_is_there_and_goes_with_the_kit() -> None:
    packed = {name for name, _ in kit_deb.tree(Path(shulu.__file__).parent)}
    assert listed()
    for to in listed():
        files = [VENDOR / to] if (VENDOR / to).is_file() else [*(VENDOR / to).iterdir()]
        assert files
        for file in files:
            assert file.stat().st_size > 0
            assert f"portal/static/vendor/{file.relative_to(VENDOR).as_posix()}" in packed


def test_every_library_is_locked_and_has_its_licence() -> None:
    wanted = json.loads((PORTAL / "package.json").read_text())["dependencies"]
    locked = json.loads((PORTAL / "package-lock.json").read_text())["packages"]
    for name, version in wanted.items():
        assert locked[f"node_modules/{name}"]["version"] == version
        assert locked[f"node_modules/{name}"]["integrity"].startswith("sha512-")
        origins = [origin for origin in listed().values() if origin.startswith(f"{name}/")]
        assert any("licen" in origin.lower() for origin in origins), name
    for folder in ("cmaps", "standard_fonts"):
        assert list((VENDOR / "pdfjs" / folder).glob("LICENSE*"))


def test_every_library_stands_in_the_docs() -> None:
    text = (PORTAL.parents[1] / "docs/reading-room.md").read_text()
    wanted = json.loads((PORTAL / "package.json").read_text())["dependencies"]
    assert all(f" {version} |" in text for version in wanted.values())
