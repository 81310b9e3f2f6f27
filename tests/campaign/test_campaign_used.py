"""What servers tell of their use is doubted, gathered by month, and read again by the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from province_rows import NOW, answer, library

from shulu.campaign import status
from shulu.campaign.page import row_of
from shulu.campaign.used import gathered, told, week
from shulu.findings import Refused
from shulu.report.usage import read_usage, used

WEEK = {"": [20, 0, 0], "ebooks": [10, 5, 3]}
SAID = {"week": WEEK, "month": WEEK, "months": {"2026-10": {"ebooks": [7, 7, 7]}, "2026-11": WEEK}}


def row(said: Any = SAID, code: str = "990101") -> dict[str, Any]:
    found = answer()
    found["status"]["usage"] = said
    return status.row(found, library(code))


def test_the_page_tells_this_week() -> None:
    ranked = status.rank([row(), row(None, "990102")], NOW, {})
    assert week(ranked[0]) == (30, 5, 3)
    assert "本周访问 30，阅览 5，下载 3" in row_of(ranked[0])
    assert "本周" not in row_of(ranked[1])


def test_months_are_gathered_and_the_report_reads_them(tmp_path: Path) -> None:
    file, names = tmp_path / "usage.csv", {"990101": "甲", "990102": "乙"}
    file.write_text(gathered(b"", [row(), row(None, "990102")], NOW), "utf-8")
    found = read_usage(file, names)
    assert found is not None
    assert [(each.month, each.collection, each.counts) for each in found] == [
        ("2026-10", "", (7, 7, 7)),
        ("2026-10", "ebooks", (7, 7, 7)),
        ("2026-11", "", (30, 5, 3)),
        ("2026-11", "ebooks", (10, 5, 3)),
    ]
    assert read_usage(file, {"990102": "乙"}, strict=False) == []


def test_what_is_silent_or_set_up_anew_loses_nothing() -> None:
    first = gathered(b"", [row()], "2026-11-01T00:00:00Z")
    assert gathered(first.encode(), [], NOW) == first
    later = SAID | {"months": {"2026-11": {"ebooks": [1, 1, 9]}, "2026-12": {"journals": [1, 0, 0]}}}
    second = gathered(first.encode(), [row(later)], NOW)
    assert "990101,2026-10,ebooks,7,7,7,2026-11-01T00:00:00Z" in second
    assert f"990101,2026-11,ebooks,10,5,9,{NOW}" in second
    assert f"990101,2026-12,journals,1,0,0,{NOW}" in second
    assert gathered(second.encode(), [row(later)], "2027-01-01T00:00:00Z") == second


def test_the_province_s_own_figures_stand_for_what_was_gathered(tmp_path: Path) -> None:
    own, sheet, names = tmp_path / "own.csv", tmp_path / "usage.csv", {"990101": "甲"}
    sheet.write_text(gathered(b"", [row()], NOW), "utf-8")
    assert used(own, tmp_path / "none", names) is None
    own.write_text("馆代码,月份,资源库,访问次数,阅览次数,下载次数\n990101,2026-10,,100,50,5\n", "utf-8")
    both = used(own, sheet, names)
    assert both is not None
    assert sorted((each.month, each.collection, each.counts[0]) for each in both) == [
        ("2026-10", "", 100),
        ("2026-11", "", 30),
        ("2026-11", "ebooks", 10),
    ]


@pytest.mark.parametrize(
    "said",
    [
        None,
        5,
        [],
        {"months": 5},
        {"months": {"2026-99": WEEK, "=cmd": WEEK}},
        {"months": {"2026-11": {"ebooks": [-1, 0, 0], "=1+1": [1, 1, 1], "children": ["1", 1, 1]}}},
        {"months": {"2026-11": {"ebooks": [True, 1, 1], "journals": [10**15, 1, 1]}}},
    ],
)
def test_a_server_may_tell_what_it_likes(said: Any) -> None:
    sheet = gathered(b"", [row(said)], NOW)
    assert "=" not in sheet
    assert set(sheet.splitlines()[1:]) <= {
        f"990101,2026-11,,1,1,1,{NOW}",
        f"990101,2026-11,,0,0,0,{NOW}",
    }


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["week", "month", "months", "2026-11", "ebooks", ""]), inner)
        ),
        max_leaves=20,
    )
)
def test_anything_is_doubted(said: Any) -> None:
    week(row(said))
    gathered(b"", [row(said)], NOW)
    assert told(said) is None or set(told(said) or ()) == {"week", "month", "months"}


def test_a_broken_sheet_is_told() -> None:
    with pytest.raises(Refused, match=r"usage\.csv"):
        gathered(b'a,b\n"', [], NOW)
