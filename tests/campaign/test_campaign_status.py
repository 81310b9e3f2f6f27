from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from province_rows import ANSWERS, BUSY, LIVE, NOW, OLD, RECEIPT, TRUST, answer, library, province

from shulu.campaign import status
from shulu.campaign.page import page
from shulu.campaign.standing import MARKS, chosen
from shulu.findings import Refused

EARLIER = "2026-11-22T07:00:00Z"


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
        ("", None, ""),
        ("", RECEIPT, "2026-11-20T01:02:03Z"),
        ("2026-11-21T00:00:00Z", RECEIPT, "2026-11-21T00:00:00Z"),
        ("2026-11-19T00:00:00Z", RECEIPT, "2026-11-20T01:02:03Z"),
    ],
)
def test_the_last_contact_of_who_is_silent(before: str, receipt: dict[str, Any] | None, contact: str) -> None:
    silent = status.row(ANSWERS["unreachable"], library("1"), receipt)
    past = status.rank([row()], before, {})[0]
    assert status.rank([silent], NOW, {"1": past})[0]["contact"] == contact
    assert status.rank([row()], NOW, {"990101": past})[0]["contact"] == NOW


def test_the_last_receipt_is_known_also_while_its_holder_is_silent() -> None:
    past = status.rank([status.row(answer(), library("1"), RECEIPT)], EARLIER, {})[0]
    silent = status.row(ANSWERS["unreachable"], library("1"))
    assert status.rank([silent], NOW, {"1": past})[0]["receipt"] == RECEIPT
    newer = RECEIPT | {"ended": "2026-11-22T00:00:00Z"}
    silent = status.row(ANSWERS["unreachable"], library("1"), newer)
    assert status.rank([silent], NOW, {"1": past})[0]["receipt"] == newer


def test_a_run_for_some_keeps_what_is_known_of_the_others() -> None:
    earlier = status.rank(
        [
            status.row(answer(live=OLD), library("1", "甲县图书馆")),
            status.row(answer(live=OLD), library("2", "乙县图书馆", "芜湖市")),
            status.row(ANSWERS["unreachable"], library("3", "丙县图书馆"), RECEIPT),
        ],
        EARLIER,
        {},
    )
    assert [each["standing"] for each in earlier] == ["unreachable", "live", "live"]
    before = {each["library"]: each for each in earlier}
    rows = status.rank([status.row(answer(), library("1", "甲县图书馆"))], NOW, before)
    # A newer release is live now, so the others are behind, though nobody asked them.
    assert [(each["library"], each["standing"], each["as_of"]) for each in rows] == [
        ("3", "unreachable", EARLIER),
        ("2", "old", EARLIER),
        ("1", "live", NOW),
    ]
    assert rows[0]["contact"] == RECEIPT["ended"] and rows[1]["contact"] == EARLIER
    text, oldest = status.table(rows, NOW), "the earliest 2026-11-22 15:00"
    assert [line.split("  ")[0] for line in text.split("\n")[2:4]] == [
        "1",
        f"(2 libraries that this run was not for count as they were asked last, {oldest})",
    ]
    assert text.endswith("\n3 libraries, 1 live, 1 old release, 1 unreachable; times are Beijing's")
    shown = page(rows, [], "安徽省", NOW, ["4", "5"])
    assert "本次只查了 1 馆；其余 2 馆（虚线框）是以前查到的情况，最早的为 2026-11-22 15:00" in shown
    assert shown.count("截至 2026-11-22 15:00 的情况") == shown.count(' earlier"') == 2
    assert "已接入 5 馆" in shown and "4、5" in shown


