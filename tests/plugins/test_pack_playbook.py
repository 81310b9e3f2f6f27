"""Packing by the playbook: what its rehearsal foretells, and which versions it takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_project import ROOT, Project

PACK = ROOT / "playbooks/pack.yml"


def play(project: Project, *options: str, code: int = 0) -> str:
    return project.play(PACK, "-e", f"shulu_work={project.root}/work", *options, code=code)


def versions(**chosen: str) -> tuple[str, str]:
    return "-e", json.dumps({"pack_versions": chosen})


def test_a_rehearsal_refuses_what_the_run_refuses(project: Project, collection: Path) -> None:
    assert "release 1-1: unchanged" not in play(project, "--check")
    assert not (project.root / "work/release").exists()
    play(project)
    assert "release 1-1: unchanged" in play(project, "--check")
    (collection / "metadata.csv").write_text("id,title,files\na,Another,a.txt\n")
    for options in (["--check"], []):
        said = play(project, *options, code=2)
        assert "ebooks-001 1: is packed already with other content" in said
        assert "pack_versions" in said
    assert "release 1-1: another would be made" in play(project, "--check", *versions(ebooks="2"))
    assert "release 1-2: 1 bags" in play(project, *versions(ebooks="2"))


def test_the_province_may_keep_the_versions(project: Project, collection: Path) -> None:
    play(project)
    (collection / "files/a.txt").unlink()
    (collection / "files/a.txt").write_text("b")
    project.write("inventory/p/group_vars/all/pack.yml", {"pack_versions": {"ebooks": "2"}})
    assert "release 1-2: 1 bags" in play(project)
    assert (project.root / "work/release/bags/ebooks-001/1/data/files/a.txt").read_text() == "a"
    assert "release 1-2: unchanged" in play(project)


@pytest.mark.usefixtures("collection")
@pytest.mark.parametrize("options", [versions(ebok="2"), ("-e", "pack_versions=2")])
def test_versions_of_no_collection_are_refused(project: Project, options: tuple[str, str]) -> None:
    said = play(project, *options, code=2)
    assert "pack_versions is" in said
    assert "ebooks" in said
    assert not (project.root / "work/release").exists()
