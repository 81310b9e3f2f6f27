"""The admin at the controller: a province's inventory and work folder of their own, and the playbooks."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from plugins.filter import surprises

PROJECT = Path(os.environ["MOLECULE_PROJECT_DIRECTORY"])
SCENARIO = Path(os.environ["MOLECULE_SCENARIO_DIRECTORY"])
LEDGER = Path(os.environ["SHULU_LEDGER"])
_TOOLS = Path(sys.executable).parent
_OUTSIDE = re.compile(
    r"""(?:src|href|action|data)\s*=\s*["']?(?:https?:)?//|url\(["']?(?:https?:)?//|@import"""
)


@dataclass(frozen=True)
class Run:
    """What a playbook said, and its ledger: a line a task and host, in their order."""

    said: str
    ledger: str

    @cached_property
    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.ledger.splitlines()]

    @property
    def changes(self) -> list[str]:
        found: list[str] = surprises.changes(self.ledger)
        return found

    @property
    def hosts(self) -> set[str]:
        return {entry["host"] for entry in self.entries}

    @property
    def bad(self) -> dict[str, str]:
        """Return the hosts that failed or were not reached, with which of both."""
        words = {"failed", "unreachable"}
        return {entry["host"]: entry["outcome"] for entry in self.entries if entry["outcome"] in words}


class Admin:
    """Works in ``inventory`` and ``work``, which are copies: nothing of the project is written to."""

    def __init__(self, folder: Path, test_content: Path) -> None:
        self.inventory = folder / "inventory" / "campaign"
        self.work = folder / "work"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(SCENARIO / "inventory", self.inventory)
        self.work.mkdir()
        for name in ("release", "keys", "kit"):
            (self.work / name).symlink_to(test_content / name)

    @property
    def registry(self) -> Path:
        return self.inventory / "libraries.csv"

    def tries(self, playbook: str, *words: str) -> tuple[int, Run]:
        """Run a playbook; return its exit code too."""
        command = [_TOOLS / "ansible-playbook", "-i", self.inventory, f"playbooks/{playbook}.yml", *words]
        done = subprocess.run(
            command,
            cwd=PROJECT,
            env=os.environ | {"SHULU_WORK": str(self.work), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert "Traceback" not in said, said
        kind = "rehearsal" if "--check" in words else "run"
        return done.returncode, Run(said, surprises.latest(str(LEDGER), f"{playbook}-{kind}"))

    def runs(self, playbook: str, *words: str) -> Run:
        code, run = self.tries(playbook, *words)
        assert code == 0, run.said
        return run

    def fails(self, playbook: str, *words: str) -> Run:
        code, run = self.tries(playbook, *words)
        assert code != 0, run.said
        return run

    def rehearsed(self, playbook: str, *words: str) -> Run:
        """Rehearse and run; the run must do what was foretold."""
        rehearsal = self.runs(playbook, *words, "--check")
        run = self.runs(playbook, *words)
        assert run.changes, run.said
        assert not surprises.surprises(run.ledger, rehearsal.ledger)
        return run

    def host(self, code: str) -> dict[str, Any]:
        """Return what the inventory says of a library."""
        command = [_TOOLS / "ansible-inventory", "-i", self.inventory, "--host", code]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def read(self, name: str) -> dict[str, Any]:
        """Return what a playbook wrote into the work folder as JSON."""
        found: dict[str, Any] = json.loads((self.work / name).read_bytes())
        return found

    def page(self, name: str) -> str:
        """Return a page of the work folder, which must ask nothing of the outside."""
        text = (self.work / name).read_text("utf-8")
        outside = _OUTSIDE.search(text)
        assert outside is None, text[outside.start() : outside.start() + 80]
        return text

    @property
    def release(self) -> dict[str, Any]:
        return self.read("release/release.json")

    @property
    def left_over(self) -> list[str]:
        """Return the libraries that the roll-outs have still to do."""
        path = self.work / "failed"
        return path.read_text("utf-8").split() if path.exists() else []
