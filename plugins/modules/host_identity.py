"""Ansible module ``host_identity``: what a host calls itself and which clock it shows."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_identity
short_description: Set a host's name and its time zone
description:
  - Sets the name now and for later boots, and lets the host resolve it without a name server.
  - The zone's file need not be installed yet when a rehearsal asks.
options:
  hostname:
    description: The name, one label of RFC 1123.
    type: str
    required: true
  timezone:
    description: The zone as the IANA database names it.
    type: str
    required: true
attributes:
  check_mode: {support: full, description: Reports exactly what the run would do., details: ""}
author: [shulu]
"""

EXAMPLES = r"""
- name: Name the host
  host_identity:
    hostname: library-990101
    timezone: Asia/Shanghai
"""

RETURN = r"""
changes:
  description: What was set, or would be.
  type: list
  elements: str
  returned: success
"""

import re
import socket
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
ZONES = Path("/usr/share/zoneinfo")
# Debian keeps the host's own name here, apart from the loopback's (hostname(1)).
OWN_ADDRESS = "127.0.1.1"


def hosts_text(text: str, hostname: str) -> str:
    """Return the text of hosts(5) with one line for the host's own name; all other lines stay."""
    line = f"{OWN_ADDRESS}\t{hostname}"
    lines = [each for each in text.splitlines() if each.split("#")[0].split()[:1] != [OWN_ADDRESS]]
    after = next((i for i, each in enumerate(lines, 1) if each.split()[:1] == ["127.0.0.1"]), 0)
    return "\n".join([*lines[:after], line, *lines[after:]]) + "\n"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def plan(root: Path, hostname: str, timezone: str, current: str) -> dict[str, str]:
    """Return what is to be set, by what it is: the file's path below ``root``, or ``kernel``."""
    wanted = {
        "etc/hostname": f"{hostname}\n",
        "etc/hosts": hosts_text(_read(root / "etc/hosts"), hostname),
        "etc/timezone": f"{timezone}\n",
    }
    changes = {path: text for path, text in wanted.items() if _read(root / path) != text}
    zone = root / "etc/localtime"
    if not zone.is_symlink() or zone.readlink() != ZONES / timezone:
        changes["etc/localtime"] = str(ZONES / timezone)
    if current != hostname:
        changes["kernel"] = hostname
    return changes


def act(root: Path, changes: dict[str, str]) -> None:
    """Set what the plan says.

    Raises OSError, also for a zone that is not installed.
    """
    for name, value in changes.items():
        path = root / name
        if name == "kernel":
            socket.sethostname(value)
        elif name == "etc/localtime":
            if not Path(value).is_file():
                raise FileNotFoundError(f"{value} is not there; correct the zone's name, or install tzdata")
            draft = path.with_name(".localtime.new")
            draft.unlink(missing_ok=True)
            draft.symlink_to(value)
            draft.replace(path)
        else:
            path.write_text(value, encoding="utf-8")


def main() -> None:
    """Read the options, plan, and act unless this is a rehearsal."""
    module = AnsibleModule(
        argument_spec={
            "hostname": {"type": "str", "required": True},
            "timezone": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    hostname, timezone = module.params["hostname"], module.params["timezone"]
    if not LABEL.fullmatch(hostname):
        module.fail_json(
            msg=f"{hostname} is no host name; use lower case letters, digits and hyphens, at most 63"
        )
    changes = plan(Path("/"), hostname, timezone, socket.gethostname())
    if not module.check_mode:
        try:
            act(Path("/"), changes)
        except OSError as problem:
            module.fail_json(msg=str(problem))
    module.exit_json(changed=bool(changes), changes=sorted(changes))


if __name__ == "__main__":
    main()
