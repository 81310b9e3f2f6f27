"""A catalogue that is opened while another release becomes live."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from catalogue_views import TODAY, Opened

from shulu.catalogue.build import build
from shulu.catalogue.catalogue import Catalogue
from shulu.catalogue.terms import Terms
from shulu.content.licence import Audience

MakeRelease = Callable[..., Path]
OLD = [{"id": "a", "title": "三国演义", "files": ["a.jpg"]}]
NEW = [{"id": f"n{n}", "title": "水浒传", "files": ["n.jpg"]} for n in range(20)]


@pytest.mark.parametrize("early", [True, False], ids=["before the file is opened", "behind that"])
def test_a_switch_in_between_leaves_no_catalogue_with_the_places_of_another(
    make_release: MakeRelease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, early: bool
) -> None:
    old, new = make_release({"ebooks-001": OLD}, 1), make_release({"ebooks-001": NEW}, 2)
    for folder in (old, new):
        build(folder)
    live, draft = tmp_path / "live", tmp_path / "draft"
    live.symlink_to(old)
    draft.symlink_to(new)
    connect = sqlite3.connect

    def switching(*given: Any, **named: Any) -> sqlite3.Connection:
        if early and draft.is_symlink():
            draft.replace(live)
        opened = connect(*given, **named)
        if draft.is_symlink():
            draft.replace(live)
        return opened

    monkeypatch.setattr(sqlite3, "connect", switching)
    for folder, records in ((live, NEW), (new, NEW), (old, OLD), (live, NEW)):
        view = Opened(folder)
        assert view.search(str(records[0]["title"])).total == len(records)
        assert [holding.count for holding in view.holdings()] == [len(records)]
        view.close()


def test_what_each_audience_may_see_is_made_out_once_a_day(
    make_release: MakeRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_release(
        {"ebooks-001": OLD, "ebooks-002": NEW}, licences={"ebooks-002": {"scope": "province"}}
    )
    build(folder)
    made: list[Audience] = []
    real = Terms._made
    monkeypatch.setattr(Terms, "_made", lambda terms, who: made.append(who) or real(terms, who))
    catalogue = Catalogue(folder)
    asked = [Audience(scope, TODAY + timedelta(day)) for day in range(2) for scope in ("lan", "province")]
    for day in (asked[:2], asked[2:]):
        for who in day * 3:
            counts = [holding.count for holding in catalogue.view(who).holdings()]
            assert counts == [len(NEW) + (len(OLD) if who.scope == "lan" else 0)]
    assert made == asked
    assert list(catalogue._terms._known) == asked[2:]
    catalogue.close()
