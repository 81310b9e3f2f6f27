from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_project import ROOT, Project

from shulu.campaign import status
from shulu.moment import moment

LIVE = {"epoch": 1, "serial": 7, "since": "2026-11-22T23:15:30Z", "bytes": 5, "bags": []}


def answer(live: dict[str, Any]) -> dict[str, Any]:
    said = {"live": live, "free_bytes": 9, "activity": {"state": "idle"}}
    return {"provisioned": True, "problem": "", "status": said}


ANSWERS: dict[str, dict[str, Any]] = {
    "live": answer(LIVE),
    "old": answer(LIVE | {"serial": 6}),
    "unreachable": {"unreachable": True, "msg": "no answer in time"},
    "broken": {"failed": True, "msg": "sudo: a password is required"},
}


NOW = "2026-11-22T07:00:00Z"
EARLIER = "2026-11-21T07:00:00Z"


def library(code: str) -> dict[str, Any]:
    who = {"library": code, "name": "临江县图书馆", "route": "network", "tier": "county"}
    return who | {"wave": 1, "prefecture": "合肥市"}


def show(project: Project, rows: list[dict[str, Any]], *options: str, code: int = 0, **more: Any) -> str:
    """Show these rows of generated answers through the action, as the role does."""
    task = {"campaign_status": {"rows": rows, "folder": str(project.root / "work"), **more}}
    playbook = project.write("show.yml", [{"hosts": "hubs", "gather_facts": False, "tasks": [task]}])
    return project.play(playbook, *options, code=code)


def written(project: Project, name: str = "status.json") -> dict[str, Any]:
    told: dict[str, Any] = json.loads((project.root / "work" / name).read_text(encoding="utf-8"))
    return told


def the_day_before(project: Project, name: str) -> dict[str, Any]:
    """Put a run into the day before: two runs can fall into one second, the unit of their moments."""
    file = project.root / "work" / name
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(json.loads(text)["written"], EARLIER), encoding="utf-8")
    return written(project, name)


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return [
        status.row(ANSWERS[word], library(code))
        for word, code in (("live", "990101"), ("old", "990102"), ("broken", "990103"))
    ]


def test_a_run_for_some_keeps_what_the_last_one_told_of_the_others(
    project: Project, rows: list[dict[str, Any]]
) -> None:
    everyone = {"libraries": ["990101", "990102", "990103", "990104"]}
    show(project, rows, **everyone)
    first = the_day_before(project, "status.json")
    assert first["unasked"] == ["990104"]
    silent = status.row(ANSWERS["unreachable"], library("990102"))
    said = show(project, [silent], **everyone)
    second = written(project)
    told = {row["library"]: row for row in second["libraries"]}
    assert {code: row["as_of"] for code, row in told.items()} == {
        "990101": first["written"],
        "990102": second["written"],
        "990103": first["written"],
    }
    # It was last heard of when it last answered.
    assert told["990102"]["contact"] == first["written"]
    assert moment(first["written"]) in said
    assert "3 libraries, 1 live, 1 unreachable, 1 broken" in said
    page = (project.root / "work/status.html").read_text(encoding="utf-8")
    assert page.count("<tr class=") == 3 and page.count("虚线框") == 1 and "990104" in page
    # A rehearsal tells the same and writes nothing.
    assert "3 libraries, 1 live, 1 unreachable, 1 broken" in show(project, [silent], "--check", **everyone)
    assert written(project) == second
    # Who is out of the registry is out of the status.
    show(project, rows[:1], libraries=["990101", "990102"])
    assert [row["library"] for row in written(project)["libraries"]] == ["990102", "990101"]


@pytest.mark.parametrize(
    "broken",
    [
        '{"libraries": [',
        "[]",
        '{"libraries": "990103"}',
        '{"written": "2026-11-22T07:00:00Z", "libraries": [{"library": "990103"}, 5, null]}',
        '{"written": "2026-11-22T07:00:00Z", "libraries": [{"library": ["990103"]}]}',
        '{"written": 7, "libraries": [{"library": "990103", "as_of": 9}]}',
        # One member of a sound row that cannot be.
        {"as_of": "yesterday"},
        {"contact": "2026"},
        {"live": {"epoch": "1", "serial": 7, "since": "", "bytes": 5, "bags": []}},
        {"receipt": {"release": {}}},
        {"reach": "lost"},
        {"activity": "idle"},
        {"wave": None, "name": 5},
    ],
)
def test_a_status_that_was_broken_by_hand_keeps_nobody_from_a_new_one(
    project: Project, rows: list[dict[str, Any]], broken: str | dict[str, Any]
) -> None:
    (project.root / "work").mkdir()
    if isinstance(broken, dict):
        (row,) = status.rank([rows[2] | {"reach": "answers"}], NOW, {})
        broken = json.dumps({"written": NOW, "libraries": [row | broken]})
    (project.root / "work/status.json").write_text(broken)
    show(project, rows[:2], libraries=["990101", "990102", "990103"])
    assert [row["library"] for row in written(project)["libraries"]] == ["990102", "990101"]


