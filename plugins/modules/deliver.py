"""Ansible module ``deliver``: one step of a delivery on a library's server.

The action plugin of the same name strings the steps together.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: deliver
short_description: Bring the upstream's release to a library and watch it come
description:
  - Starts the unit C(shulu-deliver.service), or joins it when it runs already, and prints how far it is.
  - The work is the unit's, not the run's. A broken connection or the end of O(wait_seconds) leaves it to
    itself, and the next run joins it.
  - A library that waits for its disk or for its window is no error. One that refused a release is, with
    the library's own reason. That it goes on waiting for its window is no change either.
  - A O(release) does not wait for a delivery that is under way, which may be paused for days. That one is
    stopped, and started again behind it; what it has fetched stays.
  - Under C(--check) asks C(shulu deliver --plan). A host that has no shulu yet has nothing live either, so
    that its first delivery is foretold as a change.
options:
  library:
    description: Code of the library, for the lines of progress.
    type: str
    required: true
  route:
    description: How content reaches the library.
    type: str
    choices: [network, disk, remote]
    required: true
  upstream:
    description:
      - What this module returned for the library's upstream in the same run; empty where it had no part.
      - Used in a rehearsal only, where the upstream itself still shows what it has now.
    type: dict
    default: {}
  release:
    description:
      - Folder on the controller with a signed release to make live instead of what the route offers. Bags
        that are not on the server come from its upstream, whatever the window; without one it waits for them.
    type: path
  window:
    description:
      - Hours in which the library's line may be used, as in V(22:00-06:00); empty means at any time.
      - Used in a rehearsal only; the delivery itself goes by its own settings.
    type: str
    default: ""
  former:
    description:
      - In a rehearsal, the C(release.json) whose bags O(release) will name anew by then; empty where
        O(release) is there already.
    type: path
  wait_seconds:
    description: How long the run watches.
    type: int
    default: 86400
  progress_seconds:
    description: Seconds between two lines of progress.
    type: int
    default: 5
  step:
    description: Which step to take on the server; set by the action plugin.
    type: str
    choices: [plan, foresee, begin, watch, take]
    default: plan
  files:
    description: The files of O(release) by their names, in base64; set by the action plugin.
    type: dict
    default: {}
attributes:
  check_mode: {support: full, description: Asks the server what it would do., details: ""}
author: [shulu]
"""

EXAMPLES = r"""
- name: Deliver
  deliver:
    library: "990101"
    route: network
"""

RETURN = r"""
state:
  description: What the delivery came to; one of live, waiting, paused, failed, detached, planned.
  type: str
  returned: always
live:
  description: What is live now, as C(shulu status --json) tells it; empty when nothing is.
  type: dict
  returned: always
waits:
  description: Whether what is to come has to wait for the library's window.
  type: bool
  returned: in a rehearsal
release:
  description: Epoch and serial of what is, or would be, live.
  type: dict
  returned: always
message:
  description: The library's own words on how it went.
  type: str
  returned: always
seconds:
  description: How long the run watched.
  type: float
  returned: in a real run
"""

import base64
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

SHULU = "/usr/bin/shulu"
UNIT = "shulu-deliver.service"
LABEL = "SHULU-"
LOOK_SECONDS = 0.2
STEPS = ("plan", "foresee", "begin", "watch", "take")
BUSY = {"start-pre", "start", "start-post", "running"}
IDLE = {"waiting", "paused"}
UNDER_WAY = {"active", "activating", "reloading", "deactivating"}
KILLED = {"signal", "core-dump", "oom-kill", "watchdog"}


class DeliverError(Exception):
    """A server that cannot deliver or cannot tell."""


