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


def test_checks_are_left_out_when_nothing_changes() -> None:
    act([], [["false"]])
