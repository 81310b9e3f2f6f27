"""Where a province keeps its registry, told by the inventory plugin's own configuration."""

from __future__ import annotations

from pathlib import Path

import yaml

from shulu.findings import Finding, Refused, refuse
from shulu.registry.model import Settings

PATTERN = "*.library_registry.yml"
_RANGES = ("vpn", "vpn_reserved", "lan_ranges")
_REMEDY = "see ansible-doc -t inventory library_registry"


def of_folder(folder: Path) -> tuple[Path, Settings]:
    """Return the registry's path and the province's settings for ``inventory/<province>``. Raises Refused."""
    found = sorted(folder.glob(PATTERN)) if folder.is_dir() else []
    if len(found) != 1:
        problem = f"holds {len(found)} files named {PATTERN}" if folder.is_dir() else "is no folder"
        raise refuse(str(folder), problem, "name the inventory of one province, such as inventory/demo")
    return of_file(found[0])


def of_file(path: Path) -> tuple[Path, Settings]:
    """Return the same for one configuration file. Raises Refused with all that is wrong in it."""
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise refuse(str(path), f"cannot be read: {' '.join(str(error).split())}", _REMEDY) from error
    if not isinstance(said, dict):
        raise refuse(str(path), "is no mapping", _REMEDY)
    words = {key: _words(said.get(key, None if key == "vpn" else [])) for key in _RANGES}
    from_mbit = said.get("network_from_mbit", 100)
    lan_prefix = said.get("lan_prefix", 24)
    registry = said.get("registry", "libraries.csv")
    wrong = {
        **{key: value is None for key, value in words.items()},
        "network_from_mbit": not isinstance(from_mbit, int) or isinstance(from_mbit, bool),
        "lan_prefix": not isinstance(lan_prefix, int) or not 8 <= lan_prefix <= 64,
        "registry": not isinstance(registry, str),
    }
    if any(wrong.values()):
        raise Refused(
            Finding(f"{path}, {key}", "is missing or no such value", _REMEDY) for key in wrong if wrong[key]
        )
    settings = Settings(
        vpn=words["vpn"] or (),
        province=str(said.get("province", "")),
        network_from_mbit=from_mbit,
        vpn_reserved=words["vpn_reserved"] or (),
        lan_ranges=words["lan_ranges"] or (),
        lan_prefix=lan_prefix,
    )
    return path.parent / registry, settings


def _words(said: object) -> tuple[str, ...] | None:
    words = [said] if isinstance(said, str) else said
    if isinstance(words, list) and all(isinstance(each, str) for each in words):
        return tuple(words)
    return None
