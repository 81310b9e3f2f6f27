"""Show what preflight found at all libraries, worst first, and write it down. Touches no server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from shulu.campaign.failure import failing_as
from shulu.campaign.kept import earlier_rows
from shulu.campaign.verdicts import page, rank, row_of, table
from shulu.written import earlier, write

ARGUMENTS: dict[str, dict[str, Any]] = {
    "verdicts": {"type": "list", "elements": "dict", "required": True},
    "province": {"type": "str", "default": ""},
    "libraries": {"type": "list", "elements": "str", "default": []},
    "only": {"type": "list", "elements": "str", "default": []},
    "folder": {"type": "str", "default": ""},
}


class ActionModule(ActionBase):
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(ARGUMENTS)
        with failing_as("the findings cannot be shown"):
            self._run(arguments)
        # A page about the servers is no change of them.
        return {"changed": False}

    def _run(self, arguments: Mapping[str, Any]) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        folder = Path(arguments["folder"]) if arguments["folder"] else None
        province, libraries = arguments["province"], arguments["libraries"]
        said = earlier(folder / "preflight.json") if folder is not None else {}
        before = earlier_rows(said, libraries, lambda row: row_of(row, "", row["as_of"]))
        verdicts = rank(arguments["verdicts"], now, before)
        Display().display(f"\n{table(verdicts, now, arguments['only'])}\n")
        if folder is None or self._task.check_mode:
            return
        unasked = sorted(set(libraries) - {each["library"] for each in verdicts})
        document = {"written": now, "province": province, "libraries": verdicts, "unasked": unasked}
        write({
            folder / "preflight.json": f"{json.dumps(document, ensure_ascii=False, indent=1)}\n".encode(),
            folder / "preflight.html": page(verdicts, province, now, unasked).encode(),
        })  # fmt: skip
