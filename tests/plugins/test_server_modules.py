"""The modules that look at servers, run by Ansible on this very machine."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible_project import Project

from shulu.campaign.status import rank, row, table


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

    (project.root / "receipts").mkdir()
    receipts = [
        {
            "library": "990101",
            "release": {"epoch": 1, "serial": n},
            "route": "disk",
            "started": "2026-11-21T00:00:00Z",
            "ended": f"2026-11-2{n}T00:00:00Z",
        }
        for n in (3, 2)
    ]
    came = json.dumps({"receipts": receipts, "findings": ["990102: signature is bad"]})
    good = (
        """case "$*" in "status --json") echo '{"live": null}';; """
        f"""*) echo '{came}'; exit 1;; esac"""
    )
    answers, broken, babbles, new = results(
        project,
        command("good", good),
        command("bad", "echo no store >&2; exit 1"),
        command("odd", "echo hello"),
        {
            "server_status": {
                "command": str(project.root / "none"),
                "receipts": str(project.root / "receipts"),
            }
        },
        check=True,
    )
    assert answers["provisioned"] and answers["status"] == {"live": None} and answers["problem"] == ""
    newest = {
        "release": {"epoch": 1, "serial": 3},
        "route": "disk",
        "started": "2026-11-21T00:00:00Z",
        "ended": "2026-11-23T00:00:00Z",
    }
    assert answers["receipts"] == {"990101": newest}
    # What the table of all libraries is made of, with this very answer.
    who = {"library": "990101", "name": "", "route": "disk", "tier": "", "wave": 1, "prefecture": ""}
    shown = table(rank([row(answers, who, answers["receipts"]["990101"])], "", {}), "")
    assert "1-3 2026-11-23 08:00" in shown
    assert answers["receipt_findings"] == ["990102: signature is bad"]
    assert broken["problem"] == "no store" and broken["status"] == {}
    assert broken["receipt_findings"] == ["no store"]
    assert "no JSON" in babbles["problem"]
    assert not new["provisioned"] and new["problem"] == "" and new["receipts"] == {}
