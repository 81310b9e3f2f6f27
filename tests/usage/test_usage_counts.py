"""Counts in their file: sums that hold, nothing twice, a bounded size; and what is told of them."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from shulu.content.licence import CHINA
from shulu.usage import ledger as ledgers
from shulu.usage.figures import build, metrics, publish, read_figures, total
from shulu.usage.ledger import DOWNLOADS, VIEWS, VISITS, Ledger, Pending

NOW = datetime(2026, 11, 25, 9, tzinfo=CHINA)


def pending(count: int = 1, item: str = "li-bai") -> Pending:
    """Return ``count`` readers who open an item and fetch its file."""
    whats = (VISITS, VIEWS, DOWNLOADS)
    return Pending(
        Counter({("ebooks", what): count for what in whats} | {("", VISITS): 2 * count}),
        Counter({("ebooks-001", item, what): count for what in (VIEWS, DOWNLOADS)}),
    )


def test_weeks_begin_on_monday_and_months_on_their_first(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for days, count in ((0, 1), (2, 10), (3, 100), (24, 1000), (25, 10000)):
        ledger.add(NOW - timedelta(days), pending(count))
    told = build(ledger, NOW)
    assert told["week"]["from"] == "2026-11-23"
    assert told["week"]["counts"] == {"": (22, 0, 0), "ebooks": (11, 11, 11)}
    assert told["month"]["counts"]["ebooks"] == (1111, 1111, 1111)
    assert told["months"]["2026-10"]["ebooks"] == (10000, 10000, 10000)
    assert told["since"] == "2026-10-31"
    assert told["week"]["hours"] == {"2026-11-23T09": (30, 10, 10), "2026-11-25T09": (3, 1, 1)}
    assert told["week"]["items"] == [{"bag": "ebooks-001", "id": "li-bai", "views": 11, "downloads": 11}]
    assert told["month"]["items"][0]["views"] == 1111
    assert total(told["week"]["counts"]) == (33, 11, 11)


def test_the_hours_of_a_day_are_those_of_china(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    night = datetime(2026, 11, 30, 0, 30, tzinfo=CHINA)
    ledger.add(night, pending())
    assert ledger.days(date(2026, 11, 30), date(2026, 11, 30))["ebooks"] == (1, 1, 1)
    assert build(ledger, night)["written"] == "2026-11-29T16:30:00Z"


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3000), st.integers(1, 5), st.sampled_from("abc")), min_size=1, max_size=30
    )
)
def test_sums_are_those_of_their_parts(
    tmp_path_factory: pytest.TempPathFactory, came: list[tuple[int, int, str]]
) -> None:
    ledger = Ledger(tmp_path_factory.mktemp("ledger"))
    for hours, count, item in sorted(came, reverse=True):
        ledger.add(NOW - timedelta(hours=hours), pending(count, item))
    days = [(NOW - timedelta(hours=hours)).date() for hours, _, _ in came]
    everything = sum(count for _, count, _ in came)
    assert ledger.days(min(days), max(days))["ebooks"] == (everything,) * 3
    assert sum(each["ebooks"][0] for each in ledger.months(min(days)).values()) == everything
    recent = sum(n for (_, n, _), day in zip(came, days, strict=True) if day >= NOW.date())
    assert sum(views for _, _, views, _ in ledger.top(NOW.date(), 9)) == recent
    ledger.close()


def test_what_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.add(NOW, pending())
    bad = Pending(Counter({("ebooks", VISITS): 5, ("ebooks", "nonsense"): 1}))
    with pytest.raises(Exception, match="nonsense"):
        ledger.add(NOW, bad)
    assert ledger.days(NOW.date(), NOW.date())["ebooks"] == (1, 1, 1)
    ledger.add(NOW, pending())
    assert ledger.days(NOW.date(), NOW.date())["ebooks"] == (2, 2, 2)


def test_it_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "MOST_ITEM_ROWS", 300)
    monkeypatch.setattr(ledgers, "TOP_ITEMS", 5)
    ledger = Ledger(tmp_path)
    start = NOW - timedelta(100)
    for hours in range(0, 2400, 8):
        items = Counter({("ebooks-001", str(item), VIEWS): item + 1 for item in range(20)})
        ledger.add(start + timedelta(hours=hours), Pending(Counter({("ebooks", VISITS): 1}), items))
    sizes = ledger.sizes()
    assert sizes["items"] <= 300 + 20
    assert sizes["hours"] <= (ledgers.HOURS_DAYS + 1) * 3
    assert sizes["days"] == 101
    assert sizes["item_months"] <= 3 * 5 + 20
    assert [item for _, item, _, _ in ledger.top_of_month(date(2026, 10, 1), 9)] == list(
        map(str, (19, 18, 17, 16, 15))
    )


def test_what_is_told_is_read_again_and_by_prometheus(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.add(NOW, pending(3))
    publish(tmp_path, build(ledger, NOW))
    said = read_figures(tmp_path)
    assert said is not None
    assert said["week"]["counts"] == {"": [6, 0, 0], "ebooks": [3, 3, 3]}
    families = {f.name: f for f in text_string_to_metric_families((tmp_path / "usage.prom").read_text())}
    assert metrics(said) == (tmp_path / "usage.prom").read_text()
    found = {sample.labels["collection"]: sample.value for sample in families["shulu_usage_visits"].samples}
    assert found == {"ebooks": 3.0, "portal": 6.0}
    assert {families[f"shulu_usage_{name}"].type for name in ("visits", "views", "downloads")} == {"counter"}
    assert families["shulu_usage_written_timestamp_seconds"].samples[0].value == NOW.timestamp()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "week": 5}', "[" * 9999])
def test_what_makes_no_sense_is_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "usage.json").write_text(text)
    assert read_figures(tmp_path) is None
    assert read_figures(tmp_path / "nowhere") is None
