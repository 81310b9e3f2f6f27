"""The librarian's page tells this week's use, to the library's own LAN alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from room_content import make_figures

from shulu.portal.app import create_app


@pytest.fixture
def page(tmp_path: Path, room_store: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    make_figures(tmp_path / "figures")
    monkeypatch.setenv("SHULU_PORTAL_FIGURES", str(tmp_path / "figures"))
    return create_app(str(room_store), str(tmp_path)).test_client()


def test_by_collection_and_by_title(page: FlaskClient) -> None:
    text = page.get("/librarian").text
    for words in (
        "访问 1,290 次，阅览 7 次",
        "电子图书",
        "首页、检索等",
        "/items/ebooks-001/sanguo",
        "阅览 5",
    ):
        assert words in text
    assert "gone" not in text  # no longer live
    assert "/items/ebooks-001/book-5" not in text  # its licence has ended


@pytest.mark.parametrize("scope", ["province", "open"])
def test_others_are_told_nothing_of_it(page: FlaskClient, scope: str) -> None:
    assert "1,290" not in page.get("/librarian", headers={"X-Shulu-Audience": scope}).text


def test_without_counts_there_is_no_such_part(tmp_path: Path, room_store: Path) -> None:
    client = create_app(str(room_store), str(tmp_path)).test_client()
    assert "本周使用" not in client.get("/librarian").text