def command(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command; the caller judges the exit code."""
    return subprocess.run(words, capture_output=True, text=True, check=False)


def ask(*words: str) -> dict[str, Any]:
    """Ask shulu for JSON.

    Raises DeliverError with shulu's own findings when it does not answer.
    """
    answer = command(SHULU, *words, "--json")
    try:
        said: dict[str, Any] = json.loads(answer.stdout)
    except ValueError as problem:
        reason = (answer.stderr or answer.stdout).strip() or f"it ended with {answer.returncode}"
        raise DeliverError(f"shulu {' '.join(words)}: {reason}") from problem
    return said


@contextmanager
def set_aside() -> Iterator[bool]:
    """Have no delivery under way; one that was goes on behind it. Yield whether one was.

    Also one that waits for another attempt: it could come back in the middle.
    Raises DeliverError when it cannot be stopped.
    """
    busy = unit().get("ActiveState") in UNDER_WAY
    if busy and (stopped := command("systemctl", "stop", UNIT)).returncode:
        raise DeliverError(f"the delivery under way cannot be stopped: {stopped.stderr.strip()}")
    try:
        yield busy
    finally:
        if busy:
            command("systemctl", "start", "--no-block", UNIT)


@contextmanager
def laid_down(files: dict[str, str]) -> Iterator[str]:
    """Yield a folder that has these files, given in base64."""
    with tempfile.TemporaryDirectory(prefix="shulu-release-", dir="/run") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for file, text in files.items():
            (folder / file).write_bytes(base64.b64decode(text))
        yield name


def foresee(files: dict[str, str], *, anew: bool) -> dict[str, Any]:
    """Return what ``take`` would come to; with ``anew`` for a later serial that names these files' bags.

    Raises DeliverError with shulu's findings.
    """
    status = status_now()
    if not status:
        return {"changed": True, "live": {}, "release": {}, "message": "first delivery"}
    with laid_down(files) as name:
        said = ask("deliver", "--from", name, "--plan", *(["--anew"] if anew else []))
    return {
        "changed": said["would_change"],
        "live": status["live"] or {},
        "release": said["release"] or {},
        "message": said["reason"],
    }


def take(files: dict[str, str]) -> dict[str, Any]:
    """Make a release live whose bags are here or at the upstream; else it waits for them.

    Raises DeliverError with shulu's findings.
    """
    with set_aside() as resumed, laid_down(files) as name:
        done = command(SHULU, "deliver", "--from", name, "--json")
        live = ask("status").get("live") or {}
    if done.returncode:
        raise DeliverError(done.stderr.strip() or f"shulu deliver ended with {done.returncode}")
    said: dict[str, Any] = json.loads(done.stdout)
    return {
        "changed": said["changed"],
        "message": said["message"] + ("; the delivery that was under way goes on" if resumed else ""),
        "live": live,
        "release": live,
        # A server that is not provisioned anew yet may have a shulu that does not say it.
        "state": said.get("state", "live"),
    }


def unit() -> dict[str, str]:
    """Return what systemd says of the delivery's unit (systemctl(1), ``show``)."""
    asked = "--property=LoadState,ActiveState,SubState,Result,NeedDaemonReload"
    shown = command("systemctl", "show", UNIT, asked).stdout
    return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)


def serial(release: dict[str, Any] | None) -> tuple[int, int] | None:
    """Return a release's (epoch, serial); None where nothing is live."""
    return (int(release["epoch"]), int(release["serial"])) if release else None


def disk_plugged() -> bool:
    """Tell whether any block device carries a shipped disk's label (blkid(8)); works without udev."""
    found = command("blkid", "-c", "/dev/null", "-s", "LABEL", "-o", "value").stdout
    return any(line.startswith(LABEL) for line in found.splitlines())


def foretell(
    planned: dict[str, Any], live: dict[str, Any] | None, upstream: dict[str, Any]
) -> dict[str, Any]:
    """Return the plan of a library, given what its upstream will have by then.

    The library itself can only see what its upstream has now.
    """
    if not upstream:
        return planned
    coming = upstream.get("release") or None
    comes = upstream.get("changed") and not upstream.get("waits")
    if comes and (coming is None or serial(coming) != serial(live)):
        # Which of its bags are here already, nobody can tell before the upstream has it.
        what = {"release": coming, "bags": None}
        return planned | what | {"would_change": True, "reason": "the upstream will have it"}
    if not comes and not upstream.get("live"):
        return planned | {"would_change": False, "reason": "the upstream has no release"}
    return planned


def status_now() -> dict[str, Any]:
    """Return ``shulu status``; empty on a host that has no shulu yet."""
    return ask("status") if Path(SHULU).exists() else {}


