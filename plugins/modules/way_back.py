"""Ansible module ``way_back``: refuse to lock out whoever runs the play."""

from __future__ import annotations

DOCUMENTATION = r"""
module: way_back
short_description: Refuse settings that would lock out whoever runs the play
description:
  - Looks at the login this very connection uses, and holds it against the admins and the networks to come.
  - Changes nothing. Says all that stands against it at once.
options:
  admins:
    description: Names of the users that will be able to log in by key.
    type: list
    elements: str
    required: true
  networks:
    description: CIDRs from which SSH will be reachable.
    type: list
    elements: str
    required: true
attributes:
  check_mode: {support: full, description: It only reads., details: ""}
author: [shulu]
"""

EXAMPLES = r"""
- name: Keep the way back in
  way_back:
    admins: [admin]
    networks: [10.99.0.0/16]
"""

RETURN = r"""
login:
  description: The user that this connection logged in as.
  type: str
  returned: success
source:
  description: The address that this connection comes from; empty for one that is not SSH.
  type: str
  returned: success
"""

import os
import pwd
from ipaddress import ip_address, ip_network
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

PROC = Path("/proc")


def environment(pid: int, proc: Path = PROC) -> dict[str, str]:
    """Return the variables that a process was started with."""
    try:
        entries = (proc / str(pid) / "environ").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return {}
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def parent(pid: int, proc: Path = PROC) -> int:
    """Return the parent of a process, 0 at the top."""
    try:
        # proc_pid_stat(5): the name in parentheses may hold spaces; state and parent follow it.
        return int((proc / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def connection(pid: int, proc: Path = PROC) -> tuple[str, str]:
    """Return the user and the source address of the SSH login that a process descends from.

    sudo(8) drops SSH_CONNECTION from the environment; the processes above still have it. Both are empty
    where no SSH is above.
    """
    while pid > 1:
        seen = environment(pid, proc)
        if "SSH_CONNECTION" in seen:
            return seen.get("USER", ""), seen["SSH_CONNECTION"].split()[0]
        pid = parent(pid, proc)
    return "", ""


def obstacles(login: str, source: str, admins: list[str], networks: list[str]) -> list[str]:
    """Return each reason why this login would not come in again, with its remedy."""
    found = []
    if login == "root":
        found.append("you are logged in as root, who may not log in any more; log in as one of the admins")
    elif login not in admins:
        found.append(f"you are logged in as {login}, who is none of the admins; add {login} to base_admins")
    if source and not any(ip_address(source) in ip_network(network, strict=False) for network in networks):
        found.append(f"you come from {source}, where SSH will not be open; add it to base_ssh_from")
    return found


def main() -> None:
    """Compare this connection with what is to come."""
    module = AnsibleModule(
        argument_spec={
            "admins": {"type": "list", "elements": "str", "required": True},
            "networks": {"type": "list", "elements": "str", "required": True},
        },
        supports_check_mode=True,
    )
    login, source = connection(os.getpid())
    if source:
        login = login or pwd.getpwuid(os.getuid()).pw_name
        found = obstacles(login, source, module.params["admins"], module.params["networks"])
        if found:
            module.fail_json(msg="this run would lock you out: " + "; ".join(found))
    module.exit_json(changed=False, login=login, source=source)


if __name__ == "__main__":
    main()
