from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path

import pytest

from plugins.modules.config_files import FilesError, Item, act, plan, remember

USER = pwd.getpwuid(os.getuid()).pw_name
GROUP = grp.getgrgid(os.getgid()).gr_name


def file(path: Path, content: str, mode: int = 0o644) -> Item:
    return Item(path, content.encode(), USER, GROUP, mode)


def folder(path: Path, mode: int = 0o755) -> Item:
    return Item(path, None, USER, GROUP, mode, folder=True)


def test_plans_then_writes_then_plans_nothing(tmp_path: Path) -> None:
    items = [file(tmp_path / "a/b/c.conf", "one\n", 0o600), folder(tmp_path / "d", 0o750)]
    assert plan(items, []) == [items[1], items[0]]
    act(plan(items, []), [])
    assert (tmp_path / "a/b/c.conf").read_text() == "one\n"
    assert (tmp_path / "a/b/c.conf").stat().st_mode & 0o7777 == 0o600
    assert (tmp_path / "d").stat().st_mode & 0o7777 == 0o750
    assert plan(items, []) == []


def test_sees_content_mode_and_kind(tmp_path: Path) -> None:
    good = file(tmp_path / "x", "x")
    act([good], [])
    assert plan([file(tmp_path / "x", "y")], []) != []
    assert plan([file(tmp_path / "x", "x", 0o600)], []) != []
    link = tmp_path / "link"
    link.symlink_to("x")
    act(plan([file(link, "x")], []), [])
    assert not link.is_symlink()


def test_an_owner_that_is_only_foretold_is_a_change_and_no_error(tmp_path: Path) -> None:
    item = Item(tmp_path / "x", b"x", "nobody-of-this-name", GROUP)
    assert plan([item], []) == [item]
    with pytest.raises(FilesError, match="nobody-of-this-name"):
        act([item], [])
    assert not (tmp_path / "x").exists()


def test_exclusive_folder_loses_what_is_not_named(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    items = [folder(keys), file(keys / "wang", "key\n")]
    act(plan(items, [keys]), [])
    (keys / "dismissed").write_text("key\n")
    (keys / "subfolder").mkdir()
    assert [item.path.name for item in plan(items, [keys])] == ["dismissed"]
    act(plan(items, [keys]), [])
    assert sorted(path.name for path in keys.iterdir()) == ["subfolder", "wang"]


def test_failed_check_brings_the_old_files_back(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    act([file(old, "before\n", 0o600)], [])
    before = remember(file(old, ""))
    with pytest.raises(FilesError, match="old ones are back"):
        act([file(old, "after\n"), file(new, "x")], [["grep", "before", str(old)]])
    assert remember(file(old, "")) == before
    assert not new.exists()


def test_a_file_that_cannot_be_written_brings_the_others_back(tmp_path: Path) -> None:
    old, new, blocked = tmp_path / "old", tmp_path / "new", tmp_path / "blocked"
    act([file(old, "before\n", 0o600)], [])
    before = remember(file(old, ""))
    blocked.mkdir()
    with pytest.raises(IsADirectoryError):
        act([file(old, "after\n"), file(new, "x"), file(blocked, "x"), file(tmp_path / "last", "x")], [])
    assert remember(file(old, "")) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blocked", "old"]


@pytest.mark.parametrize("kind", ["link to a folder", "link to nothing", "file"])
def test_a_folder_is_never_reached_through_a_link(tmp_path: Path, kind: str) -> None:
    target, path = tmp_path / "target", tmp_path / "path"
    if kind == "link to a folder":
        target.mkdir(mode=0o700)
    if kind == "file":
        path.write_text("x")
    else:
        path.symlink_to(target)
    with pytest.raises(FilesError, match="must be a folder"):
        plan([folder(path, 0o777)], [])
    with pytest.raises(FilesError, match="must be a folder"):
        act([folder(path, 0o777)], [])
    assert not target.exists() or target.stat().st_mode & 0o7777 == 0o700


def test_checks_are_left_out_when_nothing_changes() -> None:
    act([], [["false"]])