def plan(route: str, upstream: dict[str, Any]) -> dict[str, Any]:
    """Return what a delivery by the route would come to, its window left aside; touches nothing.

    ``clock`` is the server's local time, ``activity`` the state of its last delivery, ``bags`` the number
    that is to be brought where that is known.
    """
    status = status_now()
    live = status.get("live")
    said: dict[str, Any]
    if live:
        said = ask("deliver", "--plan")
    else:
        # Before its first delivery a library may not be known to its upstream yet, or have no shulu at all.
        would = route != "disk" or disk_plugged()
        said = {"would_change": would, "reason": "first delivery" if would else "no disk is plugged in"}
    if route != "disk":
        said = foretell(said, live, upstream)
    return {
        "changed": bool(said["would_change"]),
        "live": live or {},
        "release": said.get("release") or {},
        "message": said.get("reason") or "",
        "bags": said.get("bags"),
        "activity": status["activity"]["state"] if status else "",
        "clock": time.strftime("%H:%M:%S"),
    }


def begin(state: str) -> str:
    """Start the unit, or join it when it works; return ``started`` or ``joined``.

    ``state`` is that of the status's activity.
    Raises DeliverError when systemd does not start it.
    """
    stale = unit().get("NeedDaemonReload") == "yes"
    command("systemctl", "daemon-reload")
    shown = unit()
    if shown.get("LoadState") != "loaded":
        raise DeliverError(f"{UNIT} is not installed on this host; run playbooks/provision.yml first")
    if shown.get("SubState") == "running" and not stale and state not in IDLE:
        return "joined"
    # What waits, for its line or its next attempt, begins anew at once and with the settings of now.
    command("systemctl", "reset-failed", UNIT)
    started = command("systemctl", "restart", UNIT)
    if started.returncode and unit().get("SubState") != "running":
        raise DeliverError(last_words() or started.stderr.strip())
    return "started"


def last_words() -> str:
    """Return the last line that the unit wrote into the journal."""
    said = command("journalctl", "--unit", UNIT, "--lines=1", "--output=cat", "--no-pager").stdout
    return said.strip()


def watch(seconds: float) -> dict[str, Any]:
    """Wait for the unit's end for at most so many seconds; return its state with shulu's status.

    ``ended`` tells whether the unit rests: it has ended, has failed and waits for another attempt, or
    waits for its window, which may be a day away.
    """
    until = time.monotonic() + seconds
    while True:
        shown = unit()
        status = None if shown.get("SubState") in BUSY else ask("status")
        # Killed in the middle of its work, it comes back by itself; a failure of its own is an end.
        killed = shown.get("SubState", "").startswith("auto-restart") and shown.get("Result") in KILLED
        late = time.monotonic() >= until
        if late or (status and not killed):
            status = status or ask("status")
            paused = status["activity"]["state"] == "paused"
            return {
                "ended": paused or not (shown.get("SubState") in BUSY or killed),
                "unit": shown,
                "status": status,
            }
        time.sleep(LOOK_SECONDS)


def main() -> None:
    """Read the options and take the step."""
    module = AnsibleModule(
        argument_spec={
            "library": {"type": "str", "required": True},
            "route": {"type": "str", "choices": ["network", "disk", "remote"], "required": True},
            "upstream": {"type": "dict", "default": {}},
            "wait_seconds": {"type": "int", "default": 86400},
            "progress_seconds": {"type": "int", "default": 5},
            "step": {"type": "str", "choices": [*STEPS], "default": "plan"},
            "release": {"type": "path"},
            "window": {"type": "str", "default": ""},
            "former": {"type": "path"},
            "files": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    options = module.params
    seconds = min(options["progress_seconds"], options["wait_seconds"])
    try:
        if options["step"] == "plan":
            module.exit_json(**plan(options["route"], options["upstream"]))
        if options["step"] == "foresee":
            module.exit_json(**foresee(options["files"], anew=bool(options["former"])))
        if options["step"] == "take":
            module.exit_json(**take(options["files"]))
        if options["step"] == "begin":
            before = ask("status")
            how = begin(before["activity"]["state"])
            watched = watch(seconds)
            was = {"before": before["live"] or {}, "was": before["activity"]["state"]}
            module.exit_json(changed=False, how=how, **was, **watched)
        module.exit_json(changed=False, **watch(seconds))
    except DeliverError as problem:
        module.fail_json(msg=str(problem))


if __name__ == "__main__":
    main()
