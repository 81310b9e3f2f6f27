"""Action plugin ``shulu_cli``: runs a command of shulu on the controller and shows how far it is."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from shulu import __file__ as package

display = Display()

LINE_SECONDS = 5.0


def run_command(arguments: list[str]) -> tuple[int, list[str], list[str]]:
    """Run a command of shulu; return its exit code, output, and complaints.

    Its progress goes to the terminal, a line every few seconds.
    """
    words = [sys.executable, "-m", "shulu.cli.main", *arguments]
    complaints: list[str] = []
    told = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(package).parent.parent,
        )
        for line in process.stderr or ():
            complaints = [*complaints, line.rstrip()][-20:]
            if time.monotonic() - told >= LINE_SECONDS:
                told = time.monotonic()
                display.display(line.rstrip(), color="cyan")
        code = process.wait()
        output.seek(0)
        return code, output.read().splitlines(), complaints


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
            }
        )
        if self._task.check_mode:
            new = bool(options["creates"]) and not Path(options["creates"]).exists()
            return result | {"changed": new or options["foretell"]}
        code, lines, complaints = run_command(options["arguments"])
        changed = not all(line.endswith("unchanged") for line in lines)
        done = {"changed": changed, "stdout_lines": lines, "rc": code}
        if code:
            done |= {"failed": True, "msg": "\n".join(complaints) or f"it ended with {code}"}
        return result | done
