from __future__ import annotations

DOCUMENTATION = r"""
name: ledger
type: aggregate
short_description: Note what each task did to each host, so that a rehearsal can be held against the run
description:
  - Writes one JSON object a line and task result, with C(host), C(task) (path and line inside the project),
    C(name), C(outcome) (ok, changed, skipped, failed or unreachable) and, for a loop, C(items), the outcomes
    of its rounds in order. Handlers are tasks like others.
  - A run of C(site.yml) writes C(site-rehearsal.jsonl) under C(--check), otherwise C(site-run.jsonl). No
    file is ever overwritten; the next run's is C(site-run.1.jsonl), then C(site-run.2.jsonl).
options:
  folder:
    description: Where to write; nothing is written when it is empty.
    # An empty path would be the folder that one stands in.
    type: str
    env: [{name: SHULU_LEDGER}]
    ini: [{section: callback_ledger, key: folder}]
"""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, TextIO

from ansible import constants, context
from ansible.plugins.callback import CallbackBase


def candidates(folder: Path, stem: str) -> Iterator[Path]:
    """Names of a ledger in the order in which they are taken."""
    yield folder / f"{stem}.jsonl"
    yield from (folder / f"{stem}.{number}.jsonl" for number in count(1))


def open_new(folder: Path, stem: str) -> TextIO:
    """Open the first ledger of this name that is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in candidates(folder, stem):
        try:
            return path.open("x", encoding="utf-8", buffering=1)
        except FileExistsError:
            continue
    raise AssertionError("unreachable")


def outcome_of(result: dict[str, Any]) -> str:
    """Tell the outcome of one result, or of one round of a loop."""
    for word in ("unreachable", "failed", "skipped", "changed"):
        if result.get(word):
            return word
    return "ok"


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "ledger"
    CALLBACK_NEEDS_ENABLED = True

    _ledger: TextIO | None = None

    def v2_playbook_on_start(self, playbook: Any) -> None:
        folder = self.get_option("folder")
        if folder:
            kind = "rehearsal" if context.CLIARGS["check"] else "run"
            self._ledger = open_new(Path(folder).expanduser(), f"{Path(playbook._file_name).stem}-{kind}")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._note(result, outcome_of(result.result))

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._note(result, "skipped")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._note(result, "failed")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._note(result, "unreachable")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None

    def _note(self, result: Any, outcome: str) -> None:
        if self._ledger is None:
            return
        entry: dict[str, Any] = {
            "host": result.host.get_name(),
            "task": _inside_project(result.task.get_path()),
            "name": result.task.get_name(),
            "outcome": outcome,
        }
        rounds = result.result.get("results") if result.task.loop is not None else None
        if isinstance(rounds, list):
            entry["items"] = [outcome_of(each) for each in rounds if isinstance(each, dict)]
        self._ledger.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _inside_project(path: str) -> str:
    root = f"{Path(constants.CONFIG_FILE).parent}/" if constants.CONFIG_FILE else ""
    return path.removeprefix(root)
