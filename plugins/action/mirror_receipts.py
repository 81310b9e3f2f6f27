"""Action plugin ``mirror_receipts``: brings what the module of that name finds to the controller."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from shulu.written import write

_AT_ONCE = 500
"""Names in one question: they travel as arguments."""


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        options = dict(self._task.args)
        mirror = str((task_vars or {})["inventory_hostname"])
        place = Path(options["folder"]) / mirror
        said = self._ask(options, task_vars)
        if said.get("failed"):
            return result | said
        wanted = [name for name, digest in said["listed"].items() if _digest(place / name) != digest]
        files: dict[str, str] = {}
        while left := [name for name in wanted if name not in files]:
            more = self._ask(options | {"wanted": left[:_AT_ONCE]}, task_vars)
            if more.get("failed"):
                return result | more
            files |= more["files"]
        files = {name: content for name, content in files.items() if content}
        if not self._task.check_mode:
            write({place / name: base64.b64decode(content) for name, content in files.items()})
        return result | {
            "changed": bool(files),
            "mirror": mirror,
            "odd": said["odd"],
            "brought": files if self._task.check_mode else {},
            "count": len(files),
        }

    def _ask(self, options: Mapping[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        said: dict[str, Any] = self._execute_module(module_args=dict(options), task_vars=task_vars)
        return said


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
