"""The search held against a plain scan of the same records."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from catalogue_scan import Scan, told
from catalogue_views import Opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shulu.catalogue import names
from shulu.catalogue.build import build
from shulu.catalogue.model import Filters, Results
from shulu.catalogue.results import PAGE_SIZE

ALPHABET = "三国演义水浒传的诗,。 abAé1２Ａ龍龙義㐂𠮷བོ་ー-\"*():^'"
TEXTS = st.text(ALPHABET, max_size=12)
TITLES = TEXTS.filter(str.strip)
MakeRelease = Callable[..., Path]

RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "title": TITLES,
            "creator": st.lists(TEXTS, max_size=2),
            "subject": st.lists(TEXTS, max_size=2),
            "description": TEXTS,
            "date": st.sampled_from(["", "2014", "2014-05-01", "1998", "唐"]),
            "language": st.sampled_from(["", "zh", "en"]),
        }
    ),
    min_size=1,
    max_size=45,
)
FILTERS = st.builds(
    Filters,
    st.sampled_from([None, None, "ebooks", "old-photographs", "nowhere"]),
    st.sampled_from([None, None, "picture", "other"]),
    st.sampled_from([None, None, None, "2014", "1066"]),
    st.sampled_from([None, None, None, "zh", "bo"]),
)


@pytest.mark.parametrize("often", [False, True], ids=["index", "bitmaps"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS, st.lists(st.tuples(TEXTS, FILTERS), min_size=1, max_size=8))
def test_hits_are_those_of_a_plain_scan(
    make_release: MakeRelease,
    often: bool,
    contents: list[dict[str, Any]],
    queries: list[tuple[str, Filters]],
) -> None:
    records = [{"id": f"r{n}", "files": [f"{n}.jpg"], **one} for n, one in enumerate(contents)]
    half = len(records) // 2 + 1
    bags = {"old-photographs-001": records[half:] or records[:1], "ebooks-001": records[:half]}
    shown = [
        {**record, "collection": collection, "medium": medium}
        for collection, medium, bag in (
            ("ebooks", "pages", "ebooks-001"),
            ("old-photographs", "picture", "old-photographs-001"),
        )
        for record in bags[bag]
    ]
    # Each of both bags has a first record of the same id where there is only one: ids have to differ.
    if not records[half:]:
        shown[-1]["id"] = bags["old-photographs-001"][0]["id"] = "r999"
        bags["ebooks-001"] = [{**records[0], "id": "r0"}, *records[1:half]]
        shown[0]["id"] = "r0"
    folder = make_release(bags)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shulu.catalogue.write.BLOCK", 16)
        if often:
            patch.setattr("shulu.catalogue.build.SAMPLE", 1)
            patch.setattr("shulu.catalogue.frequent.LEAST", 1)
            patch.setattr("shulu.catalogue.hits.FEW", 2)
        build(folder)
        catalogue = Opened(folder)
        for query, filters in queries:
            truth = Scan(shown, query, filters)
            found = _all(catalogue, query, filters)
            assert [item.id for page in found for item in page.items] == truth.ids
            assert {page.total for page in found} == {len(truth.ids)}
            assert all(told(page.facets) == truth.facets() for page in found)
            assert all(len(page.items) == PAGE_SIZE for page in found[:-1])
        catalogue.close()


def _all(catalogue: Opened, query: str, filters: Filters) -> list[Results]:
    pages = [catalogue.search(query, filters)]
    while len(pages) < pages[0].pages:
        pages.append(catalogue.search(query, filters, len(pages) + 1))
    return pages


def test_short_chinese_queries_find(make_release: MakeRelease) -> None:
    records = [
        {"id": "a", "title": "三国演义", "creator": ["罗贯中"], "files": ["a.jpg"]},
        {
            "id": "b",
            "title": "水浒传",
            "creator": ["施耐庵"],
            "description": "与《三国演义》齐名",
            "files": ["b.jpg"],
        },
        {"id": "c", "title": "国，演", "files": ["c.jpg"]},
    ]
    folder = make_release({"ebooks-001": records})
    build(folder)
    catalogue = Opened(folder)

    def ids(query: str) -> list[str]:
        return [item.id for item in catalogue.search(query).items]

    assert ids("国") == ["a", "c", "b"]
    assert ids("国演") == ["a", "b"]
    assert ids("罗") == ["a"]
    assert ids("施耐") == ["b"]
    assert ids("水浒 耐庵") == ["b"]
    assert ids("水浒 贯中") == []
    assert ids("《》") == []
    assert ids("") == []
    assert ids("三國演義") == ids("三国演义") == ids("三国演義") == ["a", "b"]
    assert ids("sgyy") == ids("ＳＧ") == ["a"]
    assert ids("gyy") == []
    catalogue.close()


def test_the_title_that_is_the_query_comes_first(make_release: MakeRelease) -> None:
    titles = ["论三国演义", "三国演义人物", "三国演义", "红楼梦", "三国演义"]
    records = [{"id": f"r{n}", "title": title, "files": ["a.jpg"]} for n, title in enumerate(titles)]
    records[3] |= {"creator": ["三国演义学会"]}
    folder = make_release({"ebooks-001": records})
    build(folder)
    catalogue = Opened(folder)
    found = [item.id for item in catalogue.search("《三国演义》").items]
    assert found == ["r2", "r4", "r0", "r1", "r3"]
    catalogue.close()


def test_pages_beyond_the_ends_are_the_ends(make_release: MakeRelease) -> None:
    records = [{"id": f"r{n}", "title": f"诗 {n}", "files": ["a.jpg"]} for n in range(45)]
    folder = make_release({"ebooks-001": records})
    build(folder)
    catalogue = Opened(folder)
    for asked, given_ in ((-5, 1), (0, 1), (1, 1), (3, 3), (4, 3), (10**30, 3)):
        page = catalogue.search("诗", Filters(), asked)
        assert (page.total, page.page, page.pages) == (45, given_, 3)
    assert len(catalogue.search("诗", Filters(), 3).items) == 5
    assert catalogue.search("诗", Filters("nowhere")).total == 0
    assert catalogue.search("", Filters("ebooks")).total == 45
    catalogue.close()


@pytest.mark.parametrize(
    "query",
    ["三" * 100_000, "三 " * 5000, "a" * 100_000, '"', '三国" OR "a', "title : a", "NEAR(三 国)", "三\0国",
     "*", "a*", "三*", "-a", "\ud800", "\U0010ffff", "😀", "'; DROP TABLE records; --", "🄰", "ﷺ" * 2000,
     "{title} : 三"],
    ids=lambda query: ascii(query)[:20],
)  # fmt: skip
def test_no_query_is_too_much(make_release: MakeRelease, query: str) -> None:
    folder = make_release({"ebooks-001": [{"id": "a", "title": "三国演义 a", "files": ["a.jpg"]}]})
    build(folder)
    catalogue = Opened(folder)
    assert catalogue.search(query).total in (0, 1)
    assert len(catalogue.suggest(query)) <= 8
    catalogue.close()


def _titled(titles: list[str]) -> list[dict[str, Any]]:
    return [{"id": f"r{n}", "title": title, "files": ["a.jpg"]} for n, title in enumerate(titles)]


def test_a_name_of_many_records_leaves_room_for_others(make_release: MakeRelease) -> None:
    folder = make_release({"journals-001": _titled(["人民文学"] * 450 + ["人民音乐"])})
    build(folder)
    catalogue = Opened(folder)
    assert catalogue.suggest("人民") == catalogue.suggest("rm") == ["人民文学", "人民音乐"]
    catalogue.close()


def test_names_that_are_not_seen_leave_room_for_those_that_are(make_release: MakeRelease) -> None:
    hidden = [f"人民 {n}" for n in range(450)] + ["人民文学"] * 450
    bags = {"ebooks-001": _titled(hidden), "journals-001": _titled(["人民文学", "人民音乐"])}
    folder = make_release(bags, licences={"journals-001": {"scope": "open"}})
    build(folder)
    view = Opened(folder, "open")
    assert view.suggest("人民") == view.suggest("rm") == ["人民文学", "人民音乐"]
    view.close()


def test_single_records_that_are_not_seen_hide_no_other_of_their_title(make_release: MakeRelease) -> None:
    records = _titled(["人民文学"] * 451)
    for record in records[:-1]:
        record["licence"] = {"scope": "lan", "until": "2026-12-31"}
    folder = make_release({"ebooks-001": records}, licences={"ebooks-001": {"scope": "open"}})
    build(folder)
    view = Opened(folder, "open")
    assert view.suggest("人民") == ["人民文学"]
    view.close()


def test_suggestions_read_so_many_rows_at_most(
    make_release: MakeRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_release({"ebooks-001": _titled([f"诗 {n}" for n in range(10, 20)])})
    build(folder)
    catalogue = Opened(folder)
    monkeypatch.setattr(names, "_ROWS", 3)
    assert catalogue.suggest("诗") == ["诗 10", "诗 11", "诗 12"]
    catalogue.close()


def test_the_catalogue_cannot_be_written(make_release: MakeRelease) -> None:
    folder = make_release({"ebooks-001": [{"id": "a", "title": "诗", "files": ["a.jpg"]}]})
    build(folder)
    catalogue = Opened(folder)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        catalogue._db.execute("DELETE FROM records")
    catalogue.close()
