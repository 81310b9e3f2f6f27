"""The folder of links that televisions are shown: what is in it, by which names, and what is not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shulu.catalogue import readers
from shulu.cli.main import main
from shulu.findings import Refused
from shulu.television.names import file_name, in_order
from shulu.television.tree import STATE, TREE, renew, state


def film(title: str, *files: str, **more: Any) -> dict[str, Any]:
    return {"id": files[0].replace("/", "-"), "title": title, "files": list(files), **more}


def seen(folder: Path) -> dict[str, str]:
    """Return what opens, by its place in the tree: the content of each file."""
    found = {}
    for place, _, names in os.walk(folder / TREE):
        for name in names:
            path = Path(place) / name
            if path.is_file() and not name.endswith(".nfo"):
                found[path.relative_to(folder / TREE).as_posix()] = path.read_text()
    return found


def made(store: Path, folder: Path) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    renew(store, folder)
    return seen(folder)


def test_titles_are_names_and_series_are_folders(make_live: Any, store: Path, tmp_path: Path) -> None:
    parts = [{"title": f"第{n}集", "duration": 1} for n in (1, 2)]
    make_live(
        {
            "local-opera-001": [
                film("女驸马", "a/1.MP4", "a/2.mp4", "a/1.vtt", "a/p.jpg", parts=parts, description="两集"),
                film("天仙配/选段", "b.mp4"),
            ],
            "wenjin-recitation-001": [
                film("登鹳雀楼", "9.mp3", series="唐诗三百首", date="0700"),
                film("静夜思", "3.mp3", series="唐诗三百首", date="0726"),
            ],
            "old-photographs-001": [film("前门大街", "1.jpg"), film("旧影", "2.png")],
            "journals-001": [film("人民画报", "p1.jpg", "p2.jpg")],
            "ebooks-001": [film("李白诗集", "l.pdf"), film("有声书", "l.mp3")],
        }
    )  # fmt: skip
    folder = tmp_path / "out"
    assert made(store, folder) == {
        "地方戏专题视频/女驸马/第1集.mp4": "a/1.MP4",
        "地方戏专题视频/女驸马/第2集.mp4": "a/2.mp4",
        "地方戏专题视频/天仙配／选段.mp4": "b.mp4",
        "文津经典诵读/唐诗三百首/登鹳雀楼.mp3": "9.mp3",
        "文津经典诵读/唐诗三百首/静夜思.mp3": "3.mp3",
        "老照片/前门大街.jpg": "1.jpg",
    }
    note = ElementTree.parse(folder / TREE / "地方戏专题视频/女驸马/第1集.nfo").getroot()  # noqa: S314
    assert (note.findtext("title"), note.findtext("plot")) == ("第1集", "两集")


def test_what_would_sort_otherwise_is_numbered(make_live: Any, store: Path, tmp_path: Path) -> None:
    parts = [{"title": f"第{n}集"} for n in range(1, 12)]
    many = film("长片", *(f"{n}.mp4" for n in range(1, 12)), parts=parts)
    make_live({"documentaries-001": [many, film("同名", "x.mp4"), film("同名", "y.mp4")]})
    names = sorted(made(store, tmp_path / "out"))
    assert [name.split("/")[-1] for name in names[-11:]] == [f"{n:02} 第{n}集.mp4" for n in range(1, 12)]
    assert names[:2] == ["纪录片专题视频/1 同名.mp4", "纪录片专题视频/2 同名.mp4"]


def test_a_long_list_is_cut_into_folders(make_live: Any, store: Path, tmp_path: Path) -> None:
    make_live({"old-photographs-001": [film(f"照片{n:03}", f"{n}.jpg") for n in range(201)]})
    names = sorted(made(store, tmp_path / "out"))
    assert names[0] == "老照片/001–200/照片000.jpg"
    assert names[-1] == "老照片/201–201/照片200.jpg"


def test_what_has_no_link_is_not_offered(make_live: Any, store: Path, tmp_path: Path) -> None:
    ended, ends = {"scope": "open", "until": "2026-11-22"}, {"scope": "lan", "until": "2026-11-30"}
    make_live(
        {
            "children-001": [film("已到期", "1.mp4")],
            "children-002": [
                film("随包", "1.mp4"),
                film("更宽", "2.mp4", licence={"scope": "open"}),
                film("更早", "3.mp4", licence={"scope": "lan", "until": "2026-11-25"}),
                film("已过", "4.mp4", licence={"scope": "lan", "until": "2026-11-20"}),
                film("一半", "1.mp4", "3.mp4") | {"id": "half"},
            ],
        },
        {"children-001": ended, "children-002": ends},
    )
    offered = made(store, tmp_path / "out")
    assert sorted(offered.values()) == ["1.mp4", "1.mp4", "2.mp4"]
    assert not any("已" in name or "更早" in name for name in offered)


def test_a_link_that_goes_takes_its_files_with_it_at_once(
    make_live: Any, store: Path, tmp_path: Path
) -> None:
    folder, live = tmp_path / "out", make_live({"children-001": [film("龟兔", "1.mp4")]})
    assert made(store, folder)
    before = state(store)
    readers.close(live)
    assert seen(folder) == {}
    assert state(store) != before
    assert renew(store, folder)
    assert not list((folder / TREE).iterdir())


def test_the_tree_follows_the_live_release(make_live: Any, store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    assert renew(store, folder)
    assert seen(folder) == {}
    make_live({"children-001": [film("龟兔", "1.mp4")]})
    assert list(made(store, folder)) == ["少儿视频资源/龟兔.mp4"]
    assert not renew(store, folder)
    make_live({"children-001": [film("乌鸦", "1.mp4")]})
    # Of the release before nothing opens any more, whatever the tree still says.
    assert seen(folder) == {}
    assert list(made(store, folder)) == ["少儿视频资源/乌鸦.mp4"]


def test_an_index_of_another_tree_goes(make_live: Any, store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    make_live({"children-001": [film("龟兔", "1.mp4")]})
    made(store, folder)
    (folder / "index/files.db").touch()
    assert not renew(store, folder)
    assert (folder / "index/files.db").exists()
    make_live({"children-001": [film("龟兔", "1.mp4")]})
    made(store, folder)
    assert not list((folder / "index").iterdir())


def test_no_link_within_a_bag_is_followed(make_live: Any, store: Path, tmp_path: Path) -> None:
    live = make_live({"children-001": [film("龟兔", "1.mp4"), film("外", "in/2.mp4")]})
    files = (live / "bags/children-001/data/files").resolve()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/2.mp4").write_text("secret")
    (files / "in/2.mp4").unlink()
    (files / "in").rmdir()
    (files / "in").symlink_to(tmp_path / "elsewhere")
    (files / "1.mp4").unlink()
    (files / "1.mp4").symlink_to(tmp_path / "elsewhere/2.mp4")
    assert made(store, tmp_path / "out") == {}


def test_without_a_catalogue_there_is_no_tree(make_live: Any, store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    live = make_live({"children-001": [film("龟兔", "1.mp4")]})
    assert made(store, folder)
    (live / "catalogue.db").write_bytes(b"none")
    with pytest.raises(Refused, match="catalogue"):
        renew(store, folder)
    assert seen(folder) == {}
    assert not (folder / STATE).exists()


def test_a_bag_that_is_away_is_left_out_and_noticed(make_live: Any, store: Path, tmp_path: Path) -> None:
    make_live({"children-001": [film("龟兔", "1.mp4")], "children-002": [film("乌鸦", "1.mp4")]})
    before = state(store)
    bag = store / "bags/children-002"
    bag.rename(bag.with_name("away"))
    assert state(store) != before
    assert list(made(store, tmp_path / "out")) == ["少儿视频资源/龟兔.mp4"]


def test_the_command_says_whether_it_had_to(
    make_live: Any, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_live({"children-001": [film("龟兔", "1.mp4")]})
    words = ["television", "renew", "--store", str(store), "--folder", str(tmp_path)]
    assert [main(words), main(words)] == [0, 0]
    assert capsys.readouterr().out.split() == ["renewed", "unchanged"]
    assert json.loads((tmp_path / STATE).read_text())[1] == "releases/1-1"


@given(st.lists(st.text(max_size=300), max_size=30))
def test_any_titles_become_names_that_a_folder_can_hold(titles: list[str]) -> None:
    names = in_order([file_name(title) + ".mp4" for title in titles])
    assert len(names) == len(titles) == len(set(names))
    assert names == sorted(names)
    for name in names:
        assert 0 < len(name.encode()) <= 255
        assert "/" not in name and "\0" not in name and not name.startswith(".")
        assert name.isprintable() or not name.isascii()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
def test_names_are_xml(title: str) -> None:
    from xml.sax.saxutils import escape  # noqa: PLC0415

    assert ElementTree.fromstring(f"<t>{escape(file_name(title))}</t>").text  # noqa: S314
