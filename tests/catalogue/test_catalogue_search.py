"""The search held against a plain scan of the same records."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from catalogue_views import Opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shulu.catalogue.build import build
from shulu.catalogue.model import Filters
from shulu.catalogue.normalise import is_cjk, normalise, runs
from shulu.catalogue.search import MAX_WORDS, PAGE_SIZE

ALPHABET = "三国演义水浒传的诗,。 abAé1２Ａ龍㐂𠮷བོ་ー-\"*():^'"
TEXTS = st.text(ALPHABET, max_size=12)
TITLES = TEXTS.filter(str.strip)


def holds(text: str, word: str) -> bool:
    """The truth: a run of characters stands in the text, another word begins a word of it."""
    if is_cjk(word):
        return word in normalise(text)
    return any(not is_cjk(run) and run.startswith(word) for run in runs(text))


def scan(records: list[dict[str, Any]], query: str, narrowed: bool) -> tuple[set[str], set[str]]:
    """Return the ids of all hits, and of those whose title alone is one."""
    wanted = list(dict.fromkeys(runs(query)))[:MAX_WORDS]
    hits, titles = set(), set()
    for record in records:
        texts = [record["title"], *record["creator"], *record["subject"], record["description"]]
        if (wanted or narrowed and not query.strip()) and all(
            any(holds(text, word) for text in texts) for word in wanted
        ):
            hits.add(record["id"])
            if all(holds(record["title"], word) for word in wanted):
                titles.add(record["id"])
    return hits, titles


RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "title": TITLES,
            "creator": st.lists(TEXTS, max_size=2),
            "subject": st.lists(TEXTS, max_size=2),
            "description": TEXTS,
        }
    ),
    min_size=1,
    max_size=45,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS, st.lists(TEXTS, min_size=1, max_size=8))
def test_hits_are_those_of_a_plain_scan(
    make_release: Callable[..., Path], contents: list[dict[str, Any]], queries: list[str]
) -> None:
    records = [{"id": f"r{n}", "files": ["a.txt"], **content} for n, content in enumerate(contents)]
    half = len(records) // 2 + 1
    folder = make_release({"ebooks-001": records[:half], "classics-001": records[half:] or records[:1]})
    build(folder)
    catalogue = Opened(folder)
    for query in queries:
        for collection, among in (
            ("ebooks", records[:half]),
            (None, records[:half] + (records[half:] or records[:1])),
        ):
            hits, titles = scan(among, query, collection is not None)
            expected = [(r["id"] in titles) for r in among if r["id"] in hits]
            pages = [catalogue.search(query, Filters(collection), 1)]
            while len(pages) < pages[0].pages:
                pages.append(catalogue.search(query, Filters(collection), len(pages) + 1))
            found = [item.id for page in pages for item in page.items]
            assert {page.total for page in pages} == {len(expected)}
            assert len(found) == len(expected)
            assert set(found) == hits
            assert [name in titles for name in found] == sorted(expected, reverse=True)
            assert all(len(page.items) == PAGE_SIZE for page in pages[:-1])
    catalogue.close()


def test_short_chinese_queries_find(make_release: Callable[..., Path]) -> None:
    records = [
        {"id": "a", "title": "三国演义", "creator": ["罗贯中"], "files": ["a.epub"]},
        {
            "id": "b",
            "title": "水浒传",
            "creator": ["施耐庵"],
            "description": "与《三国演义》齐名",
            "files": ["b.epub"],
        },
        {"id": "c", "title": "国，演", "files": ["c.epub"]},
    ]
    folder = make_release({"ebooks-001": records})
    build(folder)
    catalogue = Opened(folder)

    def ids(query: str) -> list[str]:
        return [item.id for item in catalogue.search(query).items]

    assert ids("国")[-1] == "b"
    assert ids("国演") == ["a", "b"]
    assert ids("罗") == ["a"]
    assert ids("施耐") == ["b"]
    assert ids("水浒 耐庵") == ["b"]
    assert ids("水浒 贯中") == []
    assert ids("《》") == []
    assert ids("三國演義") == []
    catalogue.close()


def test_pages_beyond_the_ends_are_the_ends(make_release: Callable[..., Path]) -> None:
    records = [{"id": f"r{n}", "title": f"诗 {n}", "files": ["a.txt"]} for n in range(45)]
    folder = make_release({"ebooks-001": records})
    build(folder)
    catalogue = Opened(folder)
    for asked, given_ in ((-5, 1), (0, 1), (1, 1), (3, 3), (4, 3), (10**30, 3)):
        page = catalogue.search("诗", Filters(), asked)
        assert (page.total, page.page, page.pages) == (45, given_, 3)
    assert len(catalogue.search("诗", Filters(), 3).items) == 5
    assert catalogue.search("诗", Filters("nowhere")).total == 0
    catalogue.close()


def test_the_catalogue_cannot_be_written(make_release: Callable[..., Path]) -> None:
    folder = make_release({"ebooks-001": [{"id": "a", "title": "诗", "files": ["a.txt"]}]})
    build(folder)
    catalogue = Opened(folder)
    try:
        catalogue._db.execute("DELETE FROM records")
    except sqlite3.OperationalError as error:
        assert "readonly" in str(error)
    else:
        raise AssertionError("written")
    catalogue.close()
