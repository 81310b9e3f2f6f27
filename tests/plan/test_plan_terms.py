"""Each thing that a plan knows counts: changed by so much, the plan changes by so much."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from plan_cases import LONG, NIGHT, TERMS, bags, case, hub, site

from shulu.content.release import BagEntry, Licence, Release
from shulu.plan.answer import Plan
from shulu.plan.build import Answer, Known, bags_of, build
from shulu.plan.case import MBIT, TB, DiskKind, Site, Terms
from shulu.plan.hours import DAY
from shulu.plan.make import make
from shulu.plan.sheets import disks
from shulu.registry import Settings, parse

ALONE = 80_000.0
"""Seconds of 100 GB over 10 Mbit/s."""


def ends(plan: Plan) -> list[float]:
    return [round(line.finish) for line in plan.lines[1:]]


def by_net(number: int, mbit: float = 10, **more: object) -> Site:
    return site(number, mbit, bags(0.1), routes=("network",), **more)


def by_disk(number: int, tb: float = 0.1, **more: object) -> Site:
    return site(number, 0, bags(tb), routes=("disk",), **more)


def with_(**changes: object) -> Terms:
    return replace(TERMS, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("mbit", "end"), [(20, ALONE), (10, 2 * ALONE), (5, 4 * ALONE)])
def test_the_hubs_uplink(mbit: float, end: float) -> None:
    plan = make(case(hub(mbit), by_net(1), by_net(2)))
    assert max(ends(plan)) == pytest.approx(end, abs=2)


@pytest.mark.parametrize(("uplink", "end"), [(20, 1.1), (10, 2.1), (4, 5.1)])
def test_a_relays_uplink_and_that_it_has_all_before_it_passes_on(uplink: float, end: float) -> None:
    relay = by_net(1, 100, tier="city", uplink=uplink * MBIT)
    plan = make(case(hub(), relay, *(by_net(n, parent=relay.code) for n in (2, 3))))
    assert max(ends(plan)) == pytest.approx(end * ALONE, abs=2)
    assert min(line.begins for line in plan.lines[2:]) >= plan.lines[1].finish


@pytest.mark.parametrize(("slots", "end"), [(3, ALONE), (2, 1.5 * ALONE), (1, 3 * ALONE)])
def test_so_many_at_a_time(slots: int, end: float) -> None:
    plan = make(case(hub(), *(by_net(n) for n in (1, 2, 3)), terms=with_(slots=slots)))
    assert max(ends(plan)) == pytest.approx(end, abs=40)


def test_night_windows() -> None:
    plan = make(case(hub(), by_net(1, hours=NIGHT), by_net(2, hours=LONG), by_net(3)))
    for line, hours in zip(plan.lines[1:3], (NIGHT, LONG), strict=True):
        assert line.finish == pytest.approx(hours.after(0, ALONE), abs=2)
        assert hours.is_open(line.begins)
    assert plan.lines[3].finish == pytest.approx(ALONE, abs=2)


def test_copies_a_day_shipping_days_and_import() -> None:
    def last(**changes: object) -> float:
        return max(ends(make(case(hub(), *(by_disk(n) for n in range(1, 11)), terms=with_(**changes)))))

    import_ = 0.1 * TB / 80e6
    assert last() == (1 + 3) * DAY + import_
    assert last(copies_a_day=1) == (10 + 3) * DAY + import_
    assert last(copies_a_day=4) == (3 + 3) * DAY + import_
    assert last(shipping_days=dict(TERMS.shipping_days) | {"county": 5}) == (1 + 5) * DAY + import_
    assert last(import_mb_s=40) == (1 + 3) * DAY + 2 * import_


@pytest.mark.parametrize(
    ("kinds", "listed", "cny"),
    [
        ((1, 2, 4, 5, 8), "1×8 TB", 8),
        ((1, 2, 4, 5), "1×5 TB + 1×2 TB", 7),
        ((4,), "2×4 TB", 8),
        ((1,), "7×1 TB", 7),
    ],
)
def test_disk_sizes_and_their_prices(kinds: tuple[int, ...], listed: str, cny: float) -> None:
    sold = tuple(DiskKind(tb * TB, tb * 100) for tb in kinds)
    plan = make(case(hub(), by_disk(1, 6), terms=with_(disks=sold, copy_cny=0)))
    assert disks(plan.lines[1].disks) == listed
    assert plan.cost.disks == cny * 100


def test_what_the_file_system_takes_of_a_disk() -> None:
    sizes = [
        len(make(case(hub(), by_disk(1, 4.8), terms=with_(spare=spare))).lines[1].disks)
        for spare in (1.03, 1.1)
    ]
    assert sizes == [1, 2]


def test_prices() -> None:
    def cost(**changes: object) -> float:
        return make(case(hub(), by_disk(1), by_net(2), terms=with_(**changes))).cost.total

    now = cost()
    assert now == 350 + 20 + 60 + 900 + 600
    assert cost(copy_cny=50) == now + 30
    assert cost(parcel_cny=dict(TERMS.parcel_cny) | {"county": 100}) == now + 40
    assert cost(training_cny={"network": 700, "disk": 1100, "remote": 0}) == now + 100 + 200
    assert cost(network_cny_per_tb=80) == now + 8


def test_prices_choose_the_route() -> None:
    free = site(1, 10, bags(0.1))
    dear = with_(network_cny_per_tb=50_000)
    assert [make(case(hub(), free, terms=terms)).lines[1].route for terms in (TERMS, dear)] == [
        "network",
        "disk",
    ]


def test_a_wave_is_so_many_days_of_begins() -> None:
    many = [by_disk(n) for n in range(1, 11)]
    waves = [
        max(line.wave for line in make(case(hub(), *many, terms=with_(copies_a_day=1, wave_days=days))).lines)
        for days in (1, 5, 30)
    ]
    assert waves == [10, 2, 1]


REGISTRY = """馆代码,馆名,级别,上级馆,虚拟网地址,推送方式,线路速率,传输时段,局域网,批次,资源库
990000,省馆,省,,10.99.0.1,,,,,,
990101,甲县馆,县,,10.99.1.1,,10,,,,
"""


def release(serial: int, *entries: BagEntry) -> Release:
    issued = datetime(2026, 10, serial, tzinfo=UTC)
    return Release(1, serial, issued, issued.replace(year=2030), entries)


def entry(name: str, version: str) -> BagEntry:
    return BagEntry(name, name.rsplit("-", 1)[0], version, "sha256:" + "0" * 64, TB // 10, 1, Licence("lan"))


def built(known: Known, terms: Terms = TERMS) -> tuple[Site, ...]:
    new = release(2, entry("ebooks-001", "1"), entry("ebooks-002", "2"), entry("journals-001", "1"))
    registry = parse(REGISTRY.encode(), Settings(vpn=("10.99.0.0/16",)), "libraries.csv")
    days = (date(2026, 11, 1), date(2026, 12, 1))
    return build(registry, "试验省", (new.name, bags_of(new)), days, terms, known=known).sites


def test_the_release_before_is_not_sent_again() -> None:
    before = release(1, entry("ebooks-001", "1"), entry("ebooks-002", "1"))
    names = [bag.id for bag in built(Known({"990101": Answer(release=(1, 1))}, [before]))[1].bags]
    assert names == ["ebooks-002", "journals-001"], "a bag of another version is another bag"
    assert len(built(Known({"990101": Answer(release=(1, 0))}, [before]))[1].bags) == 3
    assert len(built(Known({}, [before]))[1].bags) == 3


def test_the_terabyte_of_2010_is_not_sent_again() -> None:
    held = {"*": frozenset({"ebooks"})}
    assert [bag.id for bag in built(Known({}, held=held))[1].bags] == ["journals-001"]


def test_payload_of_a_line_and_of_a_hub_whose_line_is_unknown() -> None:
    first, line = built(
        Known({}), with_(efficiency=0.5, uplink_mbit=dict(TERMS.uplink_mbit) | {"province": 300})
    )
    assert (first.uplink, line.line) == (150 * MBIT, 5 * MBIT)


def test_the_goal_of_a_tier_is_remarked_upon() -> None:
    small = with_(capacity_tb=dict(TERMS.capacity_tb) | {"county": 0.2})
    assert "is more than the 0.2 TB that its tier aims at" in built(Known({}), small)[1].remark.en
    assert not built(Known({}))[1].remark
