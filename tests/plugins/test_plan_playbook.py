"""The plan and the disks that it asks for, by the playbooks: what they write, refuse and leave alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_project import ROOT, Project

sys.path.insert(0, str(ROOT / "tests/store"))

from parcels import Province

PLAN, SHIP = ROOT / "playbooks/plan.yml", ROOT / "playbooks/ship.yml"
MEASURE = "PLAY [Measure the lines"
FILES = ("plan.csv", "plan.xlsx", "plan.html", "disks.json")
REGISTRY = """馆代码,馆名,级别,上级馆,虚拟网地址,推送方式,线路速率,资源库
990000,示范省图书馆,省,,{hub},,1000,
990101,临江县图书馆,县,,,硬盘,,
990102,望山县图书馆,县,,,硬盘,,children
990103,远山县图书馆,县,,,,100,
"""


@pytest.fixture
def province(project: Project) -> Province:
    """A registry of libraries that nobody has enrolled yet, and a release."""
    (project.root / "group_vars").symlink_to(ROOT / "group_vars")
    (project.root / "inventory/p/libraries.csv").write_text(REGISTRY.format(hub=""))
    made = Province(project.root / "work")
    made.issue(1, *(made.bag(name, "1", {"x": name.encode()}) for name in ("children-001", "ebooks-001")))
    (project.root / "work/keys").symlink_to("trust")
    return made


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A loop device; its serial is PLAN-1."""
    image = tmp_path / "PLAN-1.img"
    with image.open("wb") as stream:
        stream.truncate(40_000_000)
    words = ["losetup", "--find", "--show", str(image)]
    node = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    yield Path(node)
    subprocess.run(["losetup", "--detach", node], check=True)


def play(project: Project, playbook: Path, *words: str, code: int = 0) -> str:
    work = f"shulu_work={project.root}/work"
    return project.play(playbook, "-e", work, *(part for word in words for part in ("-e", word)), code=code)


def plan(project: Project, *words: str, code: int = 0) -> str:
    return play(project, PLAN, "plan_date=2026-12-31", "plan_start=2026-11-01", *words, code=code)


@pytest.mark.usefixtures("province")
def test_a_plan_is_written_once_and_its_routes_hold(project: Project) -> None:
    told = plan(project)
    assert "changed=1" in told
    assert "no plan costs less than" in told
    assert "lines: 0 measured, 2 declared, 2 unknown" in told
    folder = project.root / "work/plan"
    before = {name: (folder / name).read_bytes() for name in FILES}
    routes = (project.root / "inventory/p/routes.csv").read_text("utf-8-sig")
    assert "990103,网络,1" in routes
    assert "changed=0" in plan(project)
    assert before == {name: (folder / name).read_bytes() for name in FILES}
    assert "ship_disk=2" in before["plan.html"].decode()


@pytest.mark.usefixtures("province")
def test_a_rehearsal_tells_the_same_and_writes_nothing(project: Project) -> None:
    dry = project.play(
        PLAN, "--check", "-e", f"shulu_work={project.root}/work", "-e", "plan_date=2026-12-31",
        "-e", "plan_start=2026-11-01",
    )  # fmt: skip
    assert not (project.root / "work/plan").exists()
    assert not (project.root / "inventory/p/routes.csv").exists()
    assert "changed=1" in dry
    assert [line for line in dry.splitlines() if "9901" in line] == [
        line for line in plan(project).splitlines() if "9901" in line
    ]


