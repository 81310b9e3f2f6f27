"""Show where all libraries stand, worst first, and write it down. Touches no server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from shulu.campaign.page import page
from shulu.campaign.standing import chosen
from shulu.campaign.status import rank, table
from shulu.findings import Refused
from shulu.written import earlier, write

ARGUMENTS: dict[str, dict[str, Any]] = {
    "rows": {"type": "list", "elements": "dict", "required": True},
    "above": {"type": "list", "elements": "dict", "default": []},
    "awaiting": {"type": "list", "elements": "dict", "default": []},
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
        folder = Path(arguments["folder"]) if arguments["folder"] else None
        awaiting = arguments["awaiting"]
        live = [(each.get("status") or {}).get("live") for each in arguments["above"]]
        before = _contacts(folder)
        rows = rank(arguments["rows"], now, before, live)
        try:
            only = chosen(rows, arguments["only"])
        except Refused as refused:
            raise AnsibleError(str(refused)) from refused
        Display().display(f"\n{table(rows, awaiting, only)}\n")
        if folder is not None and not self._task.check_mode:
            said = {
                "written": now,
                "province": arguments["province"],
                "libraries": rows,
                "awaiting": awaiting,
                # Also of libraries that this run was not for: the next may be for all.
                "contacts": before | {row["library"]: row["contact"] for row in rows if row["contact"]},
            }
            try:
                write({
                    folder / "status.json": f"{json.dumps(said, ensure_ascii=False, indent=1)}\n".encode(),
                    folder / "status.html": page(rows, awaiting, arguments["province"], now).encode(),
                })  # fmt: skip
            except OSError as error:
                raise AnsibleError(f"{folder} cannot be written: {error.strerror}") from error
        # A page about the servers is no change of them.
        return {"changed": False}


def _contacts(folder: Path | None) -> dict[str, str]:
    said = earlier(folder / "status.json").get("contacts") if folder is not None else None
    return {str(code): str(when) for code, when in said.items()} if isinstance(said, dict) else {}
