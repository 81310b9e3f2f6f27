from __future__ import annotations

import json
from pathlib import Path

import pytest

from plugins.filter.surprises import changes, latest, surprises


def ledger(*steps: tuple[str, str, str]) -> str:
    return "".join(
        json.dumps({"host": host, "task": task, "name": "Do", "outcome": outcome}) + "\n"
        for host, task, outcome in steps
    )


def test_agreeing_ledgers_have_no_surprise() -> None:
    both = ledger(("a", "t:1", "changed"), ("b", "t:1", "ok"))
    assert surprises(both, both) == []
    assert changes(both) == ["a: changed: Do (t:1)"]


def test_the_same_change_on_another_host_is_a_surprise() -> None:
    found = surprises(ledger(("a", "t:1", "changed")), ledger(("b", "t:1", "changed")))
    assert found == ["a: not foretold: Do (t:1)", "b: foretold but not done: Do (t:1)"]


def test_how_often_counts() -> None:
    once, twice = ledger(("a", "t:1", "changed")), ledger(*[("a", "t:1", "changed")] * 2)
    assert surprises(twice, once) == ["a: not foretold: Do (t:1)"]


def test_a_failed_rehearsal_is_a_surprise() -> None:
    assert surprises(ledger(("a", "t:1", "ok")), ledger(("a", "t:1", "failed"))) != []


def test_rounds_of_a_loop_count() -> None:
    def looped(*items: str) -> str:
        entry = {"host": "a", "task": "t:1", "name": "Do", "outcome": "changed", "items": list(items)}
        return json.dumps(entry) + "\n"

    assert surprises(looped("changed", "ok"), looped("changed", "changed")) != []
    assert surprises(looped("changed", "ok"), looped("changed", "ok")) == []


def test_the_newest_ledger_counts(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="SHULU_LEDGER"):
        latest(str(tmp_path), "converge-run")
    for name in (
        "converge-run.jsonl",
        "converge-run.2.jsonl",
        "converge-run.10.jsonl",
        "converge-rehearsal.jsonl",
    ):
        (tmp_path / name).write_text(name)
    assert latest(str(tmp_path), "converge-run") == "converge-run.10.jsonl"
    assert latest(str(tmp_path), "converge-rehearsal") == "converge-rehearsal.jsonl"
