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
  description: The newest receipt of each library, by its code.
  type: dict
  returned: success
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

PATIENCE_SECONDS = 60
RECEIPT_BYTES = 1 << 20


def ask(command: Path) -> tuple[dict[str, Any], str]:
    """Return the status and "", or nothing and what went wrong."""
    try:
        done = subprocess.run(
            [str(command), "status", "--json"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return {}, str(error)
    if done.returncode:
        return {}, " ".join(done.stderr.split())[-200:] or f"exit code {done.returncode}"
    try:
        said = json.loads(done.stdout)
    except ValueError as error:
        return {}, f"its answer is no JSON ({error})"
    return (said, "") if isinstance(said, dict) else ({}, "its answer is no JSON object")


def newest_receipts(folder: Path) -> dict[str, Any]:
    """Return the newest receipt of each library that has one."""
    found = {}
    for library in sorted(folder.iterdir()) if folder.is_dir() else []:
        receipts = [path for path in library.glob("*.json") if path.is_file() and not path.is_symlink()]
        for path in sorted(receipts, key=lambda each: each.stat().st_mtime, reverse=True)[:1]:
            if (receipt := read_receipt(path)) is not None:
                found[library.name] = receipt
    return found


def read_receipt(path: Path) -> dict[str, Any] | None:
    """Return a receipt, None where the file is none: libraries write here."""
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(RECEIPT_BYTES))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(
        {
            "command": {"type": "path", "default": "/usr/bin/shulu"},
            "receipts": {"type": "path", "default": "/var/lib/shulu-receipts"},
        },
        supports_check_mode=True,
    )
    command = Path(module.params["command"])
    status, problem = ask(command) if command.exists() else ({}, "")
    module.exit_json(
        changed=False,
        provisioned=command.exists(),
        status=status,
        problem=problem,
        receipts=newest_receipts(Path(module.params["receipts"])),
    )


if __name__ == "__main__":
    main()
