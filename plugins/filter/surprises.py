"""Filters over the ledgers of runs: the newest one, its changes, and where a rehearsal was wrong."""

from __future__ import annotations

DOCUMENTATION = r"""
name: surprises
short_description: Where a run did not do what its rehearsal foretold
description:
  - Holds two ledgers against each other, host by host and task by task.
  - A task that runs several times for a host, or a loop, must have changed it equally often in both.
positional: rehearsed
options:
  _input:
    description: The ledger of the run, JSON lines with host, task, name and outcome.
    type: str
    required: true
  rehearsed:
    description: The ledger of its rehearsal, in the same form.
    type: str
    required: true
"""

EXAMPLES = r"""
differences: "{{ run_ledger | surprises(rehearsal_ledger) }}"
"""

RETURN = r"""
_value:
  description: One line a difference, sorted; empty when the rehearsal foretold the run.
  type: list
  elements: str
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

Step = tuple[str, str, str]


def _steps(ledger: str, *outcomes: str) -> Counter[Step]:
    steps: Counter[Step] = Counter()
    for entry in map(json.loads, filter(str.strip, ledger.splitlines())):
        if entry["outcome"] in outcomes:
            rounds = [each for each in entry.get("items", []) if each in outcomes]
            steps[entry["host"], entry["task"], entry["name"]] += len(rounds) or 1
    return steps


def _lines(steps: Counter[Step], verdict: str) -> list[str]:
    return sorted(f"{host}: {verdict}: {name} ({task})" for host, task, name in steps)


def latest(folder: str, stem: str) -> str:
    """Return the text of the newest ledger of that name; raise FileNotFoundError where there is none.

    The callback C(ledger) numbers them: ``<stem>.jsonl``, then ``<stem>.1.jsonl``, ``<stem>.2.jsonl``.
    """
    numbered = {
        int(path.name.removeprefix(f"{stem}.").removesuffix("jsonl").rstrip(".") or 0): path
        for path in Path(folder).glob(f"{stem}.*jsonl")
    }
    if not numbered:
        raise FileNotFoundError(f"{folder} has no ledger {stem}.jsonl; is SHULU_LEDGER set for the run?")
    return numbered[max(numbered)].read_text(encoding="utf-8")


def changes(ledger: str) -> list[str]:
    """Return one line for each task that changed a host, sorted."""
    return _lines(_steps(ledger, "changed"), "changed")


def surprises(done: str, rehearsed: str) -> list[str]:
    """Return one line for each change that one ledger has and the other has not, and for each failure."""
    foretold, made = _steps(rehearsed, "changed"), _steps(done, "changed")
    failed = _steps(rehearsed, "failed", "unreachable")
    return [
        *_lines(failed, "failed in the rehearsal"),
        *_lines(made - foretold, "not foretold"),
        *_lines(foretold - made, "foretold but not done"),
    ]


class FilterModule:
    """What Ansible looks for in a filter file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by their names."""
        return {"changes": changes, "latest_ledger": latest, "surprises": surprises}
