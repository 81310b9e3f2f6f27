"""Action plugin ``ship_disk``: writes a shipping disk, and shows how far it is where it is here."""

from __future__ import annotations

import json
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from shulu.campaign import command
from shulu.progress import human_bytes

display = Display()


class ActionModule(ActionBase):
    """Plans at the station, then writes there."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the shipment; in a rehearsal what it would be."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        del tmp
        planned = self._module(task_vars, plan_only=True)
        if planned.get("failed"):
            return result | planned
        shipment = planned["shipment"]
        size = human_bytes(shipment["bytes"])
        what = "writes and reads again" if planned["changed"] else "holds this release; reads again"
        if self._task.check_mode:
            what = "would write" if planned["changed"] else "holds this release:"
        display.display(f"{shipment['serial']}: {what} {len(shipment['bags'])} bags, {size}", color="cyan")
        if self._task.check_mode:
            return result | planned
        if self._connection.transport != "local":
            return result | self._module(task_vars, plan_only=False)
        done = command.run(planned["arguments"], lambda line: display.display(line, color="cyan"))
        if done.code:
            return result | {
                "failed": True,
                "msg": done.complaints or done.output or f"it ended with {done.code}",
            }
        shipment = json.loads(done.output)
        return result | {"changed": shipment["changed"], "shipment": shipment}

    def _module(self, task_vars: dict[str, Any] | None, *, plan_only: bool) -> dict[str, Any]:
        arguments = self._task.args | {"plan_only": plan_only}
        answer: dict[str, Any] = self._execute_module(
            module_name="ship_disk", module_args=arguments, task_vars=task_vars
        )
        return answer
