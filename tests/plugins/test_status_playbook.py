"""Who is asked by status.yml, and that a server that does not answer costs no more than its own row."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_project import ROOT, Project

REGISTRY = """code,name,tier,parent,address,route,window
990000,示范省图书馆,province,,127.0.0.2,disk,
990100,临江市图书馆,city,990000,127.0.0.3,network,
990101,临江县图书馆,county,990100,127.0.0.4,network,
"""


@pytest.fixture
def province(project: Project) -> Project:
    """Servers of which none answers: nothing listens on their port."""
    (project.root / "group_vars").symlink_to(ROOT / "group_vars")
    (project.root / "inventory/p/libraries.csv").write_text(REGISTRY)
    vpn = {"plugin": "library_registry", "vpn": ["127.0.0.0/8"]}
    project.write("inventory/p/p.library_registry.yml", vpn)
    silent = {"ansible_connection": "ssh", "ansible_port": 9, "ansible_ssh_retries": 0}
    project.write("inventory/p/group_vars/all/local.yml", silent)
    return project


def told(project: Project, *options: str) -> dict[str, Any]:
    """Run it; return what it wrote down."""
    work = project.root / "work"
    project.play(ROOT / "playbooks/status.yml", "-e", f"shulu_work={work}", *options)
    said: dict[str, Any] = json.loads((work / "status.json").read_text(encoding="utf-8"))
    return said


def test_a_relay_that_is_down_and_left_out_by_the_limit_keeps_nobody_from_the_table(
    province: Project,
) -> None:
    (row,) = told(province, "--limit", "990101")["libraries"]
    assert (row["library"], row["standing"]) == ("990101", "unreachable")
