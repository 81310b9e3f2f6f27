"""The librarian's page: what it tells on the LAN, and what it keeps from everybody else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from room_content import NOTICE

from shulu.portal.app import create_app
from shulu.portal.said import in_chinese


def test_it_tells_how_the_library_stands(room: FlaskClient) -> None:
    text = room.get("/librarian").text
    for words in (
        "<dd>1-1</dd>",
        "请插入另一块下发磁盘，其中有：journals-001",
        "2026-11-22 22:03",
        "the line &lt;b&gt;was cut&lt;/b&gt;",
        "1.0 MB / 2.1 MB",
        "还没有送达上级馆",
        "/librarian/receipt.svg",
        "剩余空间",
    ):
        assert words in text


def test_licences_that_end_are_told_with_their_last_day(room: FlaskClient) -> None:
    text = room.get("/librarian").text
    assert text.count("<td>ebooks-001</td>") == 1
    assert '<td class="number">1</td>' in text
    assert room.get("/items/ebooks-001/book-4").status_code == 200
    assert room.get("/items/ebooks-001/book-5").status_code == 404


@pytest.mark.parametrize("scope", ["province", "open", "nonsense"])
def test_others_are_told_the_release_alone(room: FlaskClient, scope: str) -> None:
    headers = {"X-Shulu-Audience": scope}
    text = room.get("/librarian", headers=headers).text
    assert "<dd>1-1</dd>" in text
    for words in ("receipt.svg", "was cut", "剩余空间", "sanguo.txt", "SHULU1", "journals-001"):
        assert words not in text
    assert room.get("/librarian/receipt.svg", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "text", ["", "[]", '{"receipt": 5, "activity": 7, "errors": "x"}', '{"errors": [5]}']
)
def test_a_notice_that_makes_no_sense_is_none(tmp_path: Path, room_store: Path, text: str) -> None:
    store = tmp_path / "store"
    store.mkdir()
    (store / "live").symlink_to(room_store / "live")
    (store / "notice").mkdir()
    (store / "notice/status.json").write_text(text)
    client = create_app(str(store), str(tmp_path)).test_client()
    assert client.get("/librarian").status_code == 200
    assert client.get("/librarian/receipt.svg").status_code == 404


def test_before_the_first_delivery_it_tells_how_far_that_is(tmp_path: Path) -> None:
    (tmp_path / "notice").mkdir()
    (tmp_path / "notice/status.json").write_text(json.dumps({**NOTICE, "receipt": None}))
    client = create_app(str(tmp_path), str(tmp_path)).test_client()
    text = client.get("/librarian").text
    for words in ("资源尚未到馆", "请插入另一块下发磁盘", "剩余空间"):
        assert words in text
    assert "内到期的授权" not in text


def test_a_disk_that_is_away_and_an_old_release_are_told(tmp_path: Path, room_store: Path) -> None:
    live = tmp_path / "store/live"
    (live / "bags").mkdir(parents=True)
    for link in (room_store / "live/bags").iterdir():
        gone = link.name == "journals-001"
        (live / "bags" / link.name).symlink_to(tmp_path / "nothing" if gone else link.resolve())
    os.link(room_store / "live/catalogue.db", live / "catalogue.db")
    (tmp_path / "store/notice").mkdir()
    (tmp_path / "store/notice/status.json").write_text(json.dumps({**NOTICE, "receipt": None}))
    client = create_app(str(tmp_path / "store"), str(tmp_path)).test_client()
    text = client.get("/librarian").text
    assert "1个资源包所在的磁盘没有接上：journals-001" in text
    assert "receipt.svg" not in text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("release 1-7 is live", "第 1-7 批已上线"),
        ("plug in the shipped disk", "请插入下发磁盘"),
        (
            "/srv/shulu/store is full; make room there, the next delivery goes on",
            "磁盘空间已满：/srv/shulu/store",
        ),
        ("x.sig: the signature is bad: the signed file was altered; fetch both files again", "签名不对"),
        ("something new", "something new"),
    ],
)
def test_what_is_said_is_said_in_chinese(said: str, shown: str) -> None:
    assert in_chinese(said).startswith(shown)
