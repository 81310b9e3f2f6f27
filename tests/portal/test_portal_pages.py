"""The application without a web server: every page, and what must never bring it down."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portal_content import HOSTILE

from shulu.portal.app import create_app
from shulu.portal.describe import fields, language, mark

ITEM = "/items/ebooks-001/sanguo"


@pytest.fixture(scope="module")
def client(store: Path) -> FlaskClient:
    return create_app(str(store)).test_client()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", ["电子图书", "31 种", "老照片", "共 45 种"]),
        ("/collections/ebooks", ["三国演义", "罗贯中", "下一页"]),
        ("/collections/ebooks?page=2", ["地方志 两种", "上一页"]),
        ("/collections/old-photographs", ["前门大街", "/content/old-photographs-001/files/1.png?v=1"]),
        ("/search?q=三国", ["找到 1 种", "<mark>三国</mark>演义"]),
        ("/search?q=诗&in=ebooks", ["找到 30 种"]),
        ("/search?q=诗&in=journals", ["没有找到"]),
        ("/search?q=龙", ["没有找到与“龙”相符"]),
        ("/search", ["检索"]),
        (ITEM, ["在线阅读", "下载 EPUB", "/content/ebooks-001/files/1.epub?v=1"]),
        (ITEM + "/read", ['data-address="/content/ebooks-001/files/1.epub?v=1"', "vendor/jszip.min.js"]),
        ("/items/ebooks-001/mixed", ["下载 PDF", "下载 TXT", "mixed/read?n=2", quote("志.pdf")]),
        ("/items/journals-001/issue-1?n=3", ["第 3 页", "?n=2#view", "?n=4#view", "files/1/003.png"]),
        (
            "/items/documentaries-001/canal",
            ["<video", quote("01 开篇.webm"), "<track", quote("01 开篇.vtt"), "共 2 集"],
        ),
        ("/items/wenjin-recitation-001/jing-ye-si?n=2", ["<audio", quote("春晓.wav")]),
        ("/items/old-photographs-001/album?n=4", ["查看原图", "files/album/4.png", "上一幅"]),
        (
            "/items/government-information-001/notice-1?as=original",
            ["<iframe", "sandbox", "files/1/index.html"],
        ),
        ("/items/government-information-001/notice-1", ["<p>各乡镇人民政府：</p>", "as=original"]),
        ("/about", ["1-1", "ebooks-001"]),
    ],
)
def test_pages_show_what_is_live(client: FlaskClient, path: str, words: list[str]) -> None:
    response = client.get(path)
    assert response.status_code == 200
    for word in words:
        assert word in response.text


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/collections/nothing",
        "/items/ebooks-001/nobody",
        "/items/ebooks-009/sanguo",
        "/items/journals-001/issue-1/read",
        "/items/documentaries-001/canal/read",
        "/content/ebooks-001/files/1.epub",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
    ],
)
def test_what_is_not_there_is_told_as_a_page(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "没有这一页" in response.text


def test_only_reading_is_answered(client: FlaskClient) -> None:
    assert client.post("/search").status_code == 405
    assert client.head("/").status_code == 200


def test_records_are_shown_and_never_run(client: FlaskClient) -> None:
    for path in ("/items/ebooks-001/hostile", "/items/ebooks-001/hostile/read", "/collections/ebooks"):
        text = client.get(path).text
        assert str(escape(HOSTILE)).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in text
        assert "<script>alert" not in text
        assert str(919 * 991) not in text
    found = client.get("/search", query_string={"q": HOSTILE})
    assert found.status_code == 200
    assert "<script>alert" not in found.text


def test_every_page_has_the_headers(client: FlaskClient) -> None:
    for path in ("/", ITEM, "/nothing", "/static/css/base.css"):
        with client.get(path) as response:
            headers = response.headers
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
    policy = client.get(ITEM + "/read").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy


def test_pages_ask_nothing_of_the_outside(client: FlaskClient) -> None:
    for path in ("/", ITEM, ITEM + "/read", "/collections/ebooks", "/about"):
        # schema.org and the types of feeds have addresses for names, which nothing fetches.
        text = re.sub(r'<script type="application/ld\+json">.*?</script>', "", client.get(path).text)
        assert "http:" not in text
        assert "https:" not in text
        assert not re.search(r"<[^>]+ (style|on[a-z]+)=", text)


def test_own_files_are_kept_by_browsers_until_they_change(client: FlaskClient) -> None:
    address = re.search(r'href="(/static/css/base\.css\?v=[0-9a-f]+)"', client.get("/").text)
    assert address is not None
    with client.get(address[1]) as versioned, client.get("/static/css/base.css") as plain:
        assert "immutable" in versioned.headers["Cache-Control"]
        assert "immutable" not in plain.headers["Cache-Control"]


def test_a_page_that_did_not_change_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get("/").headers["ETag"]
    assert client.get("/", headers={"If-None-Match": tag}).status_code == 304


def test_the_library_s_name_comes_from_its_web_server(client: FlaskClient) -> None:
    assert "临江县图书馆" in client.get("/", headers={"X-Shulu-Library": quote("临江县图书馆")}).text
    assert "数字图书馆" in client.get("/").text
    for name in ("%FF%00%0a<b>", "%", "x" * 5000):
        response = client.get("/", headers={"X-Shulu-Library": name})
        assert response.status_code == 200
        assert "<b>" not in response.text


def test_before_the_first_delivery_readers_are_told_so(tmp_path: Path) -> None:
    client = create_app(str(tmp_path)).test_client()
    for path in ("/", "/search?q=x", "/about"):
        response = client.get(path)
        assert response.status_code == 503
        assert "资源尚未到馆" in response.text
    with client.get("/static/css/base.css") as response:
        assert response.status_code == 200


ANY = st.text(max_size=60)
NUMBERS = st.one_of(
    ANY, st.integers().map(str), st.sampled_from(["", "0", "-1", "1e9", "９", "²", "9" * 400])
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY, ANY, NUMBERS)
def test_no_query_brings_a_page_down(client: FlaskClient, query: str, within: str, number: str) -> None:
    values = {"q": query, "in": within, "page": number, "n": number, "chapter": number, "creator": query}
    values = {name: value.encode("utf-8", "replace").decode() for name, value in values.items()}
    for path in ("/search", "/collections/ebooks", "/items/journals-001/issue-1", ITEM + "/read", "/about"):
        assert client.get(path, query_string=values).status_code == 200
    values |= {"n": "2", "as": within}
    for path in ("/items/ebooks-001/mixed/read", "/items/government-information-001/notice-1"):
        assert client.get(path, query_string=values).status_code == 200


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=40), st.binary(max_size=40))
def test_no_address_brings_a_page_down(client: FlaskClient, one: bytes, two: bytes) -> None:
    # Two slashes at the beginning would be a host to the client itself.
    for path in (
        f"/{quote(one).lstrip('/')}",
        f"/items/{quote(one)}/{quote(two)}",
        f"/collections/{quote(one)}",
    ):
        assert client.get(path).status_code in {200, 308, 404}
    assert client.get(f"/search?q={quote(one)}&page={quote(two)}").status_code == 200


def test_fts_syntax_is_only_text(client: FlaskClient) -> None:
    for query in (
        '"',
        "title:",
        "NEAR(三国 演义)",
        "三国 OR 水浒",
        "*",
        "^三国",
        "-三国",
        "a\0b",
        "'; DROP TABLE records",
    ):
        assert client.get("/search", query_string={"q": query}).status_code == 200


def test_elements_are_named_and_unknown_ones_kept() -> None:
    record = {
        "id": "a",
        "title": "诗",
        "files": ["a"],
        "language": "zh",
        "creator": ["李白", ""],
        "edition": "二版",
    }
    shown = [(field.zh, field.values, field.searchable) for field in fields(record)]
    assert shown == [("责任者", ("李白",), True), ("语种", ("中文",), False), ("edition", ("二版",), False)]
    assert [field.zh for field in fields({"language": "zxx"})] == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [("zh-Hant", "zh-Hant"), ("bo", "bo"), ("zxx", "zh-CN"), ('"><b>', "zh-CN"), ("", "zh-CN")],
)
def test_languages(said: str, shown: str) -> None:
    assert language({"language": said}) == shown


def test_words_are_marked_where_they_stand() -> None:
    assert mark("三国<演义>与水浒", "演义 水浒 三国") == (
        "<mark>三国</mark>&lt;<mark>演义</mark>&gt;与<mark>水浒</mark>"
    )
    assert mark("Debian 参考", "deb") == "<mark>Deb</mark>ian 参考"
    assert mark("a.b", "") == "a.b"
