"""Filter ``to_toml``: a mapping as the text of a TOML file."""

from __future__ import annotations

DOCUMENTATION = r"""
name: to_toml
short_description: A mapping as the text of a TOML file
description:
  - Plain values come first, then a table for each mapping; the order stays.
  - Knows strings, whole numbers, floats, booleans, lists of these, and mappings. Nothing else can be written.
options:
  _input:
    description: The mapping.
    type: dict
    required: true
"""

EXAMPLES = r"""
text: "{{ {'library': '990101', 'network': {'window': '22:00-06:00'}} | to_toml }}"
"""

RETURN = r"""
_value:
  description: Text that a reader of TOML 1.0 gives back as the same mapping.
  type: str
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_-]+")


def _key(name: object) -> str:
    return str(name) if BARE.fullmatch(str(name)) else _text(str(name))


def _text(value: str) -> str:
    # A basic string of TOML 1.0 escapes as JSON does, but DEL too.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else str(float(value))
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    raise TypeError(f"TOML has no value for {value!r}")


def to_toml(mapping: Mapping[str, Any], above: str = "") -> str:
    """Return the text of a TOML file; raise TypeError for a value that TOML cannot hold."""
    plain = [f"{_key(k)} = {_value(v)}\n" for k, v in mapping.items() if not isinstance(v, Mapping)]
    tables = []
    for name, table in mapping.items():
        if isinstance(table, Mapping):
            path = above + _key(name)
            tables.append(f"\n[{path}]\n" + to_toml(table, path + "."))
    return "".join(plain + tables)


class FilterModule:
    """What Ansible looks for in a filter file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"to_toml": to_toml}
