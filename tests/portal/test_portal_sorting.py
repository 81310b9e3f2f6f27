"""Collections in an order, an item's series, what is new: what the pages say without any script."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from pypinyin import lazy_pinyin

LAPSED = "/items/ebooks-001/book-5"


@pytest.fixture(scope="module")
def client(room: FlaskClient) -> FlaskClient:
    return room


def titles(page: str) -> list[str]:
    return [unescape(title) for title in re.findall(r'class="entry-title"[^>]*>(.*?)</span>', page)]


def test_pages_of_an_order_follow_each_other(client: FlaskClient) -> None:
    found: list[str] = []
    address = "/collections/ebooks?view=list&sort=title"
    while address:
        page = client.get(address).text
        found += titles(page)
        assert 'aria-current="true">题名拼音</a>' in page
        onward = re.search(r'rel="next" href="([^"]*)"', page)
        address = unescape(onward[1]) if onward else ""
        assert not address or "sort=title" in address
    volumes = [int(title[6:-1]) for title in found if title.startswith("唐诗选集")]
    assert volumes == sorted(volumes) == [3, 4, *range(6, 31)]
    assert found.index("三国演义") < found.index("唐诗选集 第3卷")


@pytest.mark.parametrize("view", ["list", "shelf"])
def test_letters_lead_to_their_first_title(client: FlaskClient, view: str) -> None:
    page = client.get(f"/collections/ebooks?view={view}&sort=title").text
    spelling = page.partition('aria-label="题名首字母"')[2].partition("</nav>")[0]
    leads = re.findall(r'href="([^"#]*)#(no-\d+)"(?: aria-label="[^"]*")?>(.)</a>', spelling)
    assert {letter for *_, letter in leads} >= {"S", "T"}
    for address, anchor, letter in leads:
        entry = client.get(unescape(address)).text.partition(f'id="{anchor}"')[2]
        title = re.search(r'class="(?:entry|shelf)-title"[^>]*>(.*?)</span>', entry)
        assert title is not None
        spelt = lazy_pinyin(unescape(title[1]).strip("《“"))[0][0].upper()
        assert letter == (spelt if letter != "#" else "#")
    for other in ("sort=newest", "sort=title&year=0762", "sort=title&creator=x"):
        assert "题名首字母" not in client.get(f"/collections/ebooks?{other}").text


@pytest.mark.parametrize("sort", ["", "title", "newest", "year", "nonsense", "title&sort=year"])
def test_no_order_shows_what_has_lapsed(client: FlaskClient, sort: str) -> None:
    pages = [client.get(f"/collections/ebooks?sort={sort}&page={number}").text for number in (1, 2)]
    assert "/items/ebooks-001/sanguo" in "".join(pages)
    assert LAPSED not in "".join(pages)
    assert client.get(LAPSED).status_code == 404


def test_a_year_and_an_order_are_kept_together(client: FlaskClient) -> None:
    page = client.get("/collections/ebooks?year=0762&sort=title").text
    assert '<input type="hidden" name="sort" value="title">' in page
    assert "?year=0762&amp;sort=newest" in page
    assert '<option value="0762" selected>' in page
    assert client.get("/collections/ebooks?year=1999&sort=year").status_code == 200
    assert client.get("/collections/nothing?sort=title").status_code == 404


def test_an_item_lists_its_series(client: FlaskClient) -> None:
    page = client.get("/items/journals-001/issue-1").text
    series = page.partition('<nav class="series"')[2].partition("</nav>")[0]
    assert "本刊各期" in series
    assert re.findall(r">(2014年第\d期)</a>", series) == ["2014年第1期", "2014年第2期"]
    assert 'aria-current="page" href="/items/journals-001/issue-1"' in series
    assert '<nav class="series"' not in client.get("/items/journals-001/old-paper").text


def test_new_arrivals_are_of_all_collections(client: FlaskClient) -> None:
    new = client.get("/").text.partition('id="newest"')[2]
    bags = re.findall(r'href="/items/([^/"]*)/', new)
    assert len(bags) == 12
    assert set(bags[:7]) == {
        "ebooks-001",
        "journals-001",
        "documentaries-001",
        "children-001",
        "wenjin-recitation-001",
        "old-photographs-001",
        "government-information-001",
    }
