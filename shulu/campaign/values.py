"""Hold the values of variables against the types and choices that a role's argument specification names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator


def unfit(name: str, value: object, spec: Mapping[str, Any]) -> str:
    """Return why no role would take this value, "" where it would. Never repeats a secret (``no_log``)."""
    judged = {key: spec[key] for key in ("type", "elements", "choices", "options") if key in spec}
    result = ArgumentSpecValidator({name: judged}).validate({name: value})
    if not result.error_messages:
        return ""
    if spec.get("no_log"):
        return f"variable {name} has a value that its role does not take"
    choices = f", one of {', '.join(map(str, spec['choices']))}" if "choices" in spec else ""
    wanted = f"{spec.get('type', 'str')}{choices}"
    return f"variable {name} is {str(value)[:60]!r}, and its role takes {wanted}"
