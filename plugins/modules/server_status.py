"""Ansible module ``server_status``: what a server says of its content and its receipts. Reads only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: server_status
short_description: Tell what a server says of its content, and which receipts it holds
description:
  - Reads only, so it does the same under C(--check).
  - A server that nobody has set up yet is no failure; its C(status) is empty and C(provisioned) is false.
options:
  command:
    description: The agent's command.
    type: path
    default: /usr/bin/shulu
  receipts:
    description: Folder of the receipts that came in, one folder a library; only mirrors have it.
    type: path
    default: /var/lib/shulu-receipts
  own:
    description: Whether its own receipts are asked for too; who has a server above has them there.
    type: bool
    default: false
attributes:
  check_mode: {support: full, description: Reads only., details: ""}
author: [shulu]
"""

EXAMPLES = r"""
- name: Ask the server
  server_status:
"""

RETURN = r"""
provisioned:
  description: Whether the agent is installed.
  type: bool
  returned: success
status:
  description: The answer of C(shulu status --json), empty where there is none.
  type: dict
  returned: success
problem:
  description: Why there is no answer, empty where all is well.
  type: str
  returned: success
receipts:
  description: >-
    C(release), C(route), C(started) and C(ended) of the newest receipt of each library, by its code. Only
    receipts whose signature holds count.
  type: dict
  returned: success
receipt_findings:
  description: What is wrong with receipts that came in and are newer than these.
  type: list
  elements: str
  returned: success
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

PATIENCE_SECONDS = 300


def ask(command: Path, *words: str) -> tuple[dict[str, Any], str]:
    """Return the JSON object that a command of the agent prints and "", or nothing and what went wrong."""
    try:
        done = subprocess.run(
            [str(command), *words, "--json"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return {}, str(error)
    try:
        said = json.loads(done.stdout)
    except (ValueError, RecursionError):
        return {}, " ".join(done.stderr.split())[
            -200:
        ] or f"its answer is no JSON, exit code {done.returncode}"
    return (said, "") if isinstance(said, dict) else ({}, "its answer is no JSON object")


def newest(receipts: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what the newest receipt of each library says of release, route, start and end, by its code."""
    found: dict[str, dict[str, Any]] = {}
    for receipt in sorted(receipts, key=lambda each: str(each["ended"])):
        found[receipt["library"]] = {key: receipt[key] for key in ("release", "route", "started", "ended")}
    return found


def look(command: Path, receipts: Path, *, own: bool) -> dict[str, Any]:
    """Return everything that is told of this server."""
    if not command.exists():
        return {"provisioned": False, "status": {}, "problem": "", "receipts": {}, "receipt_findings": []}
    status, problem = ask(command, "status")
    holds = own or receipts.is_dir()
    came, broken = ask(command, "receipt", "check", "--newest") if holds else ({}, "")
    return {
        "provisioned": True,
        "status": status,
        "problem": problem,
        "receipts": newest(came.get("receipts", [])),
        "receipt_findings": [broken] if broken else came.get("findings", []),
    }


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(
        {
            "command": {"type": "path", "default": "/usr/bin/shulu"},
            "receipts": {"type": "path", "default": "/var/lib/shulu-receipts"},
            "own": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    command, receipts = Path(module.params["command"]), Path(module.params["receipts"])
    module.exit_json(changed=False, **look(command, receipts, own=module.params["own"]))


if __name__ == "__main__":
    main()
