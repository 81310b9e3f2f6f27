from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_project import ROOT, Project
from hypothesis import given
from hypothesis import strategies as st

from shulu.campaign.unfinished import update

CODES = ["990000", "990101", "990102"]
SIZES = {
    "serial": "{{ rollout_sizes }}",
    "vars": {"rollout_sizes": "{{ ansible_play_hosts_all | rollout_batches(groups) }}"},
}


def rollout(project: Project, name: str = "deliver.yml") -> Path:
    """Two plays, the first in batches; who is in ``bad`` fails, and a budget that is spent stops the run."""
    fail = {"assert": {"that": "inventory_hostname not in bad.split(',')"}}
    stop = {
        "assert": {
            "that": "not ansible_play_batch | rollout_excess(ansible_play_hosts_all, rollout_sizes, 0)"
        },
        "run_once": True,
        "any_errors_fatal": True,
    }
    plays: list[dict[str, Any]] = [
        {"hosts": "hubs", "gather_facts": False, "tasks": [fail]},
        {"hosts": "libraries", "gather_facts": False, **SIZES, "tasks": [fail, stop]},
        {
            "hosts": "enrolled",
            "gather_facts": False,
            "tasks": [{"debug": {"msg": "table"}, "run_once": True}],
        },
    ]
    project.write("inventory/p/group_vars/all/work.yml", {"shulu_work": str(project.root / "work")})
    return project.write(name, plays)


def waves(project: Project, *, late: str) -> None:
    rows = [
        f"{code},{code},{tier},10.99.1.1{code[-1]},{2 if code == late else 1}"
        for code, tier in zip(CODES, ["province", "county", "county"], strict=True)
    ]
    (project.root / "inventory/p/libraries.csv").write_text(
        "\n".join(["code,name,tier,address,wave", *rows]) + "\n"
    )


def test_it_keeps_who_failed_and_who_was_not_come_to_and_goes_on_from_there(project: Project) -> None:
    waves(project, late="990102")
    playbook, failed = rollout(project), project.root / "work/failed"
    said = project.play(playbook, "-e", "bad=990101", "--check", code=2)
    assert not failed.exists() and "still to do" not in said
    said = project.play(playbook, "-e", "bad=990101", code=2)
    assert f"--limit @{failed}" in said
    # The hub did all of its part: the table at the end, which nobody came to, is nobody's work.
    assert failed.read_text().split() == ["990101", "990102"]
    said = project.play(playbook, "-e", "bad=none", "--limit", f"@{failed}")
    assert not failed.exists() and "still to do" not in said


def test_a_limited_run_leaves_what_it_was_not_for(project: Project) -> None:
    waves(project, late="")
    playbook, failed = rollout(project), project.root / "work/failed"
    failed.parent.mkdir()
    failed.write_text("990101\n999999\n")
    project.play(playbook, "-e", "bad=990102", "--limit", "990102", code=2)
    assert failed.read_text().split() == ["990101", "990102"]
    project.play(playbook, "-e", "bad=none", "--limit", f"@{failed}")
    assert not failed.exists()


@pytest.mark.parametrize("name", ["status.yml", "preflight.yml"])
def test_only_a_rollout_is_noted(project: Project, name: str) -> None:
    project.play(rollout(project, name), "-e", "bad=990101", code=2)
    assert not (project.root / "work").exists()


DELIVER = """
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        return {"failed": task_vars["inventory_hostname"] in task_vars["bad"], "state": "live", "live": {}}
"""


@pytest.fixture
def going_back(project: Project) -> Path:
    """A province whose release 1-1 is live, and a stand-in for what delivers; return the work folder."""
    work = project.root / "work"
    (work / "release/releases").mkdir(parents=True)
    for name in ("release.json", "releases/1-1.json"):
        (work / "release" / name).write_text('{"bags": []}')
    (project.root / "group_vars").symlink_to(ROOT / "group_vars")
    project.write("inventory/p/group_vars/all/work.yml", {"shulu_work": str(work), "ansible_become": False})
    plugins = project.root / "plugins"
    plugins.unlink()
    (plugins / "action").mkdir(parents=True)
    for real in (ROOT / "plugins").iterdir():
        if real.name != "action":
            (plugins / real.name).symlink_to(real)
    for real in (ROOT / "plugins/action").glob("*.py"):
        if real.name != "deliver.py":
            (plugins / "action" / real.name).symlink_to(real)
    (plugins / "action/deliver.py").write_text(DELIVER)
    return work


def test_a_rollback_goes_on_with_the_machine_that_signs(project: Project, going_back: Path) -> None:
    waves(project, late="")
    options = ("-e", "rollback_to=1-1", "-e", "rollout_failure_percent=0", "-e")
    said = project.play(ROOT / "playbooks/rollback.yml", *options, "bad=990101", code=2)
    limit = f"localhost,@{going_back}/failed"
    assert f"mend it, and go on with --limit {limit}." in said
    assert f"1 library still to do; go on with --limit {limit}\n" in said
    assert (going_back / "failed").read_text().split() == ["990101"]
    project.play(ROOT / "playbooks/rollback.yml", *options, "bad=none", "--limit", limit)
    assert not (going_back / "failed").exists()


@given(before=st.sets(st.sampled_from("abcdx")), meant=st.sets(st.sampled_from("abcd")), data=st.data())
def test_what_a_run_did_not_touch_stays(
    tmp_path_factory: pytest.TempPathFactory, before: set[str], meant: set[str], data: st.DataObject
) -> None:
    unfinished = {each for each in sorted(meant) if data.draw(st.booleans())}
    path = tmp_path_factory.mktemp("failed") / "failed"
    path.write_text("".join(f"{each}\n" for each in sorted(before)))
    count = update(path, list("dcba"), meant, unfinished)
    listed = path.read_text().split() if path.exists() else []
    assert set(listed) == ((before - meant) | unfinished) & set("abcd")
    assert (count, listed) == (len(listed), sorted(listed, reverse=True))
