from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shulu.content.licence import SCOPES, Audience, Licence, narrower, permits, read

DAY = date(2030, 12, 31)
DAYS = st.dates(date(2030, 12, 25), date(2031, 1, 5))
LICENCES = st.builds(Licence, st.sampled_from(SCOPES), st.none() | DAYS)
AUDIENCES = st.builds(Audience, st.sampled_from(SCOPES), DAYS)


@pytest.mark.parametrize(
    ("scope", "seen_by"), [("lan", {"lan"}), ("province", {"lan", "province"}), ("open", set(SCOPES))]
)
def test_a_scope_is_seen_from_where_it_reaches(scope: str, seen_by: set[str]) -> None:
    assert {asked for asked in SCOPES if permits(Licence(scope), Audience(asked, DAY))} == seen_by


def test_the_last_day_counts() -> None:
    licence = Licence("open", DAY)
    assert permits(licence, Audience("lan", DAY))
    assert not permits(licence, Audience("lan", DAY + timedelta(days=1)))


def test_an_unknown_scope_permits_nobody_and_is_nobody() -> None:
    assert not permits(Licence("world"), Audience("lan", DAY))
    assert not permits(Licence("open"), Audience("LAN", DAY))


@given(LICENCES, LICENCES, AUDIENCES)
def test_the_narrower_permits_what_both_permit(one: Licence, other: Licence, audience: Audience) -> None:
    both = permits(one, audience) and permits(other, audience)
    assert permits(narrower(one, other), audience) == both


@given(LICENCES)
def test_what_is_written_is_read(licence: Licence) -> None:
    raw = {"scope": licence.scope} | ({"until": licence.until.isoformat()} if licence.until else {})
    assert read(raw) == licence


@pytest.mark.parametrize(
    "raw",
    ["lan", None, {}, {"scope": "world"}, {"scope": "lan", "end": "2030-12-31"}, {"scope": ["lan"]},
     {"scope": "lan", "until": "20301231"}, {"scope": "lan", "until": "2030-02-30"},
     {"scope": "lan", "until": 5}],
)  # fmt: skip
def test_what_is_no_licence_is_told(raw: object) -> None:
    with pytest.raises(ValueError, match=r"is not an object|has a scope|has an until"):
        read(raw)
