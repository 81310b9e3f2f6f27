from __future__ import annotations

DOCUMENTATION = r"""
name: failed
type: aggregate
short_description: Keep which libraries a roll-out has still to do, for C(--limit @FILE)
description:
  - Behind a roll-out (site, provision, deliver, serve, rollback), writes one library a line into C(failed) in
    the province's work folder C(shulu_work). It has those that failed or were not reached, and those
    that the run did not come to because it stopped before them.
  - Where the controller has a part in the work (rollback signs there), the limit it shows names C(localhost).
  - A library leaves the file when a later roll-out does it without a failure. An empty file is removed.
  - A rehearsal writes nothing.
"""

from pathlib import Path
from typing import Any

from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible.template import Templar, trust_as_template

from shulu.campaign.unfinished import update

ROLLOUTS = {"site", "provision", "deliver", "serve", "rollback"}


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "failed"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._plays: list[Any] = []
        self._limit = "@"
        self._begun: dict[str, set[str]] = {}
        self._for_all: dict[str, int] = {}

    def v2_playbook_on_start(self, playbook: Any) -> None:
        wanted = Path(playbook._file_name).stem in ROLLOUTS and not context.CLIARGS["check"]
        self._plays = list(filter(_does_work, playbook.get_plays())) if wanted else []
        # A limit leaves out the controller, too, where rollback signs.
        self._limit = "localhost,@" if any("localhost" in play.hosts for play in self._plays) else "@"

    def v2_playbook_on_play_start(self, play: Any) -> None:
        # Comes for each batch, while the inventory is restricted to it.
        self._begun.setdefault(play._uuid, set()).update(_hosts(play))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        # What is judged once for all is not the failure of the library that it happens to be asked of.
        if result.task.run_once and not ignore_errors:
            name = result.host.get_name()
            self._for_all[name] = self._for_all.get(name, 0) + 1

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if not self._plays:
            return
        meant: set[str] = set()
        left: set[str] = set()
        for play in self._plays:
            hosts = _hosts(play, whole=True)
            meant |= hosts
            left |= hosts - self._begun.get(play._uuid, set())
        failed = {
            host
            for host in meant
            if host in stats.dark or stats.failures.get(host, 0) > self._for_all.get(host, 0)
        }
        manager = self._plays[0].get_variable_manager()
        enrolled = manager._inventory.groups.get("enrolled")
        names = [host.name for host in enrolled.get_hosts()] if enrolled else []
        host = next((manager._inventory.get_host(name) for name in names if name in meant), None)
        if host is None:
            return
        templar = Templar(self._plays[0].get_loader(), manager.get_vars(play=self._plays[0], host=host))
        work = templar.template(trust_as_template("{{ shulu_work }}"))
        path = Path(str(work)) / "failed"
        count = update(path, names, meant, failed | left)
        if count:
            libraries = "library" if count == 1 else "libraries"
            self._display.display(f"{count} {libraries} still to do; go on with --limit {self._limit}{path}")


def _does_work(play: Any) -> bool:
    """Tell whether a play does something to each library; one that shows a table does not."""
    return bool(play.get_roles()) or any(not task.run_once for block in play.get_tasks() for task in block)


def _hosts(play: Any, *, whole: bool = False) -> set[str]:
    inventory = play.get_variable_manager()._inventory
    return {host.name for host in inventory.get_hosts(play.hosts, ignore_restrictions=whole)}
