"""Run the module ``server_facts`` and hold the server's clock against the controller's."""

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        asked = time.time()
        result: dict[str, Any] = self._execute_module(module_name="server_facts", task_vars=task_vars)
        answered = time.time()
        if "server" in result:
            server = result["server"]
            server["clock_offset"] = round(server["epoch"] - (asked + answered) / 2, 2)
            server["clock_uncertainty"] = round((answered - asked) / 2, 2)
        return result
