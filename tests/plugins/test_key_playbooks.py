"""Changing keys by the playbooks that sign, in the order in which the handbook has it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_project import ROOT, Project

PACK, ROLLBACK = ROOT / "playbooks/pack.yml", ROOT / "playbooks/rollback.yml"


@pytest.fixture
def work(project: Project, collection: Path) -> Path:
    """A work folder with one collection to pack; no library has a server yet."""
    (project.root / "inventory/p/libraries.csv").write_text(
        "code,name,tier,address\n990000,示范省图书馆,province,\n"
    )
    return collection.parents[1]


def play(project: Project, playbook: Path, *words: str, code: int = 0) -> str:
    return project.play(playbook, "-e", f"shulu_work={project.root}/work", *words, code=code)


def shulu(*words: object) -> str:
    command = [sys.executable, "-m", "shulu.cli.main", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def serial(work: Path) -> int:
    return int(json.loads((work / "release/release.json").read_text())["serial"])


def test_a_change_of_keys_leaves_a_release_that_holds(project: Project, work: Path) -> None:
    two = ("-e", '{"pack_versions": {"ebooks": "2"}}')
    play(project, PACK)
    shulu("keys", "new", "release-2", "--folder", work / "keys")
    assert "release 1-1: unchanged" in play(project, PACK)

    # The province names the new key; no bag is new.
    project.write("inventory/p/group_vars/all/keys.yml", {"pack_key": "release-2"})
    dry = play(project, PACK, "--check")
    assert "release 1-2: would be made" in dry
    assert "changed=1" in dry
    assert "changed=1" in play(project, PACK)
    assert "changed=0" in play(project, PACK)
    shulu("keys", "revoke", "release-1", "--folder", work / "keys")
    check = ("release", "check", work / "release", "--trust", work / "keys", "--quiet")
    assert "release 1-2: the signature holds" in shulu(*check)

    # From now on both playbooks sign with it.
    play(project, PACK, *two)
    assert "release 1-3: the signature holds" in shulu(*check)
    back = ("-e", "rollback_to=1-1")
    assert "changed=1" in play(project, ROLLBACK, "--check", *back)
    assert serial(work) == 3
    assert "changed=1" in play(project, ROLLBACK, *back)
    assert "release 1-4: the signature holds" in shulu(*check)


def test_a_revoked_key_ends_a_run_and_its_rehearsal(project: Project, work: Path) -> None:
    play(project, PACK)
    play(project, PACK, "-e", '{"pack_versions": {"ebooks": "2"}}')
    shulu("keys", "new", "release-2", "--folder", work / "keys")
    shulu("keys", "revoke", "release-1", "--folder", work / "keys")
    said = "is revoked: servers refuse what it signs; sign with release-2 (for playbooks: pack_key)"
    for rehearsal in (["--check"], []):
        assert said in play(project, PACK, *rehearsal, "-e", "pack_version=3", code=2)
        assert said in play(project, ROLLBACK, *rehearsal, "-e", "rollback_to=1-1", code=2)
    assert not (work / "release/bags/ebooks-001/3").exists()
    assert serial(work) == 2
