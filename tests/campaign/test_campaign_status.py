from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from province_rows import ANSWERS, LIVE, NOW, OLD, RECEIPT, answer, library, province

from shulu.campaign import status
from shulu.campaign.page import page
from shulu.campaign.standing import MARKS, chosen
from shulu.findings import Refused


def row(activity: dict[str, Any] | None = None, live: dict[str, Any] | None = LIVE) -> dict[str, Any]:
    return status.row(answer(activity, live), library("990101"))


def ranked(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return status.rank(rows, NOW, {})


@pytest.mark.parametrize(
    ("activity", "shown"),
    [
        ({"state": "live"}, "live"),
        ({"state": "idle", "message": "x"}, "live"),
        ({"state": "waiting", "message": "for 22:00"}, "waiting: for 22:00"),
        ({"state": "failed", "message": "signature\nis bad"}, "failed: signature is bad"),
        (
            {
                "state": "fetching",
                "done_bytes": 45,
                "total_bytes": 100,
                "rate": 2_100_000,
                "seconds_left": 720,
            },
            "fetching 45 %, 2.1 MB/s, 12 min left",
        ),
        (
            {"state": "verifying", "done_bytes": 0, "total_bytes": 0, "rate": 0, "seconds_left": None},
            "verifying",
        ),
    ],
)
def test_what_a_library_does(activity: dict[str, Any], shown: str) -> None:
    assert status.state(ranked(row(activity))[0]) == shown


def test_damaged_bags_are_a_failure() -> None:
    hurt = LIVE | {"bags": [{"id": "a", "version": "1", "whole": False}, {"id": "b", "version": "1"}]}
    assert status.state(ranked(row(live=hurt))[0]) == "failed: 1 of its bags are damaged"


def test_a_server_that_gives_no_answer_says_why() -> None:
    def state(**answer: Any) -> str:
        return status.state(ranked(status.row(answer, library("1")))[0])

    assert state(unreachable=True, msg="no answer\r\nin time") == "unreachable: no answer in time"
    assert state(provisioned=False, status={}, problem="", receipts={}) == "not provisioned"
    assert state(provisioned=True, status={}, problem="exit code 1", receipts={}) == "broken: exit code 1"
    assert state(failed=True, msg="sudo: a password is required") == "broken: sudo: a password is required"


def test_each_state_is_told_and_the_worst_come_first() -> None:
    rows = ranked(*(status.row(ANSWERS[word], library(word)) for word in sorted(ANSWERS)))
    assert [each["library"] for each in rows] == [each["standing"] for each in rows] == list(MARKS)


def test_the_newest_release_is_known_from_live_ones_from_receipts_and_from_above() -> None:
    late = status.row(answer(live=OLD), library("990101"))
    silent = status.row(
        ANSWERS["unreachable"], library("2"), RECEIPT | {"release": {"epoch": 1, "serial": 7}}
    )
    assert ranked(late)[0]["standing"] == "live"
    assert ranked(late, silent)[1]["standing"] == "old"
    assert status.rank([late], NOW, {}, [None, LIVE])[0]["standing"] == "old"


@pytest.mark.parametrize(
    ("before", "receipt", "contact"),
    [
        ({}, None, ""),
        ({}, RECEIPT, "2026-11-20T01:02:03Z"),
        ({"1": "2026-11-21T00:00:00Z"}, RECEIPT, "2026-11-21T00:00:00Z"),
        ({"1": "2026-11-19T00:00:00Z"}, RECEIPT, "2026-11-20T01:02:03Z"),
        ({"2": "2026-11-21T00:00:00Z"}, None, ""),
    ],
)
def test_the_last_contact_of_who_is_silent(
    before: dict[str, str], receipt: dict[str, Any] | None, contact: str
) -> None:
    silent = status.row(ANSWERS["unreachable"], library("1"), receipt)
    assert status.rank([silent], NOW, before)[0]["contact"] == contact
    assert status.rank([row()], NOW, before)[0]["contact"] == NOW


def test_the_table_has_all_figures_and_counts() -> None:
    silent = status.row(ANSWERS["unreachable"], library("990102", "望山县图书馆"), RECEIPT)
    rows = ranked(row(), silent)
    lines = status.table(rows, [{"code": "990103", "name": "乙"}]).split("\n")
    assert lines[2].split("  ")[0] == "990102"
    assert "2026-11-20 01:02  1-6 2026-11-20 01:02, in 5 min 3 s  look after it" in lines[2]
    assert "1-7 since 2026-11-22 23:15" in lines[3]
    assert "3.9 TB" in lines[3] and "9.0 GB" in lines[3]
    assert lines[-1] == "2 libraries, 1 live, 1 unreachable, 1 awaiting enrolment"


def test_a_filter_hides_rows_and_leaves_the_count_whole() -> None:
    rows = province(60)
    only = chosen(rows, ["failed", " old"])
    assert {each["standing"] for each in only} == {"failed", "old"}
    text = status.table(rows, [], only)
    assert f"({60 - len(only)} others are left out by status_only)" in text
    assert text.split("\n")[-1].startswith("60 libraries, ")
    assert chosen(rows, []) == rows
    with pytest.raises(Refused, match="lost is no state; there are broken, unreachable"):
        chosen(rows, ["lost"])


def test_the_page_needs_nothing_beside_it_and_lets_nothing_in() -> None:
    evil = row() | {"name": "<script>alert(1)</script>", "prefecture": '"><script>'}
    text = page(ranked(evil), [{"code": "990103", "name": "乙&"}], "示范省", NOW)
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "乙&amp; 990103" in text
    assert not any(word in text for word in ("http:", "https:", "//", "src=", "url("))
    assert 'lang="zh-CN"' in text


def test_the_page_tells_states_in_words_and_what_to_do() -> None:
    text = page(province(200), [], "安徽省", NOW)
    for mark in MARKS.values():
        assert f"{mark.zh} <small>{mark.en}</small>" in text
    assert text.count("<tr class=") == text.count('class="tile ') == 200
    assert text.count("<section class=place>") == 16
    assert "deliver.yml --limit 34" in text
    assert text.index('<tr class="s s-broken"') < text.index('<tr class="s s-live"')


def test_the_page_shows_how_far_a_transfer_is() -> None:
    busy = row({"state": "fetching", "done_bytes": 45, "total_bytes": 100, "rate": 1000, "seconds_left": 5})
    text = page(ranked(busy), [], "", NOW)
    assert "width:45%" in text.split("<tbody>")[1]
    assert "1 馆传输中，共 1.0 kB/s，最慢的约剩 5 s" in text
    assert "width:" not in page(ranked(row()), [], "", NOW).split("<tbody>")[1]


@given(st.lists(st.sampled_from(sorted(ANSWERS)), max_size=30))
def test_ranking_loses_nobody_and_keeps_the_order_of_equals(words: list[str]) -> None:
    rows = ranked(*(status.row(ANSWERS[word], library(str(place))) for place, word in enumerate(words)))
    order = [(list(MARKS).index(each["standing"]), int(each["library"])) for each in rows]
    assert order == sorted(order)
    assert len(rows) == len(words)
    assert page(rows, [], "", NOW).count("<tr class=") == len(words)
