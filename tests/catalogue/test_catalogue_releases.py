"""A catalogue that goes on from the one before, held against one that is built anew."""

from __future__ import annotations

import copy
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from catalogue_views import Opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shulu.catalogue.build import build
from shulu.catalogue.model import Filters
from shulu.content.licence import SCOPES

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
    make_release: MakeRelease, releases: list[dict[str, Any]], licences: list[dict[str, Any]]
) -> None:
    before: Path | None = None
    history: list[dict[tuple[str, str], tuple[Any, ...]]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shulu.catalogue.write.BLOCK", 2)
        # Whatever is left behind in the index, go on.
        patch.setattr("shulu.catalogue.build._DEAD", 0)
        for serial, bags in enumerate(releases, 1):
            shutil.rmtree(Path(f"{before}").parent / f"1-{serial}", ignore_errors=True)
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
    """Hold the changes against what each release had: a record changed when it came as it is."""
    since: dict[tuple[str, str], int] = {}
    gone: dict[tuple[str, str], int] = {}
    for serial, held in enumerate(history, 1):
        last = history[serial - 2] if serial > 1 else {}
        for key, (_, *content) in held.items():
            if key not in last or list(last[key][1:]) != content:
                since[key] = serial
            gone.pop(key, None)
        for key in last.keys() - held.keys():
            gone[key] = serial
    view = Opened(folder, "lan", date(2020, 1, 1))
    changes = view.changed()
    view.close()
    told = {(change.bag, change.id): change for change in changes}
    assert len(told) == len(changes)
    assert [change.key for change in changes] == sorted(change.key for change in changes)
    now = {key: since[key] for key in history[-1]}
    assert {key: int(change.moment[-3:-1]) for key, change in told.items() if change.item} == now
    assert {key: int(change.moment[-3:-1]) for key, change in told.items() if not change.item} == gone


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
    records = [{"id": f"r{n}", "title": f"诗{n}", "files": ["a.jpg"]} for n in range(3000)]
    folder = make_release({"ebooks-001": records})
    build(folder)
    before = (folder / "catalogue.db").read_bytes()
    code = "import sys, pathlib; from shulu.catalogue.build import build; build(pathlib.Path(sys.argv[1]))"
    for wait in (0.3, 0.6):
        with subprocess.Popen([sys.executable, "-c", code, str(folder)], start_new_session=True) as process:
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
        assert (folder / "catalogue.db").read_bytes() == before
    build(folder)
    assert (folder / "catalogue.db").read_bytes() == before
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
