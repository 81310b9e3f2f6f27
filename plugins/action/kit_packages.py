"""Action plugin ``kit_packages``: hands the module the versions of the controller's kit.

A rehearsal cannot ask the host: the kit may not be there yet, or an older one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from shulu.content import kit
from shulu.findings import Refused


def versions(folder: Path, names: list[str]) -> dict[str, dict[str, str]]:
    """Return the kit's versions of these packages, by suite and name; a name it has not is left out.

    Raises Refused where there is no kit.
    """
    return {
        suite: {name: entry["packages"][name]["version"] for name in names if name in entry["packages"]}
        for suite, entry in kit.read(folder)["suites"].items()
    }


class ActionModule(ActionBase):
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Add the versions to the task's arguments and run the module."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        if "versions" not in arguments:
            folder = self._templar.template((task_vars or {}).get("kit_folder"))
            if not folder:
                raise AnsibleActionFail(
                    "kit_folder is not set; set it to the folder of shulu kit build --out"
                )
            try:
                arguments["versions"] = versions(
                    Path(folder), [str(name) for name in arguments.get("name") or []]
                )
            except Refused as refused:
                raise AnsibleActionFail(str(refused)) from refused
        role = self._task._role.get_name() if self._task._role else "play"
        arguments.setdefault("purpose", f"{role}: {self._task.name}")
        result.update(self._execute_module("kit_packages", module_args=arguments, task_vars=task_vars))
        return result
