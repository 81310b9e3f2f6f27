"""What the kit's modules plan and do, on folders of their own."""

from __future__ import annotations

import hashlib
import json
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from hypothesis import given
from hypothesis import strategies as st

from plugins.action import kit_packages as action
from plugins.modules import kit_packages, kit_source
from shulu.findings import Refused

VERSIONS = st.sampled_from(["1.0", "1.0-1+deb12u1", "1:0.5", "2", "0.1.0+g0a1b2c3d", "0.1.0+gffffffff"])
TABLES = st.dictionaries(st.sampled_from(["rsync", "nginx-light", "shulu", "chrony"]), VERSIONS)


@given(TABLES, TABLES)
def test_after_a_run_nothing_is_planned(asked: dict[str, str], installed: dict[str, str]) -> None:
    todo = kit_packages.plan(asked, installed, None)
    assert todo.changed
    assert not kit_packages.plan(asked, installed | todo.install, todo.asked).changed


@given(TABLES, TABLES)
def test_what_another_task_installed_first_is_foretold_all_the_same(
    asked: dict[str, str], installed: dict[str, str]
) -> None:
    rehearsal = kit_packages.plan(asked, installed, None)
    run = kit_packages.plan(asked, installed | asked, None)
    assert rehearsal.changed and run.changed


@pytest.mark.parametrize(
    ("installed", "version", "settled"),
    [
        (None, "1", False),
        ("1:1.0", "2.0", True),
        ("1.0", "1:0.1", False),
        ("1.0~rc1", "1.0", False),
        ("0.1.0+gffffffff", "0.1.0+g00000000", False),
        ("0.1.0+gffffffff", "0.1.0+gffffffff", True),
    ],
)
def test_versions_have_dpkgs_order_and_ours_has_none(
    installed: str | None, version: str, settled: bool
) -> None:
    assert kit_packages.settled(installed, version) is settled


def test_packages_the_kit_lacks_are_named_together() -> None:
    with pytest.raises(kit_packages.PackageError, match="emacs, vim"):
        kit_packages.chosen(["vim", "rsync", "emacs"], {"trixie": {"rsync": "1"}}, "trixie")
    with pytest.raises(kit_packages.PackageError, match="--suites bookworm"):
        kit_packages.chosen(["rsync"], {"trixie": {"rsync": "1"}}, "bookworm")


def test_record_survives_a_torn_file(tmp_path: Path) -> None:
    record = tmp_path / "asked.json"
    record.write_text('{"a": ')
    assert kit_packages.read_record(record) == {}
    kit_packages.write_record(record, "base: Install", {"rsync": "1"})
    kit_packages.write_record(record, "portal: Install", {"rsync": "1"})
    assert set(kit_packages.read_record(record)) == {"base: Install", "portal: Install"}
    assert [path.name for path in tmp_path.iterdir()] == ["asked.json"]


@pytest.mark.parametrize("own", [None, "#!/bin/sh\nexit 0\n", kit_packages.POLICY_TEXT])
def test_services_may_start_again_afterwards(tmp_path: Path, own: str | None) -> None:
    policy = tmp_path / "policy-rc.d"
    if own:
        policy.write_text(own)
    with pytest.raises(RuntimeError), kit_packages.no_starts(policy):
        assert "exit 101" in policy.read_text()
        raise RuntimeError
    kept = None if own == kit_packages.POLICY_TEXT else own
    assert (policy.read_text() if policy.exists() else None) == kept


def test_suite_is_read_from_os_release() -> None:
    assert kit_packages.codename('ID=debian\nVERSION_CODENAME="trixie"\n') == "trixie"
    with pytest.raises(kit_packages.PackageError, match="names no suite"):
        kit_packages.codename("ID=other\n")


def test_rehearsal_of_the_module_touches_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = tmp_path / "os-release"
    release.write_text("VERSION_CODENAME=trixie\n")
    monkeypatch.setattr(kit_packages, "RELEASE", release)
    given_arguments: dict[str, Any] = {
        "name": ["shulu-not-there"],
        "versions": {"trixie": {"shulu-not-there": "1"}},
        "record": str(tmp_path / "asked.json"),
        "_ansible_check_mode": True,
    }
    with patch_module_args(given_arguments), pytest.raises(SystemExit):
        kit_packages.main()
    answer = json.loads(capsys.readouterr().out)
    assert answer["changed"] is True
    assert answer["install"] == {"shulu-not-there": "1"}
    assert [path.name for path in tmp_path.iterdir()] == ["os-release"]


def test_controller_hands_over_only_what_is_asked_for(tmp_path: Path) -> None:
    suites = {
        "trixie": {"packages": {"a": {"version": "1"}, "b": {"version": "2"}}},
        "bookworm": {"packages": {}},
    }
    (tmp_path / "kit.json").write_text(json.dumps({"format": 1, "suites": suites}))
    assert action.versions(tmp_path, ["a", "c"]) == {"trixie": {"a": "1"}, "bookworm": {}}
    with pytest.raises(Refused, match="shulu kit build"):
        action.versions(tmp_path / "none", ["a"])


def tar_of(path: Path, contents: dict[str, bytes]) -> dict[str, str]:
    with tarfile.open(path, "w") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, BytesIO(content))
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


@pytest.fixture
def apt(tmp_path: Path) -> Path:
    folder = tmp_path / "apt"
    (folder / "sources.list.d").mkdir(parents=True)
    (folder / "sources.list").write_text("deb file:/elsewhere ./\n")
    (folder / "sources.list.d/more.sources").write_text("Types: deb\n")
    (folder / "sources.list.d/old.sources.disabled").write_text("Types: deb\n")
    return folder


def test_source_is_planned_without_the_archive(tmp_path: Path, apt: Path) -> None:
    todo = kit_source.plan(tmp_path / "repository", {"Packages": "1", "a.deb": "2"}, apt)
    assert todo == kit_source.Plan(
        unpack=["Packages", "a.deb"],
        set_aside=[str(apt / "sources.list"), str(apt / "sources.list.d/more.sources")],
        source=True,
        update=True,
    )


def test_unpacking_mends_what_differs_and_refuses_what_does_not_hold(tmp_path: Path, apt: Path) -> None:
    archive, repository = tmp_path / "suite.tar", tmp_path / "repository"
    wanted = tar_of(archive, {"Packages": b"", "a.deb": b"a", "b.deb": b"b"})
    repository.mkdir()
    (repository / "a.deb").write_bytes(b"a")
    (repository / "b.deb").write_bytes(b"B")
    (repository / "gone.deb").write_bytes(b"")
    todo = kit_source.plan(repository, wanted, apt)
    assert (todo.unpack, todo.remove) == (["Packages", "b.deb"], ["gone.deb"])
    with pytest.raises(kit_source.KitError, match=r"b\.deb .* differs"):
        kit_source.unpack(archive, repository, ["b.deb"], wanted | {"b.deb": "0"})
    assert (repository / "b.deb").read_bytes() == b"B"
    with pytest.raises(kit_source.KitError, match="does not hold"):
        kit_source.unpack(archive, repository, ["b.deb"], wanted | {"c.deb": "0"})
    with pytest.raises(kit_source.KitError, match="cannot be unpacked"):
        kit_source.unpack(tmp_path / "none.tar", repository, ["b.deb"], wanted)
    kit_source.unpack(archive, repository, todo.unpack, wanted)
    assert kit_source.plan(repository, wanted, apt).unpack == []
