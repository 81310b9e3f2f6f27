"""What a plan is made of: registry, rates, what libraries have; and what it refuses, a clear line each."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from plan_cases import RATES, TERMS, bags, case, hub, site

from shulu.findings import Refused
from shulu.plan import sheets
from shulu.plan.build import Answer, Known, build, expected_bags, read_held
from shulu.plan.case import DISK, MBIT, NETWORK, REMOTE, TB, Case
from shulu.plan.make import make
from shulu.plan.page import page
from shulu.plan.terms import read_terms
from shulu.registry import Settings, parse, read

REGISTRY = """馆代码,馆名,级别,上级馆,虚拟网地址,推送方式,线路速率,传输时段,局域网,批次,资源库
990000,省馆,省,,10.99.0.1,,1000,,,,
990101,甲县馆,县,,10.99.1.1,,100,22:00-06:00,,,
990102,乙县馆,县,,10.99.1.2,网络,20,,,2,
990103,丙县馆,县,,,,,,,,ebooks
"""
SETTINGS = Settings(vpn=("10.99.0.0/16",))
CONTENT = expected_bags({"ebooks": 0.2, "open-courses": 2.7}, 10**11)


def question(known: Known | None = None, end: date = date(2026, 12, 31)) -> Case:
    registry = parse(REGISTRY.encode(), SETTINGS, "libraries.csv")
    known = known or Known({})
    return build(registry, "试验省", ("1-1", CONTENT), (date(2026, 11, 1), end), TERMS, known=known)


def test_the_registry_becomes_sites() -> None:
    first, line, fixed, small = question().sites
    assert (first.parent, first.routes, first.bags) == ("", (), ())
    assert line.line == 100 * MBIT * TERMS.efficiency
    assert line.speed == "declared"
    assert line.hours.a_day == 8 * 3600
    assert line.routes == (NETWORK, DISK, REMOTE)
    assert (fixed.routes, fixed.wave) == ((NETWORK,), 2)
    assert small.awaiting
    assert {bag.collection for bag in small.bags} == {"ebooks"}


def test_what_was_measured_and_what_is_there_counts() -> None:
    there = frozenset(f"{bag.id}@1" for bag in CONTENT[:5])
    answers = {"990101": Answer(mbit=33.0, room=TB, bags=there), "990102": Answer(problem="does not answer")}
    _, line, silent, _ = question(Known(answers)).sites
    assert (line.line, line.speed, line.room) == (33 * MBIT, "measured", TB)
    assert line.bags == CONTENT[5:]
    assert silent.speed == "declared"
    assert "does not answer" in silent.remark.en


def test_an_earlier_push_is_not_sent_again(tmp_path: Path) -> None:
    (tmp_path / "held.csv").write_text("馆代码,资源库\n*,ebooks\n990101,国图公开课\n", encoding="utf-8")
    held = read_held(tmp_path / "held.csv", {"990101", "990102", "990103"})
    plan = make(question(Known({}, held=held)))
    assert [line.bytes for line in plan.lines[1:]] == [0, round(2.7 * TB), 0]
    assert plan.lines[1].reason.en == "it has all of it already"
    assert read_held(tmp_path / "none.csv", set()) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("馆代码,资源库\n999999,ebooks\n", "no library has the code 999999"),
        ("馆代码,资源库\n990101,\n", "names no collection"),
        ("馆代码,资源库\n990101,电子图术\n", "held.csv:2"),
    ],
)
def test_a_broken_list_of_what_is_held_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "held.csv").write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=said):
        read_held(tmp_path / "held.csv", {"990101"})


def test_rates_are_read() -> None:
    terms = read_terms(RATES)
    assert terms.disks[0].bytes == TB
    assert terms.shipping_days["station"] == RATES["shipping_days"]["station"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("copies_a_day", 0, "plan_copies_a_day: is '0'; write a number from 1"),
        ("disks", [], "plan_disks: is empty"),
        ("disks", [{"tb": "four", "cny": 1}], "plan_disks, 1, tb: is 'four'"),
        ("parcel_cny", {"county": 60}, "plan_parcel_cny, province: is 'None'"),
        (
            "training_cny",
            {"network": 1, "disk": 1, "remote": 1, "post": 1},
            "plan_training_cny, post: is unknown",
        ),
        ("efficiency", 90, "plan_efficiency: is '90'; write a number from 0.05 to 1"),
        ("import_mb_s", float("nan"), "plan_import_mb_s"),
    ],
)
def test_rates_that_cannot_be_are_refused(name: str, value: object, said: str) -> None:
    with pytest.raises(Refused) as refused:
        read_terms(RATES | {name: value})
    assert said in str(refused.value)
    assert "\n" not in str(refused.value.findings[0])


def test_days_that_cannot_be_are_refused() -> None:
    with pytest.raises(Refused, match="lies before the start"):
        question(end=date(2026, 10, 1))
    with pytest.raises(Refused, match="more than 1000 days"):
        question(end=date(2036, 10, 1))
    with pytest.raises(Refused, match="is no collection"):
        expected_bags({"films": 1.0}, 10**11)


def test_the_routes_are_what_the_inventory_reads_next(tmp_path: Path) -> None:
    (tmp_path / "libraries.csv").write_text(REGISTRY, encoding="utf-8")
    before = {one.code: (one.route, one.wave) for one in read(tmp_path / "libraries.csv", SETTINGS).libraries}
    plan = make(question(end=date(2026, 11, 20)))
    (tmp_path / "routes.csv").write_bytes(sheets.as_routes(plan))
    after = {one.code: (one.route, one.wave) for one in read(tmp_path / "libraries.csv", SETTINGS).libraries}
    planned = {line.site.code: (line.route, line.wave) for line in plan.lines}
    assert after["990101"] == planned["990101"]
    assert after["990103"] == planned["990103"]
    assert after["990102"] == before["990102"] == ("network", 2), "what the registry says is stronger"
    assert after["990000"] == before["990000"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("999999,网络,1", "routes.csv:2: no library has the code 999999"),
        ("990101,自动,1", "routes.csv:2: chooses no route"),
        ("990101,飞鸽,1", "routes.csv:2"),
        ("990101,网络,0", "routes.csv:2"),
        ("990101,网络,1\n990101,硬盘,1", "routes.csv:3: 990101 is there twice"),
    ],
)
def test_broken_routes_are_refused(tmp_path: Path, row: str, said: str) -> None:
    (tmp_path / "libraries.csv").write_text(REGISTRY, encoding="utf-8")
    (tmp_path / "routes.csv").write_text(f"馆代码,推送方式,批次\n{row}\n", encoding="utf-8")
    with pytest.raises(Refused) as refused:
        read(tmp_path / "libraries.csv", SETTINGS)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("made", "reason", "help_"),
    [
        (site(1, 5, bags(1), routes=("network",)), "its line of 6 Mbit/s takes until", "a line of 11 Mbit/s"),
        (
            site(1, 0, bags(1), routes=("network",)),
            "nobody knows its line's speed",
            "write it into the registry",
        ),
        (site(1, 50, bags(1), room=TB // 2, routes=("network",)), "lacks 0.50 TB", "a bigger disk"),
        (site(1, 0, bags(1, volume=9 * TB), routes=("disk",)), "", ""),
        (
            site(1, 0, bags(6, volume=6 * TB), routes=("disk",)),
            "bigger than the biggest disk",
            "a bigger disk",
        ),
    ],
)
def test_who_cannot_make_it_is_told_why_and_what_helps(made, reason: str, help_: str) -> None:
    plan = make(case(hub(), made, days=10))
    line = plan.lines[1]
    assert line.late == bool(reason)
    if reason:
        assert reason in line.reason.en
        assert help_ in line.help.en
        assert line.reason.zh
        assert line.help.zh


def test_the_bench_and_the_uplink_are_named_when_they_are_full() -> None:
    slow = replace(TERMS, copies_a_day=1)
    plan = make(case(hub(), *(site(n, 0, bags(1)) for n in range(12)), days=10, terms=slow))
    assert len(plan.late) == plan.late_at_least > 0
    assert "at 1 disks a day" in plan.late[0].reason.en
    assert "disks a day would do" in plan.late[0].help.en
    full = make(case(hub(20), *(site(n, 20, bags(1), routes=("network",)) for n in range(4)), days=10))
    assert len(full.late) == full.late_at_least == 2
    assert "the uplink or the slots" in full.late[0].reason.en


def test_a_server_without_room_is_given_remote_use_where_its_line_is_good() -> None:
    auto = (NETWORK, DISK, REMOTE)
    good, poor = site(1, 50, bags(1), room=0, routes=auto), site(2, 5, bags(1), room=0, routes=auto)
    plan = make(case(hub(), good, poor))
    assert [line.route for line in plan.lines[1:]] == [REMOTE, ""]
    assert [line.late for line in plan.lines[1:]] == [False, True]


def test_sheets_and_page_hold_every_library_and_ask_for_nothing() -> None:
    named = site(1, 0, bags(6), name="=甲<b>县")
    plan = make(case(hub(), named, *(site(n, 50, bags(1)) for n in range(2, 5))))
    book = openpyxl.load_workbook(io.BytesIO(sheets.as_xlsx(plan)))
    assert book.sheetnames == ["计划", "硬盘", "费用与下界"]
    rows = list(book["计划"].values)
    assert len(rows) == len(plan.lines) + 1
    assert book["计划"]["B3"].data_type == "s", "a name is no formula"
    assert [row[0] for row in rows[1:]] == [line.site.code for line in plan.lines]
    assert sheets.as_xlsx(plan) == sheets.as_xlsx(plan)
    html = page(plan)
    assert "甲&lt;b&gt;县" in html
    assert "<b>县" not in html
    assert not any(word in html for word in ("<script", "<link", "<img", "src=", "url(", "@import"))
    assert html.count("://") == html.count("http://www.w3.org/2000/svg")
    assert len(plan.lines[1].disks) == 2
    assert "2 " not in sheets.disks(()) and sheets.disks(plan.lines[1].disks) == "1×5 TB + 1×2 TB"
