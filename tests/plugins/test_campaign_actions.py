from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_project import Project

from shulu.campaign import status

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


def library(code: str) -> dict[str, Any]:
    who = {"library": code, "name": "临江县图书馆", "route": "network", "tier": "county"}
    return who | {"wave": 1, "prefecture": "合肥市"}


def show(project: Project, rows: list[dict[str, Any]], *options: str, code: int = 0, **more: Any) -> str:
    """Show these rows of generated answers through the action, as the role does."""
    task = {"campaign_status": {"rows": rows, "folder": str(project.root / "work"), **more}}
    playbook = project.write("show.yml", [{"hosts": "hubs", "gather_facts": False, "tasks": [task]}])
    return project.play(playbook, *options, code=code)


def written(project: Project) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((project.root / "work/status.json").read_text(encoding="utf-8"))
    return told


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return [
        status.row(ANSWERS[word], library(code))
        for word, code in (("live", "990101"), ("old", "990102"), ("broken", "990103"))
    ]


def test_a_silent_library_was_last_heard_of_when_it_last_answered(
    project: Project, rows: list[dict[str, Any]]
) -> None:
    show(project, rows)
    first = written(project)
    # A run for one library forgets nothing of the others.
    show(project, rows[:1])
    silent = status.row(ANSWERS["unreachable"], library("990102"))
    said = show(project, [rows[0], silent])
    told = {row["library"]: row for row in written(project)["libraries"]}
    assert told["990102"]["contact"] == first["written"]
    assert first["written"][:16].replace("T", " ") in said
    assert "990103" in written(project)["contacts"]


def test_it_writes_nothing_in_a_rehearsal_and_survives_a_broken_file(
    project: Project, rows: list[dict[str, Any]]
) -> None:
    show(project, rows, "--check")
    assert not (project.root / "work").exists()
    (project.root / "work").mkdir()
    (project.root / "work/status.json").write_text('{"contacts": [')
    said = show(project, rows, only="broken,old", above=[{"status": {"live": LIVE | {"serial": 8}}}])
    assert [row["standing"] for row in written(project)["libraries"]] == ["broken", "old", "old"]
    assert "990103" in said and "(0 others" not in said
    assert (project.root / "work/status.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_an_unknown_filter_is_refused_in_one_line(project: Project, rows: list[dict[str, Any]]) -> None:
    said = show(project, rows, only="lost", code=2)
    assert "status_only: lost is no state; there are broken, unreachable" in said
    assert "Traceback" not in said


def test_preflight_is_written_down_with_its_verdicts(project: Project) -> None:
    remark = {"weight": "no-go", "problem": "runs debian 11", "remedy": "install Debian 12"}
    verdicts = [
        {key: library(code)[key] for key in ("library", "name", "route", "tier", "prefecture")}
        | {"rtt_ms": 1.5, "remarks": remarks}
        for code, remarks in (("990101", []), ("990102", [remark]))
    ]
    task = {"campaign_preflight": {"verdicts": verdicts, "folder": str(project.root / "work")}}
    playbook = project.write("show.yml", [{"hosts": "hubs", "gather_facts": False, "tasks": [task]}])
    assert "1 of 2 libraries are ready" in project.play(playbook)
    told = json.loads((project.root / "work/preflight.json").read_text(encoding="utf-8"))
    assert [(row["library"], row["verdict"]) for row in told["libraries"]] == [
        ("990102", "no-go"),
        ("990101", "go"),
    ]
    assert "runs debian 11" in (project.root / "work/preflight.html").read_text(encoding="utf-8")
