"""Ansible module ``unit``: a systemd unit as it should be, planned before it is touched."""

from __future__ import annotations

DOCUMENTATION = r"""
module: unit
short_description: Start, stop, enable or restart a systemd unit, foretold by a rehearsal
description:
  - Plans first and then acts, so that C(--check) and the run report the same.
  - Under C(--check) a unit that is not installed yet counts as one that an earlier task will have installed.
    It is then to be started and enabled. In a real run a missing unit is an error.
  - Reloads systemd's manager by itself when the unit's files on disk are newer than what systemd holds.
options:
  name:
    description: Name of the unit, with its suffix.
    type: str
    required: true
  state:
    description:
      - What the unit should do. V(restarted) and V(reloaded) always act and always report a change.
      - V(reloaded) starts a unit that does not run, and restarts one that cannot reload.
    type: str
    choices: [started, stopped, restarted, reloaded, none]
    default: none
  enabled:
    description: Whether the unit starts when the host boots; left alone when not given.
    type: bool
  daemon_reload:
    description: Reload systemd's manager in any case; it never counts as a change.
    type: bool
    default: false
attributes:
  check_mode: {support: full, description: Reports exactly what the run would do., details: ""}
author: [shulu]
"""

EXAMPLES = r"""
- name: Run the reading portal
  unit:
    name: shulu-portal.service
    state: started
    enabled: true
"""

RETURN = r"""
actions:
  description: The verbs given to systemctl, in their order.
  type: list
  elements: str
  returned: always
"""

import subprocess
from dataclasses import dataclass

from ansible.module_utils.basic import AnsibleModule

RUNNING = {"active", "activating", "reloading"}
ENABLED = {"enabled", "alias", "static", "generated"}


@dataclass(frozen=True, slots=True)
class UnitState:
    """What systemd says of a unit (systemctl(1), ``show`` and ``is-enabled``)."""

    installed: bool
    active: str = "inactive"
    enabled: str = ""
    stale: bool = False


class UnitError(Exception):
    """A unit that cannot be brought where it should be."""


def plan(state: str, enabled: bool | None, now: UnitState, rehearsal: bool) -> list[str]:
    """Return the verbs for systemctl that bring a unit from ``now`` to ``state`` and ``enabled``.

    Raises UnitError for a unit that is missing in a real run, or masked.
    """
    wanted = state in {"started", "restarted", "reloaded"} or enabled is True
    if wanted and not now.installed and not rehearsal:
        raise UnitError(
            "it is not installed on this host; install the package or the unit file before this task"
        )
    if wanted and now.enabled.startswith("masked"):
        raise UnitError("it is masked on this host; somebody switched it off: systemctl unmask it first")
    verbs: list[str] = []
    if enabled is True and now.enabled not in ENABLED:
        verbs.append("enable")
    if enabled is False and now.enabled.startswith("enabled"):
        verbs.append("disable")
    running = now.active in RUNNING
    if state == "restarted":
        verbs.append("restart")
    elif state == "reloaded":
        verbs.append("reload-or-restart")
    elif state == "started" and not running:
        verbs += ["reset-failed", "start"] if now.active == "failed" else ["start"]
    elif state == "stopped" and running:
        verbs.append("stop")
    return verbs


def systemctl(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemctl without a pager and without asking; the caller judges the exit code."""
    command = ["systemctl", "--no-pager", "--no-ask-password", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def look(name: str) -> UnitState:
    """Ask systemd about a unit.

    Raises UnitError when systemd does not answer.
    """
    asked = ("LoadState", "ActiveState", "NeedDaemonReload")
    answer = systemctl("show", name, "--property=" + ",".join(asked))
    if answer.returncode:
        raise UnitError(f"systemd does not answer: {answer.stderr.strip()}")
    shown = dict(line.split("=", 1) for line in answer.stdout.splitlines() if "=" in line)
    return UnitState(
        installed=shown.get("LoadState") not in {"not-found", None},
        active=shown.get("ActiveState", "inactive"),
        enabled=systemctl("is-enabled", name).stdout.strip(),
        stale=shown.get("NeedDaemonReload") == "yes",
    )


def act(name: str, verbs: list[str]) -> None:
    """Give the planned verbs to systemctl.

    Raises UnitError with the unit's own last words when one fails.
    """
    for verb in verbs:
        done = systemctl(verb, name)
        if done.returncode:
            status = systemctl("status", "--lines=15", "--full", name).stdout.strip()
            raise UnitError(f"systemctl {verb} failed: {done.stderr.strip()}\n{status}")


def main() -> None:
    """Read the options, plan, and act unless this is a rehearsal."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {
                "type": "str",
                "choices": ["started", "stopped", "restarted", "reloaded", "none"],
                "default": "none",
            },
            "enabled": {"type": "bool"},
            "daemon_reload": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    name = module.params["name"]
    try:
        now = look(name)
        if not module.check_mode and (now.stale or module.params["daemon_reload"]):
            systemctl("daemon-reload")
            now = look(name)
        verbs = plan(module.params["state"], module.params["enabled"], now, module.check_mode)
        if not module.check_mode:
            act(name, verbs)
    except UnitError as problem:
        module.fail_json(msg=f"{name}: {problem}")
    module.exit_json(changed=bool(verbs), actions=verbs)


if __name__ == "__main__":
    main()
