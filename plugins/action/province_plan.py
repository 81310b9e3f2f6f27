"""Plan a province: from its registry, a release and what its servers said to routes, dates and disks.

Runs on the controller and writes below two folders there; a rehearsal writes nothing and tells the same.
With ``judge`` it only refuses what is refused whatever the servers say: lines take minutes to measure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from shulu.campaign.failure import failing_as
from shulu.campaign.table import render
from shulu.content import release as releases
from shulu.content.signature import Trust, load_release
from shulu.findings import refuse
from shulu.plan import sheets, shipping
from shulu.plan.build import Answer, Known, bags_of, build, expected_bags, read_held
from shulu.plan.case import Bag, Case
from shulu.plan.make import make
from shulu.plan.page import page
from shulu.plan.terms import read_terms
from shulu.registry import parse, routes
from shulu.registry.province import of_folder
from shulu.written import changed, write

ARGUMENTS: dict[str, dict[str, Any]] = {
    "inventory": {"type": "path", "required": True},
    "release": {"type": "path", "default": ""},
    "trust": {"type": "path", "default": ""},
    "earlier": {"type": "list", "elements": "path", "default": []},
    "expected": {"type": "dict", "default": {}},
    "volume_gb": {"type": "int", "default": 100},
    "start": {"type": "str", "default": ""},
    "date": {"type": "str", "required": True},
    "terms": {"type": "dict", "required": True},
    "answers": {"type": "list", "elements": "dict", "default": []},
    "folder": {"type": "path", "required": True},
    "write_routes": {"type": "bool", "default": True},
    "judge": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(ARGUMENTS)
        with failing_as("no plan can be made"):
            return self._run(arguments)

    def _run(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        case = _case(arguments)
        if arguments["judge"]:
            return {"changed": False}
        plan = make(case)
        inventory = Path(arguments["inventory"])
        folder = Path(arguments["folder"])
        files = {
            folder / "plan.csv": sheets.as_csv(plan),
            folder / "plan.xlsx": sheets.as_xlsx(plan),
            folder / "plan.html": page(plan).encode(),
            folder / shipping.FILE: shipping.as_json(plan),
        }
        if arguments["write_routes"]:
            files[inventory / routes.FILE] = sheets.as_routes(plan)
        fresh = changed(files)
        if not self._task.check_mode:
            write({path: files[path] for path in fresh})
        return {
            "changed": bool(fresh),
            "files": [str(path) for path in files],
            "table": render(sheets.shown(plan), numbers=("wave", "GB", "CNY")),
            "summary": sheets.summary(plan),
            "late": [line.site.code for line in plan.late],
        }


def _case(arguments: Mapping[str, Any]) -> Case:
    inventory = Path(arguments["inventory"])
    start = _day("plan_start", arguments["start"]) if arguments["start"] else _today()
    days = start, _day("plan_date", arguments["date"])
    file, settings = of_folder(inventory)
    # The registry's own word: what an earlier plan chose does not bind this one.
    registry = parse(file.read_bytes(), settings, file.name)
    known = Known(
        answers=dict(map(_answer, arguments["answers"])),
        earlier=[releases.parse(Path(each).read_bytes()) for each in arguments["earlier"]],
        held=read_held(inventory / "held.csv", {library.code for library in registry.libraries}),
    )
    terms = read_terms(arguments["terms"])
    return build(
        registry, settings.province or registry.hub.name, _release(arguments), days, terms, known=known
    )


def _answer(said: Mapping[str, Any]) -> tuple[str, Answer]:
    """Read what the role gathered of one server: link, server (facts) and receipt."""
    link, server = said["link"], said.get("server") or {}
    receipt = (said.get("receipt") or {}).get("release") or {}
    disk = next((each for each in server.get("disks", []) if each["serial"] == said.get("disk_serial")), None)
    room = None
    if server.get("data_mounted"):
        room = int(server["data_free_bytes"])
    elif disk is not None:
        # What ext4 takes for itself, with room to spare.
        room = int(disk["size_bytes"]) * 95 // 100
    return str(said["code"]), Answer(
        mbit=link["mbit"],
        problem=link["problem"],
        room=room,
        bags=frozenset(server.get("bags", [])),
        release=(int(receipt["epoch"]), int(receipt["serial"])) if receipt else None,
    )


def _release(arguments: Mapping[str, Any]) -> tuple[str, tuple[Bag, ...]]:
    folder = Path(arguments["release"]) if arguments["release"] else None
    if folder is not None and (folder / releases.RELEASE_FILE).exists():
        release = load_release(folder, Trust.at(Path(arguments["trust"])))
        return release.name, bags_of(release)
    if not arguments["expected"]:
        raise refuse("plan_release", "there is no release", "pack one, or set plan_collections_tb")
    sizes = {}
    for name, size in arguments["expected"].items():
        try:
            sizes[str(name)] = float(size)
        except (TypeError, ValueError) as error:
            raise refuse(f"plan_collections_tb, {name}", f"{size!r} is no size", "write TB") from error
    if arguments["volume_gb"] < 1:
        raise refuse("plan_volume_gb", "is less than 1", "write GB, such as 100")
    return "未打包 (not packed)", expected_bags(sizes, arguments["volume_gb"] * 10**9)


def _today() -> date:
    return datetime.now(UTC).astimezone().date()


def _day(where: str, text: str) -> date:
    if not text:
        raise refuse(where, "is missing", f"name the day: -e {where}=2026-12-31")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # Python also reads 20261231 and 2026-W53-4.
    if day is None or day.isoformat() != text:
        raise refuse(where, f"{text!r} is no day", "write it as 2026-12-31")
    return day
