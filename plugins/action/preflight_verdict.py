"""Judge one library: its variables, its line and its server. Runs on the controller and touches nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from shulu.campaign import preflight, variables
from shulu.campaign.preflight import STOP, Needs, Remark
from shulu.campaign.values import unfit

ARGUMENTS: dict[str, dict[str, Any]] = {
    "link": {"type": "dict", "required": True},
    "server": {"type": "dict", "required": True},
    "route": {"type": "str", "required": True},
    "collections": {"type": "list", "elements": "str", "default": []},
    "disk_serial": {"type": "str", "default": ""},
    "release": {"type": "str", "default": ""},
    "capacity_tb": {"type": "float", "default": 0.0},
    "debian": {"type": "list", "elements": "str", "required": True},
    "architectures": {"type": "list", "elements": "str", "required": True},
    "memory_mib": {"type": "int", "required": True},
    "system_free_mib": {"type": "int", "required": True},
    "clock_seconds": {"type": "int", "required": True},
    "slow_ms": {"type": "int", "required": True},
}


class ActionModule(ActionBase):
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(ARGUMENTS)
        remarks = [
            *self._of_variables(task_vars or {}),
            *self._of_controller(task_vars or {}),
            *_of_host(arguments),
        ]
        return {"changed": False, "remarks": [asdict(remark) for remark in remarks]}

    def _of_variables(self, task_vars: Mapping[str, Any]) -> list[Remark]:
        known = variables.specs(Path(constants.CONFIG_FILE or "ansible.cfg").parent / "roles")
        options = {name: spec for role in known.values() for name, spec in role.items()}
        wrong = [
            text
            for name in sorted(options)
            if name in task_vars and (text := self._unfit(name, task_vars, options))
        ]
        unset = variables.unset(task_vars, known)
        return preflight.of_variables(variables.misspelt(task_vars, known), wrong, unset)

    def _of_controller(self, task_vars: Mapping[str, Any]) -> Iterator[Remark]:
        """Yield what is missing in the folders on this machine that the roles read."""
        for name, judge in (("kit_folder", preflight.of_kit), ("agent_trust_folder", preflight.of_trust)):
            try:
                folder = self._templar.template(task_vars.get(name))
            except AnsibleError:
                continue  # told as a variable that cannot be computed
            if isinstance(folder, str):
                yield from judge(Path(folder).expanduser())

    def _unfit(self, name: str, task_vars: Mapping[str, Any], options: Mapping[str, variables.Spec]) -> str:
        try:
            return unfit(name, self._templar.template(task_vars[name]), options[name])
        except AnsibleError as error:
            # Facts come later, when the role itself runs.
            unknown_yet = "ansible_facts" in str(error)
            return (
                "" if unknown_yet else f"variable {name} cannot be computed: {' '.join(str(error).split())}"
            )


def _of_host(arguments: Mapping[str, Any]) -> Iterator[Remark]:
    yield from preflight.of_link(arguments["link"], arguments["slow_ms"])
    if arguments["link"]["problem"]:
        return
    server = arguments["server"].get("server")
    if server is None:
        said = str(arguments["server"].get("module_stderr") or arguments["server"].get("msg", "nothing"))
        problem = f"cannot be looked at ({' '.join(said.split())[:160]})"
        yield Remark(STOP, problem, "it needs Python 3, and sudo for the admin")
        return
    bags: dict[str, int] | None = None
    path = Path(arguments["release"]) if arguments["release"] else None
    if path is not None and path.is_file():
        try:
            release = json.loads(path.read_text(encoding="utf-8"))
            if arguments["route"] == "remote":
                yield from preflight.of_licences(release)
            else:
                bags = preflight.bags_of(release, arguments["collections"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            yield Remark(STOP, f"{path} is no release ({error!r})", "pack it anew")
    needs = Needs(
        releases=arguments["debian"],
        architectures=arguments["architectures"],
        memory_bytes=arguments["memory_mib"] << 20,
        root_free_bytes=arguments["system_free_mib"] << 20,
        clock_seconds=arguments["clock_seconds"],
        disk_serial=arguments["disk_serial"],
        bags=bags,
        capacity_bytes=int(arguments["capacity_tb"] * 10**12),
    )
    yield from preflight.of_server(server, needs)
