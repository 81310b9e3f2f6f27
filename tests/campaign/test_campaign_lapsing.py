"""What lapses soon is told for the province as a whole; what servers say of it is doubted."""

from __future__ import annotations

from typing import Any

import pytest
from province_rows import NOW, answer, library

from shulu.campaign import lapsing, status
from shulu.campaign.page import page

SOON = [
    {"until": "2026-12-01", "collection": "journals", "bag": "journals-001", "records": 12},
    {"until": "2026-12-31", "collection": "ebooks", "bag": "ebooks-001", "records": 3},
]


def row(code: str, said: Any) -> dict[str, Any]:
    found = answer()
    found["status"]["lapsing"] = said
    return status.row(found, library(code))


def test_the_table_and_the_page_tell_what_ends_in_how_many_libraries() -> None:
    past = {"until": "2026-11-22", "bag": "old-photographs-001", "records": 5}
    rows = [
        row("990101", SOON),
        row("990102", [{**SOON[0], "records": 9}, past]),
        row("990103", []),
        row("990104", None),
    ]
    ranked = status.rank(rows, NOW, {})
    table = status.table(ranked, NOW)
    assert "  2026-12-01  journals-001: 12 records, 2 libraries\n" in table
    assert "  2026-12-31  ebooks-001: 3 records, 1 libraries\n" in table
    assert "old-photographs" not in table
    shown = page(ranked, [], "试验省", NOW)
    assert "2026-12-01 journals-001（12 种，2 馆）、2026-12-31 ebooks-001（3 种，1 馆）" in shown
    nothing = status.rank([row("990103", [])], NOW, {})
    assert "licences that end" not in status.table(nothing, NOW) + page(nothing, [], "试验省", NOW)


def test_the_day_is_china_s() -> None:
    ended = [row("990101", [{"until": "2026-11-23", "bag": "ebooks-001", "records": 1}])]
    assert len(lapsing.gathered(ended, "2026-11-23T15:59:00Z")) == 1
    assert lapsing.gathered(ended, "2026-11-23T16:00:00Z") == []


def test_many_do_not_push_the_table_out_of_sight() -> None:
    many = [{"until": "2026-12-01", "bag": f"ebooks-{n:03}", "records": 1} for n in range(50)]
    lines = lapsing.lines(lapsing.gathered([row("990101", many)], NOW))
    assert len(lines) == lapsing.MOST_SHOWN + 2
    assert lines[-1] == "  and 38 more"


@pytest.mark.parametrize(
    "wrong",
    [
        *(None, "soon", {}, {"until": "2026-12-01"}, {**SOON[0], "until": "1.12.2026"}),
        *({**SOON[0], "until": 20261201}, {**SOON[0], "bag": "<b>"}, {**SOON[0], "bag": None}),
        *({**SOON[0], "records": "12"}, {**SOON[0], "records": True}, {**SOON[0], "records": 0}),
    ],
)
def test_what_makes_no_sense_is_left_out(wrong: Any) -> None:
    assert lapsing.told([wrong, SOON[1]]) == [{"until": "2026-12-31", "bag": "ebooks-001", "records": 3}]
    assert lapsing.told(wrong) is None
