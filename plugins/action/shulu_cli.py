"""Action plugin ``shulu_cli``: runs a command of shulu on the controller and shows how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from shulu.campaign import command

display = Display()


class ActionModule(ActionBase):
    """Runs on the controller, whatever the play's host is."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the command's outcome; in a rehearsal what it would be."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        del tmp
        _, options = self.validate_argument_spec(
            {
                "arguments": {"type": "list", "elements": "str", "required": True},
                "creates": {"type": "path"},
                "foretell": {"type": "bool", "default": False},
                "plan": {"type": "bool", "default": False},
            }
        )
        arguments = options["arguments"]
        if self._task.check_mode:
            new = bool(options["creates"]) and not Path(options["creates"]).exists()
            if new or options["foretell"] or not options["plan"]:
                return result | {"changed": new or options["foretell"]}
            arguments = [*arguments, "--plan"]
        done = command.run(arguments, lambda line: display.display(line, color="cyan"))
        lines = done.output.splitlines()
        changed = not all(line.endswith("unchanged") for line in lines)
        result |= {"changed": changed, "stdout_lines": lines, "rc": done.code}
        if done.code:
            result |= {"failed": True, "msg": done.complaints or done.output or f"it ended with {done.code}"}
        return result
