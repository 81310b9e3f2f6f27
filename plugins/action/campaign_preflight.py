"""Show what preflight found at all libraries, worst first, and write it down. Touches no server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from shulu.campaign.status import moment
from shulu.campaign.verdicts import chosen, page, table, word, worst_first
from shulu.findings import Refused
from shulu.written import write

ARGUMENTS: dict[str, dict[str, Any]] = {
    "verdicts": {"type": "list", "elements": "dict", "required": True},
    "province": {"type": "str", "default": ""},
    "only": {"type": "list", "elements": "str", "default": []},
    "folder": {"type": "str", "default": ""},
}


class ActionModule(ActionBase):
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(ARGUMENTS)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        verdicts = worst_first(arguments["verdicts"])
        try:
            only = chosen(verdicts, arguments["only"])
        except Refused as refused:
            raise AnsibleError(str(refused)) from refused
        Display().display(f"\n{table(verdicts, only)}\n")
        if arguments["folder"] and not self._task.check_mode:
            folder, province = Path(arguments["folder"]), arguments["province"]
            libraries = [{**each, "verdict": word(each)} for each in verdicts]
            said = {"written": now, "province": province, "libraries": libraries}
            try:
                write({
                    folder / "preflight.json": f"{json.dumps(said, ensure_ascii=False, indent=1)}\n".encode(),
                    folder / "preflight.html": page(verdicts, province, moment(now)).encode(),
                })  # fmt: skip
            except OSError as error:
                raise AnsibleError(f"{folder} cannot be written: {error.strerror}") from error
        # A page about the servers is no change of them.
        return {"changed": False}