def test_the_table_has_all_figures_and_counts() -> None:
    silent = status.row(ANSWERS["unreachable"], library("990102", "望山县图书馆"), RECEIPT)
    rows = ranked(row(), silent)
    lines = status.table(rows, NOW, [{"code": "990103", "name": "乙"}]).split("\n")
    assert lines[2].split("  ")[0] == "990102"
    assert "2026-11-20 09:02  1-6 2026-11-20 09:02, in 5 min 3 s  look after it" in lines[2]
    assert "1-7 since 2026-11-23 07:15" in lines[3]
    assert "3.9 TB" in lines[3] and "9.0 GB" in lines[3]
    assert lines[-1] == "2 libraries, 1 live, 1 unreachable, 1 awaiting enrolment; times are Beijing's"


def test_a_filter_hides_rows_and_leaves_the_count_whole() -> None:
    rows = province(60)
    only = chosen(rows, ["failed", " old"])
    assert {each["standing"] for each in only} == {"failed", "old"}
    text = status.table(rows, NOW, [], ["failed", " old"])
    assert f"({60 - len(only)} others are left out by status_only)" in text
    assert text.split("\n")[-1].startswith("60 libraries, ")
    assert chosen(rows, []) == rows
    with pytest.raises(Refused, match="lost is no state; there are broken, unreachable"):
        status.table(rows, NOW, [], ["lost"])


def test_a_long_message_stands_below_the_table() -> None:
    long = "release.json: the signature is of no key that is trusted; ask where the disk came from"
    text = status.table(ranked(row({"state": "failed", "message": long})), NOW)
    assert max(map(len, text.split("\n")[:3])) < 260
    assert f"\n990101: failed: {long}\n" in text


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
    assert text.count("<section class=") == 16
    assert "<code>deliver.yml</code> <code>--limit 34" in text
    assert text.index('<tr class="s s-broken') < text.index('<tr class="s s-live')


def test_the_page_is_chinese_and_keeps_the_servers_own_words_beside() -> None:
    text = page(province(200), [], "安徽省", NOW)
    for zh, en in (
        ("等待传输时段 22:00-06:00", "waiting: waits for its window 22:00-06:00"),
        ("release.json：签名密钥不在信任名单", f"failed: {TRUST}"),
        ("连接不上（限时内没有应答）", "unreachable: cannot be reached (no answer in time)"),
        ("sudo 要求输入密码", "broken: sudo: a password is required"),
    ):
        assert f"<div>{zh}</div><small lang=en>{en}</small>" in text
    table = text[text.index("<tbody>") : text.index("</tbody>")]
    bare = re.sub(r"<small lang=en>.*?</small>|<code>.*?</code>|<[^>]*>", " ", table)
    assert set(re.findall(r"[A-Za-z][A-Za-z.]{2,}", bare)) == {"sudo", "release.json"}


def test_the_page_shows_how_far_a_transfer_is() -> None:
    text = page(ranked(row(BUSY)), [], "", NOW)
    assert "<div>取数，44 %（1.7 TB / 3.9 TB），5.2 MB/s，约剩 4 天 20 小时</div>" in text
    assert 'class=done style="width:43%"' in text.split("<tbody>")[1]
    assert "1 馆传输中，共 5.2 MB/s，最慢的约剩 4 天 20 小时" in text
    assert "width:" not in page(ranked(row()), [], "", NOW).split("<tbody>")[1]
    paused = BUSY | {
        "state": "paused",
        "message": "waits for its window 22:00-06:00; what came so far is kept",
    }
    assert "等待传输时段 22:00-06:00；已传到的会保留，44 %（1.7 TB / 3.9 TB）" in page(
        ranked(row(paused)), [], "", NOW
    )


@given(st.lists(st.sampled_from(sorted(ANSWERS)), max_size=30))
def test_ranking_loses_nobody_and_keeps_the_order_of_equals(words: list[str]) -> None:
    rows = ranked(*(status.row(ANSWERS[word], library(str(place))) for place, word in enumerate(words)))
    order = [(list(MARKS).index(each["standing"]), int(each["library"])) for each in rows]
    assert order == sorted(order)
    assert len(rows) == len(words)
    assert page(rows, [], "", NOW).count("<tr class=") == len(words)
