"""The rates that every province has unless it says otherwise, as the playbook hands them to the plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_ROOT = Path(__file__).resolve().parents[1]


def rates() -> dict[str, Any]:
    """Return the role's variables by their names without ``plan_``."""
    shared = yaml.safe_load((_ROOT / "group_vars/all/plan.yml").read_text("utf-8"))
    said = yaml.safe_load((_ROOT / "roles/plan/defaults/main.yml").read_text("utf-8")) | shared
    named = {name.removeprefix("plan_"): value for name, value in said.items() if name.startswith("plan_")}
    return named | {"slots": said["agent_mirror_slots"]}
