"""Hold the variables of an inventory against what the roles say they take.

Ansible ignores a variable that no role reads: a misspelt one silently leaves the default in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

Spec = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Misspelt:
    """A variable that no role takes, and the one that is probably meant ("" where none is near)."""

    name: str
    meant: str


def specs(roles: Path) -> dict[str, dict[str, Spec]]:
    """Return the options of every role, by role and name, as ``meta/argument_specs.yml`` has them."""
    found: dict[str, dict[str, Spec]] = {}
    for path in sorted(roles.glob("*/meta/argument_specs.yml")):
        said = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        options: dict[str, Spec] = {}
        for entry in (said.get("argument_specs") or {}).values():
            options |= entry.get("options") or {}
        found[path.parent.parent.name] = options
    return found


def unset(values: Mapping[str, Any], known: Mapping[str, Mapping[str, Spec]]) -> list[str]:
    """Return the options that a role requires and that have no value, which its run would refuse."""
    required = {
        name for options in known.values() for name, spec in options.items() if spec.get("required", False)
    }
    return sorted(name for name in required if values.get(name) is None)


def misspelt(names: Iterable[str], known: Mapping[str, Mapping[str, Spec]]) -> list[Misspelt]:
    """Return the names that look like a role's input and are none.

    They begin with a role's name, or are one slip away from an input. Private names (``__role_x``) are the
    role's own business.
    """
    inputs = {name for options in known.values() for name in options}
    prefixes = tuple(f"{role}_" for role in known)
    found = []
    for name in sorted(set(names) - inputs):
        near = get_close_matches(name, inputs, n=1, cutoff=0.9)
        if name.startswith(prefixes) or near:
            meant = near or get_close_matches(name, inputs, n=1, cutoff=0.6)
            found.append(Misspelt(name, meant[0] if meant else ""))
    return found
