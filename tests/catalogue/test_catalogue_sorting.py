"""A collection in the order that a reader chose: whole, page by page, and without what he may not see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from catalogue_views import Opened

from shulu.catalogue.build import build
from shulu.catalogue.sorting import SORTS
from shulu.catalogue.view import View
from shulu.catalogue.words import order_key

MakeRelease = Callable[..., Path]


def book(name: str, title: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "title": title, "creator": ["甲" if name < "m" else "乙"], "files": ["a.jpg"], **more}


BOOKS = [
    book("z", "长恨歌", date="0806"),
    book("b", "三国演义", date="1522"),
    book("c", "三字经"),
    book("y", "《红楼梦》", date="1791", licence={"scope": "lan"}),
    book("e", "水浒传 第10回", date="1522-03"),
    book("x", "水浒传 第2回", date="1522-01", licence={"scope": "open", "until": "2026-11-22"}),
]
OTHERS = [book("g", "阿房宫赋", date="0825"), book("h", "Poems", date="2001")]


def ids(
    view: View, sort: str, size: int = 2, year: str | None = None, creator: str | None = None
) -> list[str]:
    """Return the ids on all pages, one after the other."""
    found: list[str] = []
    number = pages = total = 1
    while number <= pages:
        page = view.browse("ebooks", number, size, sort=sort, year=year, creator=creator)
        assert page is not None
        assert page.page == number
        found += [item.id for item in page.items]
        pages, total, number = page.pages, page.total, number + 1
    assert len(found) == total
    return found


def test_a_collection_is_sorted_by_title_newness_and_year(make_release: MakeRelease) -> None:
    first = make_release({"ebooks-001": BOOKS, "journals-001": OTHERS}, 1)
    build(first)
    second = make_release({"ebooks-001": BOOKS, "ebooks-002": OTHERS, "journals-001": OTHERS}, 2)
    build(second, first)
    view = Opened(second, today=date(2026, 11, 22))
    assert ids(view, "") == ["z", "b", "c", "y", "e", "x", "g", "h"]
    assert ids(view, "title") == ["h", "g", "z", "y", "b", "c", "x", "e"]
    assert ids(view, "newest") == ["g", "h", "z", "b", "c", "y", "e", "x"]
    assert ids(view, "year") == ["h", "y", "b", "e", "x", "g", "z", "c"]
    assert ids(view, "nonsense") == ids(view, "")
    assert ids(view, "title", year="1522") == ["b", "x", "e"]
    assert ids(view, "title", creator="乙") == ["z", "y", "x"]
    assert ids(view, "year", year="1522", creator="甲") == ["b", "e"]
    assert ids(view, "title", year="1900") == []
    assert view.browse("children", 1, 9, sort="title") is None
    last = view.browse("ebooks", 99, 3, sort="title")
    assert last is not None
    assert (last.page, [item.id for item in last.items]) == (3, ["x", "e"])
    view.close()


def test_no_order_shows_what_a_reader_may_not_see(make_release: MakeRelease) -> None:
    folder = make_release({"ebooks-001": [*BOOKS, *OTHERS]}, licences={"ebooks-001": {"scope": "open"}})
    build(folder)
    for scope, day, hidden in (("lan", 23, {"x"}), ("open", 22, {"y"}), ("open", 23, {"x", "y"})):
        view = Opened(folder, scope, date(2026, 11, day))
        for sort in SORTS:
            assert set(ids(view, sort)) == set("zbcyexgh") - hidden
        view.close()


def test_many_pages_of_every_order_are_those_of_all_sorted(make_release: MakeRelease) -> None:
    words = "春夏秋冬山水花鸟风月"
    books = [
        book(f"n{n}", words[n % 7] + words[n % 10] + f"第{n % 13}集", date=f"{1900 + n * 7 % 60}")
        for n in range(300)
    ]
    for one in books[::9]:
        del one["date"]
    folder = make_release({"ebooks-001": books[:140], "ebooks-002": books[140:], "journals-001": OTHERS})
    build(folder)
    view = Opened(folder)
    for sort in SORTS:
        whole = view.browse("ebooks", 1, 300, sort=sort)
        assert whole is not None
        for size in (7, 24):
            assert ids(view, sort, size) == [item.id for item in whole.items]
        if sort == "title":
            assert all(order_key(a.title) <= order_key(b.title) for a, b in pairwise(whole.items))
        if sort == "year":
            years = [item.record.get("date", "")[:4] for item in whole.items]
            assert years == sorted(years, reverse=True)
    view.close()


def test_letters_lead_to_the_first_title_of_each(make_release: MakeRelease) -> None:
    folder = make_release({"ebooks-001": [*BOOKS, *OTHERS]}, licences={"ebooks-001": {"scope": "open"}})
    build(folder)
    for scope, day in (("lan", 22), ("lan", 23), ("open", 23)):
        view = Opened(folder, scope, date(2026, 11, day))
        whole = view.browse("ebooks", 1, 99, sort="title")
        assert whole is not None
        firsts = [
            {"阿": "A", "长": "C", "红": "H", "三": "S", "水": "S", "P": ""}[one.title.strip("《")[0]]
            for one in whole.items
        ]
        assert view.letters("ebooks") == [(letter, firsts.index(letter)) for letter in dict.fromkeys(firsts)]
        assert view.letters("journals") == []
        view.close()
