"""Action plugin ``deliver``: starts or joins a library's delivery and says how far it is."""

from __future__ import annotations

import base64
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from shulu.delivery.window import Window
from shulu.progress import human_bytes, human_seconds

display = Display()

LOST_LOOKS = 3
REPEAT_SECONDS = 60.0
RETRY_SECONDS = 2.0


def progress_line(library: str, status: dict[str, Any]) -> str:
    """Return one line that says how far a library is, from what ``shulu status --json`` tells."""
    activity = status.get("activity") or {}
    words = [library, str(status.get("name", "")), str(activity.get("state", "?"))]
    total, done = int(activity.get("total_bytes") or 0), int(activity.get("done_bytes") or 0)
    if total:
        words.append(f"{100 * done / total:.0f} % of {human_bytes(total)}")
        words.append(f"{human_bytes(float(activity.get('rate') or 0))}/s")
        words.append(f"{human_seconds(activity.get('seconds_left'))} left")
    if activity.get("message"):
        words.append(str(activity["message"]))
    return "  ".join(word for word in words if word)


def serial(release: dict[str, Any] | None) -> tuple[int, int] | None:
    """Return a release's (epoch, serial); None where nothing is live."""
    return (int(release["epoch"]), int(release["serial"])) if release else None


def shown(release: dict[str, Any]) -> tuple[object, ...]:
    """Return what readers see: (epoch, serial), and each bag with its version and whether it is whole."""
    bags = [(bag["id"], bag.get("version"), bag.get("whole", True)) for bag in release.get("bags", [])]
    return serial(release), sorted(bags)


def held_back(planned: dict[str, Any], route: str, window: str) -> dict[str, Any]:
    """Return the plan of a library, given the window of its line.

    ``planned`` is the plan as if the line were free at any time. While the window is closed what lacks bags
    waits; what has waited already goes on waiting, which is no change.
    """
    clock = datetime.strptime(planned["clock"], "%H:%M:%S") if planned.get("clock") else datetime.now()
    its = Window.parse(window if route == "network" else "")
    if not planned.get("changed") or planned.get("bags") == 0 or its.is_open(clock):
        return planned | {"waits": False}
    message = f"waits for its window {its}"
    return planned | {"waits": True, "changed": planned.get("activity") != "paused", "message": message}


def outcome(look: dict[str, Any], before: dict[str, Any], was: str) -> dict[str, Any]:
    """Return the task's result from the last look at a library.

    ``before`` is what was live and ``was`` the state of its delivery when the run came. It is changed when
    what is live has changed, or when a transfer is under way that will change it. One that is paused is
    under way, too, unless it was when the run came: a library pauses only with bags outstanding, which a
    rehearsal foretells.
    """
    status = look["status"]
    activity = status.get("activity") or {}
    state, live = str(activity.get("state", "idle")), status.get("live") or {}
    broke = look["unit"].get("ActiveState") == "failed" or state == "failed"
    if not look["ended"]:
        state = "detached"
    elif broke:
        state = "failed"
    elif state == "idle" and live:
        state = "live"
    moved = shown(live) != shown(before)
    return {
        "changed": moved or state == "detached" or (state == "paused" and was != "paused"),
        "failed": state == "failed",
        "state": state,
        "live": live,
        "release": {"epoch": live["epoch"], "serial": live["serial"]} if live else {},
        "message": str(activity.get("message") or ""),
    }


class ActionModule(ActionBase):
    """Strings the module's steps together and prints whole lines: several hosts share the terminal."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the plan in a rehearsal; otherwise deliver, watch, and return the outcome."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        del tmp
        self._task_vars = task_vars or {}
        folder = self._task.args.get("release")
        if folder:
            return result | self._make_live(Path(str(folder)))
        if self._task.check_mode:
            route, window = str(self._task.args["route"]), str(self._task.args.get("window") or "")
            return result | held_back(self._step("plan"), route, window) | {"state": "planned"}
        return result | self._deliver()

    def _make_live(self, folder: Path) -> dict[str, Any]:
        former = self._task.args.get("former")
        if self._task.check_mode and former:
            files = {"release.json": Path(str(former))}
        else:
            files = {name: folder / name for name in ("release.json", "release.json.sig")}
        coded = {name: base64.b64encode(file.read_bytes()).decode() for name, file in files.items()}
        if self._task.check_mode:
            return self._step("foresee", files=coded) | {"state": "planned"}
        return self._step("take", files=coded)

    def _deliver(self) -> dict[str, Any]:
        library = str(self._task.args["library"])
        began = time.monotonic()
        patience = float(self._task.args.get("wait_seconds", 86400))
        look = self._step("begin")
        if look.get("failed") or look.get("unreachable"):
            return look
        before, was = look["before"], look["was"]
        if look["how"] == "joined":
            display.display(f"{library}  joined the delivery that was under way", color="cyan")
            look = self._watch(library, look, began + patience)
            if look["ended"]:
                # What was under way may have begun before the upstream had its newest release.
                look = self._step("begin")
                if look.get("failed") or look.get("unreachable"):
                    return look
        look = self._watch(library, look, began + patience)
        done = outcome(look, before, was) | {"seconds": round(time.monotonic() - began, 1)}
        if done["failed"]:
            done["msg"] = (
                f"{library}: {done['message'] or 'the delivery failed: journalctl -u shulu-deliver'}"
            )
        elif done["state"] == "detached":
            done["message"] = "goes on by itself; playbooks/status.yml tells how far it is"
        display.display(f"{library}  {done['state']}  {done['message']}".rstrip(), color="cyan")
        return done

    def _watch(self, library: str, look: dict[str, Any], until: float) -> dict[str, Any]:
        lost, said, said_at = 0, "", 0.0
        while not look["ended"] and time.monotonic() < until:
            line = progress_line(library, look["status"])
            # A library that waits says so once a minute, not at every look.
            if line != said or time.monotonic() - said_at >= REPEAT_SECONDS:
                said, said_at = line, time.monotonic()
                display.display(line, color="cyan")
            try:
                new = self._step("watch")
                lost = 0
                if new.get("failed"):
                    break
                look = new
            except AnsibleConnectionFailure:
                lost += 1
                if lost == LOST_LOOKS:
                    break
                time.sleep(RETRY_SECONDS)
        return look

    def _step(self, step: str, **more: object) -> dict[str, Any]:
        arguments = self._task.args | {"step": step} | more
        answer: dict[str, Any] = self._execute_module(
            module_name="deliver", module_args=arguments, task_vars=self._task_vars
        )
        return answer
