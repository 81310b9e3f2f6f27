"""Show where all libraries stand, worst first, and write it down. Touches no server."""

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
from shulu.campaign.page import page, row_of
from shulu.campaign.status import rank, table
from shulu.campaign.used import FILE, gathered
from shulu.written import earlier, write

ARGUMENTS: dict[str, dict[str, Any]] = {
    "rows": {"type": "list", "elements": "dict", "required": True},
    "above": {"type": "list", "elements": "dict", "default": []},
    "awaiting": {"type": "list", "elements": "dict", "default": []},
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
        with failing_as("the status cannot be shown"):
            self._run(arguments)
        # A page about the servers is no change of them.
        return {"changed": False}

    def _run(self, arguments: Mapping[str, Any]) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        folder = Path(arguments["folder"]) if arguments["folder"] else None
        province, awaiting, libraries = (arguments[name] for name in ("province", "awaiting", "libraries"))
        live = [(each.get("status") or {}).get("live") for each in arguments["above"]]
        said = earlier(folder / "status.json") if folder is not None else {}
        before = earlier_rows(said, libraries, _show)
        rows = rank(arguments["rows"], now, before, live)
        Display().display(f"\n{table(rows, now, awaiting, arguments['only'])}\n")
        if folder is None or self._task.check_mode:
            return
        usage = folder / FILE
        sheet = gathered(usage.read_bytes() if usage.is_file() else b"", arguments["rows"], now)
        for row in rows:
            if row.get("usage"):
                row["usage"].pop("months", None)
        unasked = sorted(set(libraries) - {row["library"] for row in rows})
        document = {
            "written": now,
            "province": province,
            "libraries": rows,
            "awaiting": awaiting,
            "unasked": unasked,
        }
        write({
            folder / "status.json": f"{json.dumps(document, ensure_ascii=False, indent=1)}\n".encode(),
            usage: sheet.encode(),
            folder / "status.html": page(rows, awaiting, province, now, unasked).encode(),
        })  # fmt: skip


def _show(row: Mapping[str, Any]) -> object:
    none_yet = {"epoch": 0, "serial": 0}
    return [row_of(each, "", each["as_of"]) for each in rank([], "", {row["library"]: row}, [none_yet])]
