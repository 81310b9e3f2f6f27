"""Probe the SSH line to a host from the controller. Never fails: what is wrong is in the result."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import paramiko
from ansible.plugins.action import ActionBase

from shulu.campaign.link import Link, probe, target
from shulu.campaign.throughput import Sampling


class ActionModule(ActionBase):
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(
            {
                "timeout": {"type": "float", "default": 10.0},
                "samples": {"type": "int", "default": 0},
                "sample_bytes": {"type": "int", "default": 8_000_000},
                "sample_seconds": {"type": "float", "default": 4.0},
            }
        )
        sampling = Sampling(arguments["samples"], arguments["sample_bytes"], arguments["sample_seconds"])
        options = {
            name: self._option(task_vars or {}, name)
            for name in ("host", "user", "port", "ssh_private_key_file", "ssh_common_args")
        }
        try:
            to = target(
                options["host"],
                options["ssh_common_args"],
                user=options["user"],
                port=int(options["port"] or 0),
                key=options["ssh_private_key_file"],
            )
            link = probe(to, arguments["timeout"], sampling)
        except (OSError, paramiko.ConfigParseError) as error:
            link = Link(
                f"its ssh_config cannot be read ({error})", "mend ansible_ssh_common_args or the file"
            )
        return {"changed": False, "link": asdict(link)}

    def _option(self, task_vars: dict[str, Any], name: str) -> str:
        value = self._templar.template(task_vars.get(f"ansible_{name}", ""))
        return str(value or (task_vars["inventory_hostname"] if name == "host" else ""))
