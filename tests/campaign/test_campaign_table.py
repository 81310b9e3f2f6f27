from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from shulu.campaign.table import render, width

TEXT = st.text(
    st.one_of(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), st.sampled_from("ab1，。é")),
    max_size=9,
)


def test_chinese_takes_two_columns() -> None:
    rows = [{"name": "临江县图书馆", "bags": 3}, {"name": "hub", "bags": 12}, {"name": None}]
    assert render(rows, numbers=["bags"]).split("\n") == [
        "name          bags",
        "------------  ----",
        "临江县图书馆     3",
        "hub             12",
        "",
    ]


def test_without_rows_the_headings_stand() -> None:
    assert render([], ["a", "b"]) == "a  b\n-  -"
    assert render([]) == ""


def test_a_cell_never_breaks_its_row() -> None:
    assert render([{"a": "x\ny\tz"}]) == "a\n-----\nx y z"


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6))
def test_the_second_column_begins_where_its_rule_does(cells: list[tuple[str, str]]) -> None:
    lines = render([{"first": a, "second": f"|{b}"} for a, b in cells]).split("\n")
    begin = lines[1].index("  ") + 2
    assert all(width(line[: line.index("|")]) == begin for line in lines[2:])
