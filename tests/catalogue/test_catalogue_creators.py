"""Who made what: counted by collection, and what searches are narrowed to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from catalogue_views import Opened

from shulu.catalogue.build import build
from shulu.catalogue.model import Count, Filters

MakeRelease = Callable[..., Path]
BAGS = {
    "government-information-001": [
        {"id": "a", "title": "通知 甲", "creator": ["县财政局"], "date": "2013", "files": ["a.html"]},
        {
            "id": "b",
            "title": "通知 乙",
            "creator": ["县财政局", "县教育局"],
            "date": "2014",
            "files": ["b.html"],
        },
        {"id": "c", "title": "县财政局的通知", "creator": ["县政府"], "date": "2014", "files": ["c.html"]},
        {
            "id": "d",
            "title": "通知 丁",
            "creator": ["县财政局", "县档案局"],
            "files": ["d.html"],
            "licence": {"scope": "lan", "until": "2026-11-22"},
        },
    ],
    "ebooks-001": [{"id": "e", "title": "通知", "creator": ["县教育局", "罗贯中"], "files": ["e.epub"]}],
}


def test_creators_of_a_collection_are_counted_as_far_as_they_are_seen(make_release: MakeRelease) -> None:
    folder = make_release(BAGS)
    build(folder)
    view = Opened(folder)
    assert view.creators("government-information") == [
        Count("县财政局", 2),
        Count("县政府", 1),
        Count("县教育局", 1),
    ]
    assert view.creators("ebooks") == [Count("县教育局", 1), Count("罗贯中", 1)]
    assert view.creators("nowhere") == []
    view.close()


def test_hits_are_narrowed_to_a_creator(make_release: MakeRelease) -> None:
    folder = make_release(BAGS)
    build(folder)
    view = Opened(folder)

    def ids(query: str, filters: Filters) -> list[str]:
        return [item.id for item in view.search(query, filters).items]

    here = "government-information"
    assert ids("", Filters(here, creator="县财政局")) == ["a", "b"]
    assert ids("通知", Filters(creator="县教育局")) == ["e", "b"]
    assert ids("", Filters(here, year="2014", creator="县财政局")) == ["b"]
    assert ids("", Filters(creator="县财政")) == []
    assert ids("", Filters(creator="")) == []
    years = view.search("", Filters(here, year="2014", creator="县财政局")).facets.year
    assert years == (Count("2014", 1), Count("2013", 1))
    view.close()
