"""A catalogue that goes on from the one before, held against one that is built anew."""

from __future__ import annotations

import copy
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from catalogue_views import Opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shulu.catalogue.build import build
from shulu.catalogue.model import Filters
from shulu.content.licence import SCOPES, Audience, Licence, permits

MakeRelease = Callable[..., Path]
BAGS = ("ebooks-001", "ebooks-002", "journals-001", "old-photographs-001")
TITLES = st.text("三国演义水的a1 ", min_size=1, max_size=6).filter(str.strip)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["a", "b", "c", "d"]),
            "title": TITLES,
            "date": st.sampled_from(["2014", "1998"]),
            "series": st.sampled_from(["", "读书"]),
            "files": st.just(["1.jpg"]),
        },
        optional={"licence": st.just({"scope": "province", "until": "2026-12-31"})},
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda record: str(record["id"]),
)
RELEASES = st.lists(st.dictionaries(st.sampled_from(BAGS), RECORDS, min_size=1), min_size=2, max_size=4)
LICENCES = st.dictionaries(
    st.sampled_from(BAGS), st.sampled_from([{"scope": "open"}, {"scope": "lan", "until": "2026-11-22"}])
)
QUERIES = ("三", "的", "三国", "国演义", "水 a", "a", "1", "sg", "")


