"""The librarian's page tells this week's use, to the library's own LAN alone, also in a remote library."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from portal_servers import Site, ask, exporting, free_port, importing, web_server
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


def test_a_remote_library_puts_its_own_counts_into_the_hub_s_page(site: Site, tmp_path: Path) -> None:
    export, told = free_port(), tmp_path / "figures"
    make_figures(told)
    hub = {
        "portal_store": str(site.store),
        "__portal_socket": str(site.folder / "portal.sock"),
        **exporting(export),
    }
    remote = {
        **importing(export),
        "portal_usage_section": str(told / "usage.html"),
        "__portal_pages_fresh": "1s",
        "__portal_line_retry": "1s",
    }
    with web_server(tmp_path, "remote", remote) as port:
        with web_server(tmp_path, "hub", hub) as hub_port:
            assert "本周使用" not in ask(hub_port, "/librarian").text
            assert ask(port, "/shulu-usage").status == 404
            page = ask(port, "/librarian").text
            assert page.count("本周使用") == 1
            assert "访问 1,290 次，阅览 7 次" in page
            assert page.index("<main ") < page.index("本周使用") < page.index("</main>")
            # Counts are its own, so they are never those of a kept page.
            section = (told / "usage.html").read_text()
            (told / "usage.html").write_text(section.replace("1,290", "1,291"))
            assert "访问 1,291 次" in ask(port, "/librarian").text
            (told / "usage.html").unlink()
            alone = ask(port, "/librarian")
            assert (alone.status, "本周使用" in alone.text, "404" in alone.text) == (200, False, False)
            (told / "usage.html").write_text(section)
        time.sleep(2.1)
        cut = ask(port, "/librarian").text
        assert 'class="line-down"' in cut
        assert "访问 1,290 次" in cut