def test_it_writes_nothing_in_a_rehearsal_and_knows_the_release_above(
    project: Project, rows: list[dict[str, Any]]
) -> None:
    show(project, rows, "--check")
    assert not (project.root / "work").exists()
    said = show(project, rows, only="broken,old", above=[{"status": {"live": LIVE | {"serial": 8}}}])
    assert [row["standing"] for row in written(project)["libraries"]] == ["broken", "old", "old"]
    assert "990103" in said and "(0 others" not in said
    assert (project.root / "work/status.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_an_unknown_filter_is_refused_in_one_line(project: Project, rows: list[dict[str, Any]]) -> None:
    said = show(project, rows, only="lost", code=2)
    assert "status_only: lost is no state; there are broken, unreachable" in said
    assert "Traceback" not in said


def judged(project: Project, work: Path) -> list[str]:
    """Judge the hub as the role does, its line cut; return the problems."""
    link = {"problem": "does not answer", "remedy": "look", "rtt_ms": None}
    task = {
        "preflight_verdict": {
            "link": link, "server": {}, "route": "network", "debian": ["12"], "architectures": ["x86_64"],
            "memory_mib": 1, "system_free_mib": 1, "clock_seconds": 1, "slow_ms": 1,
        },
        "register": "verdict",
    }  # fmt: skip
    told = {"ansible.builtin.debug": {"msg": "{{ verdict.remarks | map(attribute='problem') | to_json }}"}}
    play = {"hosts": "hubs", "gather_facts": False, "tasks": [task, told]}
    said = project.play(project.write("judge.yml", [play]), "-e", f"shulu_work={work}")
    (line,) = (line for line in said.splitlines() if '"msg": ' in line)
    problems: list[str] = json.loads(json.loads(line.split('"msg": ')[1]))
    return problems


def test_preflight_tells_what_is_missing_on_the_controller_and_unset(
    project: Project, tmp_path: Path
) -> None:
    (project.root / "group_vars").symlink_to(ROOT / "group_vars")
    work = tmp_path / "work"
    assert judged(project, work) == [
        "variable base_admins has no value, and its role requires one",
        "variable storage_serial has no value, and its role requires one",
        f"this machine has no kit in {work}/kit",
        f"this machine has no allowed_signers in {work}/keys",
        f"this machine has no revoked.krl in {work}/keys",
        "does not answer",
    ]
    project.write("inventory/p/group_vars/all/own.yml", {"base_admins": [], "storage_serial": "WD-1"})
    for name in ("kit/kit.json", "keys/allowed_signers", "keys/revoked.krl"):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).touch()
    assert judged(project, work) == ["does not answer"]


def test_preflight_is_written_down_with_its_verdicts(project: Project) -> None:
    remark = {"weight": "no-go", "problem": "runs debian 11", "remedy": "install Debian 12"}
    verdicts = [
        {key: library(code)[key] for key in ("library", "name", "route", "tier", "wave", "prefecture")}
        | {"rtt_ms": 1.5, "remarks": remarks}
        for code, remarks in (("990101", []), ("990102", [remark]))
    ]

    def judge(*of: dict[str, Any]) -> str:
        task = {
            "campaign_preflight": {
                "verdicts": list(of),
                "libraries": ["990101", "990102", "990103"],
                "folder": str(project.root / "work"),
            }
        }
        playbook = project.write("show.yml", [{"hosts": "hubs", "gather_facts": False, "tasks": [task]}])
        return project.play(playbook)

    assert "1 of 2 libraries are ready" in judge(*verdicts)
    first = the_day_before(project, "preflight.json")
    assert [(row["library"], row["verdict"]) for row in first["libraries"]] == [
        ("990102", "no-go"),
        ("990101", "go"),
    ]
    assert first["unasked"] == ["990103"]
    # A look at one library leaves the others as they were found.
    said = judge(verdicts[0])
    second = written(project, "preflight.json")
    assert "1 of 1 libraries are ready" in said
    assert [(row["library"], row["as_of"]) for row in second["libraries"]] == [
        ("990102", first["written"]),
        ("990101", second["written"]),
    ]
    assert "操作系统是 debian 11" in (project.root / "work/preflight.html").read_text(encoding="utf-8")