def _answers(folder: Path, scope: str) -> list[Any]:
    """Return all that a view tells, but the moments from which its records are here."""
    view = Opened(folder, scope)
    told: list[Any] = [view.release(), view.bags(), view.holdings(), view.lapsing(date(2027, 1, 1))]
    for query in QUERIES:
        for filters in (Filters(), Filters(collection="ebooks"), Filters(year="2014", medium="pages")):
            found = view.search(query, filters)
            ids = [(item.bag, item.id, item.record, item.licence) for item in found.items]
            told.append((query, filters, ids, found.total, found.facets, found.snippets))
        told.append(view.suggest(query))
    for bag in BAGS:
        for record_id in "abcd":
            item = view.item(bag, record_id)
            beside = view.neighbours(item) if item else ()
            told.append([(one.bag, one.id) if one else None for one in (item, *beside)])
    view.close()
    return told


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RELEASES, st.lists(LICENCES, min_size=5, max_size=5))
def test_going_on_gives_the_same_answers_as_building_anew(
    make_release: MakeRelease, tmp_path: Path, releases: list[dict[str, Any]], licences: list[dict[str, Any]]
) -> None:
    before: Path | None = None
    shutil.rmtree(tmp_path / "releases", ignore_errors=True)
    history: list[dict[tuple[str, str], tuple[Any, ...]]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shulu.catalogue.write.BLOCK", 2)
        # Whatever is left behind in the index, go on.
        patch.setattr("shulu.catalogue.build._DEAD", 0)
        for serial, bags in enumerate(releases, 1):
            folder = make_release(bags, serial, licences[serial - 1])
            build(folder)
            expected = [_answers(folder, scope) for scope in SCOPES]
            build(folder, before)
            assert [_answers(folder, scope) for scope in SCOPES] == expected
            history.append(
                {
                    (bag, record["id"]): (serial, record, licences[serial - 1].get(bag))
                    for bag, records in bags.items()
                    for record in records
                }
            )
            _check_changes(folder, history)
            before = folder


def _check_changes(folder: Path, history: list[dict[tuple[str, str], tuple[Any, ...]]]) -> None:
    """Hold the changes against what each release had: a record changed when it came as it is.

    From an audience it is gone when its scope went below one that permitted the audience, or all of it.
    """
    since: dict[tuple[str, str], int] = {}
    gone: dict[tuple[str, str], tuple[int, str, str]] = {}
    for serial, held in enumerate(history, 1):
        last = history[serial - 2] if serial > 1 else {}
        for key, (_, *content) in held.items():
            if key not in last or list(last[key][1:]) != content:
                since[key] = serial
        for key in last.keys() | gone.keys():
            _, had, has = gone.get(key) or (0, _scope(last[key]), _scope(last[key]))
            now = _scope(held[key]) if key in held else ""
            if now and SCOPES.index(now) >= SCOPES.index(had):
                gone.pop(key, None)
            elif now != has:
                gone[key] = (serial, had, now)
    for scope in SCOPES:
        asks = Audience(scope, date(2020, 1, 1))
        view = Opened(folder, scope, asks.today)
        changes = view.changed()
        assert view.count_changed() == len(changes)
        told = {(change.bag, change.id): change for change in changes}
        lost = {
            key: serial
            for key, (serial, had, has) in gone.items()
            if permits(Licence(had), asks) and not permits(Licence(has), asks)
        }
        assert all(view.last_change(*key) for key in lost)
        view.close()
        assert len(told) == len(changes)
        assert [change.key for change in changes] == sorted(change.key for change in changes)
        now = {
            key: since[key] for key, record in history[-1].items() if permits(Licence(_scope(record)), asks)
        }
        assert {key: int(change.moment[-3:-1]) for key, change in told.items() if change.item} == now
        assert {key: int(change.moment[-3:-1]) for key, change in told.items() if not change.item} == lost


def _scope(record: tuple[Any, ...]) -> str:
    """Return the scope that a record has in its bag."""
    _, said, bag = record
    licences = [bag or {"scope": "lan"}, *([said["licence"]] if "licence" in said else [])]
    return min((licence["scope"] for licence in licences), key=SCOPES.index)


def book(name: str, title: str) -> dict[str, Any]:
    return {"id": name, "title": title, "files": ["a.jpg"]}


def test_a_bag_that_comes_has_none_of_the_words_of_one_that_went(make_release: MakeRelease) -> None:
    books = [book(f"a{n}", "诗经") for n in range(9)]
    gone, new = [book("b", "红楼梦")], [book("c", "西游记")]
    before: Path | None = None
    for serial, bags in enumerate(
        (
            {"ebooks-001": books, "journals-001": gone},
            {"ebooks-001": books},
            {"ebooks-001": books, "old-photographs-001": new},
        ),
        1,
    ):
        folder = make_release(bags, serial)
        build(folder, before)
        before = folder
    view = Opened(folder)
    assert [view.search(query).total for query in ("红楼梦", "hlm", "西游记", "诗经")] == [0, 0, 1, 9]
    view.close()


def test_changes_are_of_the_moment_at_which_they_came_here(make_release: MakeRelease) -> None:
    """A release goes live weeks after it was issued, and a clock may be set back."""
    first = make_release({"ebooks-001": [book("a", "诗"), book("b", "词")]}, 1)
    build(first, now=datetime(2026, 12, 10, 8, tzinfo=UTC))
    second = make_release({"ebooks-001": [book("a", "诗经")]}, 2)
    build(second, first, now=datetime(2026, 12, 9, tzinfo=UTC))
    third = make_release({"ebooks-001": [book("a", "诗经"), book("c", "曲")]}, 3)
    build(third, second, now=datetime(2026, 12, 20, tzinfo=UTC))
    view = Opened(third)
    assert [(change.id, change.moment, change.item is None) for change in view.changed()] == [
        ("a", "2026-12-10T08:00:01Z", False),
        ("b", "2026-12-10T08:00:01Z", True),
        ("c", "2026-12-20T00:00:00Z", False),
    ]
    view.close()


def test_changes_are_told_in_parts(make_release: MakeRelease) -> None:
    records = [{"id": f"r{n:02d}", "title": "诗", "files": ["a.jpg"]} for n in range(30)]
    first = make_release({"ebooks-001": records}, 1)
    build(first)
    changed = copy.deepcopy(records[:25])
    changed[3]["title"] = "词"
    second = make_release({"ebooks-001": changed, "journals-001": records[:2]}, 2)
    build(second, first)
    view = Opened(second)
    whole = view.changed(collection_id="ebooks")
    assert [change.id for change in whole[-6:]] == ["r03", "r25", "r26", "r27", "r28", "r29"]
    assert [change.item is None for change in whole[-6:]] == [False, True, True, True, True, True]
    found, after = [], None
    while part := view.changed(collection_id="ebooks", after=after, limit=7):
        found += part
        after = part[-1].key
    assert found == whole
    assert [one.id for one in view.newest(4)] == ["r03", "r00", "r01", "r00"]
    view.close()


def test_a_killed_build_leaves_the_old_catalogue(make_release: MakeRelease) -> None:
    folder = make_release({"ebooks-001": [book(f"r{n}", f"诗{n}") for n in range(3000)]})
    build(folder)
    before, draft = (folder / "catalogue.db").read_bytes(), folder / ".catalogue.db.new"
    make_release({"ebooks-001": [book(f"r{n}", f"词{n}") for n in range(3000)]})
    code = "import sys, pathlib; from shulu.catalogue.build import build; build(pathlib.Path(sys.argv[1]))"
    with subprocess.Popen([sys.executable, "-c", code, str(folder)], start_new_session=True) as process:
        while not draft.exists() and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert draft.exists()
    assert (folder / "catalogue.db").read_bytes() == before
    build(folder)
    assert (folder / "catalogue.db").read_bytes() != before
    assert sorted(path.name for path in folder.iterdir()) == ["bags", "catalogue.db", "release.json"]


def test_what_is_out_of_scope_or_lapsed_is_nowhere(make_release: MakeRelease) -> None:
    def book(name: str, **more: Any) -> dict[str, Any]:
        return {"id": name, "title": f"秘本{name}", "creator": [f"作者{name}"], "files": ["a.jpg"], **more}

    bags = {
        "ebooks-001": [book("open"), book("own", licence={"scope": "lan"}),
                       book("late", licence={"scope": "open", "until": "2026-11-22"})],
        "journals-001": [book("province")],
        "classics-001": [book("lan")],
    }  # fmt: skip
    licences = {"ebooks-001": {"scope": "open"}, "journals-001": {"scope": "province", "until": "2026-11-30"}}
    folder = make_release(bags, licences=licences)
    build(folder)
    seen = {
        ("open", 23): {"open"},
        ("province", 23): {"open", "province"},
        ("lan", 23): {"open", "own", "province", "lan"},
        ("lan", 22): {"open", "own", "province", "lan", "late"},
        ("open", 22): {"open", "late"},
        ("nobody", 22): set(),
    }
    for (scope, day), expected in seen.items():
        view = Opened(folder, scope, date(2026, 11, day))
        found = view.search("秘本")
        assert {item.id for item in found.items} == expected
        assert found.total == len(expected) == sum(count.count for count in found.facets.collection)
        assert len(view.suggest("秘")) == len(view.suggest("作")) == len(view.suggest("mb")) == len(expected)
        assert sum(holding.count for holding in view.holdings()) == len(expected)
        assert {item.id for item in view.newest(99)} == expected
        assert {item.id for page in [view.browse("ebooks", 1, 9)] if page for item in page.items} <= expected
        assert (view.item("ebooks-001", "late") is not None) == ("late" in expected)
        assert {change.id for change in view.changed() if change.item} == expected
        assert {bag.id for bag in view.bags()} == {item.bag for item in found.items}
        view.close()
    view = Opened(folder, "open", date(2026, 11, 23))
    (late,) = [change for change in view.changed() if change.item is None]
    assert (late.id, late.moment) == ("late", "2026-11-23T00:00:00Z")
    view.close()
    view = Opened(folder, "lan", date(2026, 11, 1))
    assert [(lapse.bag, lapse.count) for lapse in view.lapsing(date(2026, 11, 30))] == [
        ("ebooks-001", 1),
        ("journals-001", 1),
    ]
    view.close()