@pytest.mark.usefixtures("province")
@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("plan_date=", "plan_date: is missing; name the day: -e plan_date=2026-12-31"),
        ("plan_date=soon", "plan_date: 'soon' is no day; write it as 2026-12-31"),
        ("plan_date=2027-02-30", "plan_date: '2027-02-30' is no day; write it as 2026-12-31"),
        ("plan_date=2026-10-01", "plan_date: 2026-10-01 lies before the start, 2026-11-01"),
        ("plan_start=2026/11/01", "plan_start: '2026/11/01' is no day; write it as 2026-12-31"),
        ("plan_start=20261101", "plan_start: '20261101' is no day; write it as 2026-12-31"),
        ("plan_copies_a_day=0", "plan_copies_a_day: is '0'; write a number from 1"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_a_line(project: Project, word: str, said: str) -> None:
    told = plan(project, word, code=2)
    assert said in told
    assert "Traceback" not in told
    assert MEASURE not in told
    assert not (project.root / "work/plan").exists()


def test_a_plan_is_refused_before_lines_are_measured(project: Project, province: Province) -> None:
    (project.root / "inventory/p/held.csv").write_text("馆代码,资源库\n990199,ebooks\n")
    told = plan(project, code=2)
    assert "held.csv:2: no library has the code 990199" in told
    assert MEASURE not in told
    (project.root / "inventory/p/held.csv").unlink()
    province.revoke(province.key)
    told = plan(project, code=2)
    assert "revoked" in told
    assert MEASURE not in told


@pytest.mark.usefixtures("province")
def test_mirrors_that_keep_to_other_slots_refuse_the_plan(project: Project) -> None:
    # Who is enrolled is measured; who does not answer is planned by the registry's word.
    (project.root / "inventory/p/libraries.csv").write_text(REGISTRY.format(hub="127.0.0.1"))
    project.write(
        "inventory/p/p.library_registry.yml", {"plugin": "library_registry", "vpn": ["127.0.0.0/8"]}
    )
    project.write("inventory/p/host_vars/990000.yml", {"agent_mirror_slots": 4})
    told = plan(project, code=2)
    assert "The plan counts with 20 transfers of a mirror at a time, and mirrors are set to 4" in told
    assert MEASURE not in told
    project.write("inventory/p/group_vars/all/slots.yml", {"agent_mirror_slots": 4})
    assert "no plan costs less than" in plan(project)


def test_a_disk_of_the_plan_is_written_by_its_number(
    project: Project, province: Province, disk: Path
) -> None:
    plan(project)
    listed = json.loads((project.root / "work/plan/disks.json").read_text())["disks"]
    assert {name: (one["bags"], one["libraries"]) for name, one in listed.items()} == {
        "1": (["children-001@1", "ebooks-001@1"], ["990101"]),
        "2": (["children-001@1"], ["990102"]),
    }
    told = play(project, SHIP, "ship_serial=PLAN-1", "ship_disk=2")
    assert "PLAN-1: writes and reads again 1 bags" in told
    assert "changed=1" in told
    assert "changed=0" in play(project, SHIP, "ship_serial=PLAN-1", "ship_disk=2")
    unknown = play(project, SHIP, "ship_serial=PLAN-1", "ship_disk=3", code=2)
    assert "The plan has no disk 3;" in unknown
    assert "has 1, 2." in unknown
    both = play(
        project, SHIP, "ship_serial=PLAN-1", "ship_disk=2", '{"ship_collections": ["ebooks"]}', code=2
    )
    assert "not both" in both
    province.issue(2, province.bag("children-001", "2", {"x": b"new"}))
    stale = play(project, SHIP, "ship_serial=PLAN-1", "ship_disk=2", "ship_erase=true", code=2)
    assert "release 1-2 has no bag children-001@1; plan anew, for this release" in stale


@pytest.mark.usefixtures("province")
def test_a_disk_of_no_plan_and_a_station_that_is_none_are_refused(project: Project) -> None:
    unplanned = play(project, SHIP, "ship_serial=PLAN-1", "ship_disk=1", code=2)
    assert "run plan.yml first" in unplanned
    assert "Error while" not in unplanned
    away = play(project, SHIP, "ship_serial=PLAN-1", "ship_station=99000", code=2)
    assert "ship_station: '99000' is no enrolled library" in away
