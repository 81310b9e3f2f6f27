"""Provinces to plan: made by hand, by chance, and as big as the nation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from bench.rates import rates
from shulu.plan.case import MBIT, TB, Bag, Case, Site, Terms
from shulu.plan.hours import ALL_DAY, Hours
from shulu.plan.terms import read_terms

AUTO = ("network", "disk", "remote")
START = date(2026, 11, 1)
NIGHT, LONG = Hours.parse("22:00-06:00"), Hours.parse("20:00-07:00")
RATES = rates()
# 2.5 inch disks: what comes on two of them is worth a test.
KINDS = tuple(kind for kind in read_terms(RATES).disks if kind.bytes <= 5 * TB)
TERMS = replace(read_terms(RATES), disks=KINDS)


def bags(tb: float, volume: int = 10**11) -> tuple[Bag, ...]:
    left, found = round(tb * TB), []
    while left > 0:
        found.append(Bag(f"ebooks-{len(found) + 1:03}", "1", "ebooks", min(left, volume)))
        left -= volume
    return tuple(found)


def hub(mbit: float = 1000) -> Site:
    return Site("100000", "省馆", "province", "", (), mbit * MBIT, "declared", mbit * MBIT)


def site(number: int, mbit: float, content: tuple[Bag, ...], **more: object) -> Site:
    made = Site(
        f"{110000 + number}", f"县{number}", "county", "100000", ("network", "disk"), mbit * MBIT, "declared",
        bags=content,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def case(*sites: Site, days: int = 30, terms: Terms = TERMS) -> Case:
    return Case("试验省", "1-1", START, START + timedelta(days=days - 1), sites, terms)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A small province: relays, counties below them or the hub, some of them with nothing that works."""
    contents = [bags(size) for size in (0.05, 0.3, 1.0)] + [()]
    relays = [
        site(
            number, draw(st.sampled_from([0, 20, 100])), draw(st.sampled_from(contents)), tier="city",
            uplink=draw(st.sampled_from([20, 50])) * MBIT, hours=draw(st.sampled_from([ALL_DAY, LONG])),
            routes=draw(st.sampled_from([("network", "disk"), ("disk",), ("remote",)])),
        )
        for number in range(draw(st.integers(0, 2)))
    ]  # fmt: skip
    counties = [
        site(
            10 + number, draw(st.sampled_from([0, 2, 10, 50])), draw(st.sampled_from(contents)),
            parent=draw(st.sampled_from(["100000", *(relay.code for relay in relays)])),
            hours=draw(st.sampled_from([ALL_DAY, NIGHT, LONG])),
            room=draw(st.sampled_from([None, None, 10**11])),
            routes=draw(st.sampled_from([AUTO, ("network",), ("disk",), ("remote",)])),
        )
        for number in range(draw(st.integers(0, 8)))
    ]  # fmt: skip
    terms = replace(TERMS, copies_a_day=draw(st.integers(1, 3)), slots=draw(st.integers(1, 4)))
    return case(
        hub(draw(st.sampled_from([10, 50, 200]))),
        *relays,
        *counties,
        days=draw(st.integers(3, 25)),
        terms=terms,
    )
