"""The window of hours: pure, so that any clock can be tried."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shulu.delivery.window import Window

MINUTES = st.times().map(lambda clock: clock.replace(second=0, microsecond=0, tzinfo=None))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1))


@given(opens=MINUTES, closes=MINUTES, now=MOMENTS)
def test_waiting_leads_into_the_window_and_not_further_than_needed(
    opens: time, closes: time, now: datetime
) -> None:
    if opens == closes:
        return
    window = Window(opens, closes)
    wait = window.wait(now)
    assert timedelta() <= wait < timedelta(days=1)
    assert window.is_open(now + wait)
    assert (wait == timedelta()) == window.is_open(now)
    if wait:
        assert not window.is_open(now + wait - timedelta(microseconds=1))


@given(opens=MINUTES, closes=MINUTES, now=MOMENTS)
def test_a_window_and_its_complement_share_no_moment(opens: time, closes: time, now: datetime) -> None:
    if opens != closes:
        assert Window(opens, closes).is_open(now) != Window(closes, opens).is_open(now)


@given(opens=MINUTES, closes=MINUTES)
def test_what_is_written_is_read(opens: time, closes: time) -> None:
    if opens != closes:
        assert Window.parse(str(Window(opens, closes))) == Window(opens, closes)


def test_across_midnight() -> None:
    window = Window.parse("22:00-06:00")
    assert [window.is_open(datetime(2026, 11, 23, hour)) for hour in (21, 22, 23, 0, 5, 6)] == [
        False,
        True,
        True,
        True,
        True,
        False,
    ]


def test_no_window_is_always_open() -> None:
    assert Window.parse("").is_open(datetime(2026, 1, 1))
    assert Window.parse("").wait(datetime(2026, 1, 1)) == timedelta()


@pytest.mark.parametrize(
    "text", ["22:00", "22:00-22:00", "24:00-06:00", "22-06", "22:00-06:00 ", "２２:00-06:00"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|has no|must be"):
        Window.parse(text)
