"""Report a province: from receipts that were fetched, and what else is known, to four files.

Runs on the controller and writes below one folder there; a rehearsal writes nothing and tells the same.
With ``judge`` it only refuses what is refused whatever the receipts say, before they are fetched.
"""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from shulu.campaign.failure import failing_as
from shulu.report.make import SIGNATURE, Places, check_sources, files, make
from shulu.report.show import told
from shulu.written import changed, write

ARGUMENTS: dict[str, dict[str, Any]] = {
    "inventory": {"type": "path", "required": True},
    "release": {"type": "path", "required": True},
    "trust": {"type": "path", "required": True},
    "plan": {"type": "path", "required": True},
    "status": {"type": "path", "required": True},
    "usage": {"type": "path", "required": True},
    "date": {"type": "str", "default": ""},
    "mirrors": {"type": "list", "elements": "dict", "default": []},
    "sign": {"type": "str", "default": ""},
    "folder": {"type": "path", "required": True},
    "judge": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(ARGUMENTS)
        with failing_as("no report can be made"):
            return self._run(arguments)

    def _run(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        folder = Path(arguments["folder"])
        if arguments["judge"]:
            check_sources(_places(arguments, folder / "receipts"))
            return {"changed": False}
        with tempfile.TemporaryDirectory(prefix="shulu-report-") as scratch:
            receipts = folder / "receipts"
            if any(each.get("brought") for each in arguments["mirrors"]):
                receipts = _with(arguments["mirrors"], receipts, Path(scratch, "receipts"))
            document = make(_places(arguments, receipts), list(_notes(arguments["mirrors"])))
        key = Path(arguments["sign"]).expanduser() if arguments["sign"] else None
        made = files(document, folder, key)
        fresh = changed(made)
        # An earlier run's signature, which would speak of another report.
        stale = (folder / SIGNATURE).exists() and folder / SIGNATURE not in made
        if not self._task.check_mode:
            write({path: made[path] for path in fresh})
            if stale:
                (folder / SIGNATURE).unlink()
        return {
            "changed": bool(fresh) or stale,
            "files": [str(path) for path in made],
            "text": told(document),
            "rejected": len(document["rejected"]),
        }


def _places(arguments: Mapping[str, Any], receipts: Path) -> Places:
    return Places(
        inventory=Path(arguments["inventory"]),
        release=Path(arguments["release"]),
        trust=Path(arguments["trust"]),
        receipts=receipts,
        plan=Path(arguments["plan"]),
        status=Path(arguments["status"]),
        usage=Path(arguments["usage"]),
        date=arguments["date"],
    )


def _with(mirrors: list[dict[str, Any]], there: Path, scratch: Path) -> Path:
    """Lay what a rehearsal read beside what is there already."""
    if there.is_dir():
        shutil.copytree(there, scratch)
    for each in mirrors:
        write({
            scratch / each["mirror"] / name: base64.b64decode(content)
            for name, content in each.get("brought", {}).items()
        })  # fmt: skip
    return scratch


def _notes(mirrors: list[dict[str, Any]]) -> Iterator[str]:
    for each in mirrors:
        if problem := " ".join(str(each.get("problem") or "").split()):
            yield f"未能从 {each['mirror']} 取回执（{problem[:160]}），其下各馆以上次取回的为准"
        for path in each.get("odd", []):
            yield f"{each['mirror']} 的 {path} 不是回执，未计入"
