"""The modules that look at servers, run by Ansible on this very machine."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible_project import Project

from plugins.modules.server_status import newest_receipts, read_receipt


def results(project: Project, *tasks: dict[str, Any], check: bool = False) -> list[dict[str, Any]]:
    """Run tasks on one host and return what they registered."""
    noted = [{**task, "name": "Look", "register": f"r{number}"} for number, task in enumerate(tasks)]
    write = {
        "name": "Write",
        "ansible.builtin.copy": {
            "dest": str(project.root / "out.json"),
            "content": "{{ [" + ", ".join(f"r{number}" for number in range(len(tasks))) + "] | to_json }}",
        },
        "check_mode": False,
    }
    play = {"name": "Look", "hosts": "990101", "gather_facts": False, "tasks": [*noted, write]}
    project.play(project.write("playbooks/look.yml", [play]), *(["--check"] if check else []))
    told: list[dict[str, Any]] = json.loads((project.root / "out.json").read_text())
    return told


def test_facts_of_this_machine_in_a_rehearsal(project: Project) -> None:
    bag = project.root / "data/store/bags/ebooks-001/1"
    bag.mkdir(parents=True)
    (told,) = results(project, {"server_facts": {"data": str(project.root / "data")}}, check=True)
    server = told["server"]
    assert server["bags"] == ["ebooks-001@1"]
    assert server["os_id"] and server["architecture"] == os.uname().machine
    assert server["memory_bytes"] > 1 << 28
    assert server["data_free_bytes"] > 0 and not server["data_mounted"]
    assert abs(server["clock_offset"]) <= server["clock_uncertainty"] + 0.05
    assert not told["changed"]


def test_a_server_answers_is_new_or_is_broken(project: Project) -> None:
    def command(name: str, body: str) -> dict[str, Any]:
        path = project.root / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return {"server_status": {"command": str(path), "receipts": str(project.root / "receipts")}}

    (project.root / "receipts/990101").mkdir(parents=True)
    (project.root / "receipts/990101/1-7.json").write_text('{"issued": "2026-11-23T00:00:00Z"}')
    answers, broken, babbles, new = results(
        project,
        command("good", """test "$*" = "status --json" && echo '{"live": null}'"""),
        command("bad", "echo no store >&2; exit 1"),
        command("odd", "echo hello"),
        {"server_status": {"command": str(project.root / "none"), "receipts": "/nonexistent"}},
        check=True,
    )
    assert answers["provisioned"] and answers["status"] == {"live": None} and answers["problem"] == ""
    assert answers["receipts"] == {"990101": {"issued": "2026-11-23T00:00:00Z"}}
    assert broken["problem"] == "no store" and broken["status"] == {}
    assert "no JSON" in babbles["problem"]
    assert not new["provisioned"] and new["problem"] == "" and new["receipts"] == {}


def test_only_the_newest_receipt_of_a_library_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "990101"
    folder.mkdir()
    for age, name in ((300, "1-7.json"), (600, "1-6.json")):
        (folder / name).write_text(json.dumps({"name": name}))
        os.utime(folder / name, (1_000_000 - age, 1_000_000 - age))
    (folder / "1-8.json.sig").write_text("x")
    (folder / "link.json").symlink_to("/etc/passwd")
    assert newest_receipts(tmp_path) == {"990101": {"name": "1-7.json"}}


def test_a_receipt_that_is_none_is_passed_over(tmp_path: Path) -> None:
    for text in ("", "{", "[1]", "{" * 2_000_000):
        (tmp_path / "r.json").write_text(text)
        assert read_receipt(tmp_path / "r.json") is None
