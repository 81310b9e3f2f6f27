from __future__ import annotations

from dataclasses import replace

import pytest

from shulu.findings import Refused
from shulu.registry import Settings, parse

SETTINGS = Settings(vpn=("10.99.0.0/16",))
HEADING = "code,name,tier,parent,address,route,line,window,lans,wave,collections\n"
HUB = "990000,省馆,province,,10.99.0.1,disk,,,192.168.100.0/24,1,\n"


def refusals(text: str | bytes, settings: Settings = SETTINGS) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(Refused) as refused:
        parse(data, settings, "libraries.csv")
    assert all(finding.remedy for finding in refused.value.findings)
    return [str(finding) for finding in refused.value.findings]


# A row after the hub's, the column its finding names, and what the finding says.
ROWS = [
    (",甲,county,,10.99.1.1,,,,,,", "code", "is empty"),
    ("99010,甲,county,,10.99.1.1,,,,,,", "code", "'99010' is no code"),
    ("990000,甲,county,,10.99.1.1,,,,,,", "code", "990000 is also in line 2 (省馆)"),
    ("../etc,甲,county,,10.99.1.1,,,,,,", "code", "is no code"),
    ("990101,,county,,10.99.1.1,,,,,,", "name", "is empty"),
    (f"990101,{'甲' * 81},county,,10.99.1.1,,,,,,", "name", "has 81 characters"),
    ("990101,甲\x1b[31m,county,,10.99.1.1,,,,,,", "name", "U+001B"),
    ("990101,甲,,,10.99.1.1,,,,,,", "tier", "is empty"),
    ("990101,甲,country,,10.99.1.1,,,,,,", "tier", "'country' is not known"),
    ("990101,甲,省,,10.99.1.1,disk,,,,,", "tier", "the hub is 990000 in line 2"),
    ("990101,甲,county,990009,10.99.1.1,,,,,,", "parent", "no library has the code 990009"),
    ("990101,甲,county,990101,10.99.1.1,,,,,,", "parent", "990101 stands above itself"),
    ("990101,甲,county,hub,10.99.1.1,,,,,,", "parent", "'hub' is no code"),
    ("990101,甲,county,,10.99.0.1,,,,,,", "address", "10.99.0.1 is also in line 2"),
    ("990101,甲,county,,10.98.1.1,,,,,,", "address", "10.98.1.1 is outside the VPN (10.99.0.0/16)"),
    ("990101,甲,county,,10.99.1.256,,,,,,", "address", "'10.99.1.256' is no address"),
    ("990101,甲,county,,10.99.1,,,,,,", "address", "'10.99.1' is no address"),
    ("990101,甲,county,,10.99.0.0,,,,,,", "address", "first or last"),
    ("990101,甲,county,,10.99.255.255,,,,,,", "address", "first or last"),
    ("990101,甲,county,,fd00::1,,,,,,", "address", "outside the VPN"),
    ("990101,甲,county,,10.99.1.1,post,,,,,", "route", "'post' is not known"),
    ("990101,甲,county,,10.99.1.1,,fast,,,,", "line", "'fast' is no speed"),
    ("990101,甲,county,,10.99.1.1,,-5,,,,", "line", "is no speed"),
    ("990101,甲,county,,10.99.1.1,,,night,,,", "window", "'night' is no window"),
    ("990101,甲,county,,10.99.1.1,,,25:00-06:00,,,", "window", "no clock shows"),
    ("990101,甲,county,,10.99.1.1,,,22:60-06:00,,,", "window", "no clock shows"),
    ("990101,甲,county,,10.99.1.1,,,06:00-06:00,,,", "window", "begins when it ends"),
    ("990101,甲,county,,10.99.1.1,,,,192.168.1.0,,", "lans", "has no prefix length"),
    ("990101,甲,county,,10.99.1.1,,,,192.168.1.9/24,,", "lans", "is an address inside a network"),
    ("990101,甲,county,,10.99.1.1,,,,lan,,", "lans", "'lan' is no network"),
    ("990101,甲,county,,10.99.1.1,,,,8.8.8.0/24,,", "lans", "8.8.8.0/24 is not private"),
    ("990101,甲,county,,10.99.1.1,,,,0.0.0.0/0,,", "lans", "is not private"),
    ("990101,甲,county,,10.99.1.1,,,,10.0.0.0/8,,", "lans", "10.0.0.0/8 overlaps 10.99.0.0/16 (the VPN)"),
    ("990101,甲,county,,10.99.1.1,,,,10.99.1.1/32,,", "lans", "overlaps 10.99.0.0/16"),
    ("990101,甲,county,,,,,,10.99.5.0/24,,", "lans", "overlaps 10.99.0.0/16"),
    (
        "990101,甲,county,,10.99.1.1,,,,192.168.0.0/16 192.168.3.0/24,,",
        "lans",
        "192.168.3.0/24 overlaps 192.168.0.0/16",
    ),
    ("990101,甲,county,,10.99.1.1,,,,,0,", "wave", "'0' is no wave"),
    ("990101,甲,county,,10.99.1.1,,,,,one,", "wave", "'one' is no wave"),
    ("990101,甲,county,,10.99.1.1,,,,,,ebooks books", "collections", "no collection is called books"),
]


@pytest.mark.parametrize(("row", "column", "problem"), ROWS)
def test_a_bad_cell_is_named_by_line_and_column(row: str, column: str, problem: str) -> None:
    (finding,) = refusals(HEADING + HUB + row)
    assert finding.startswith(f"libraries.csv:3, {column}/")
    assert problem in finding


FILES = [
    (b"", "holds no rows"),
    (b"\n\n ,,,\n", "holds no rows"),
    (HEADING.encode(), "has no library of tier province"),
    (b"\xff\xff\xff\xff", "is not text"),
    (b"\x89PNG\r\n\x1a\n\x00\x00\xff", "is not text"),
    (b"PK\x03\x04 a spreadsheet itself\n", "is not the heading of a registry"),
    ("甲,乙\n1,2\n".encode(), "is not the heading of a registry"),
    ("code,name,tier\n990000,省馆,省\n".encode(), "has no column address/虚拟网地址"),
    ("code,name,tier,address,adress\n990000,省馆,省,10.99.0.1,\n".encode(), "is it address/虚拟网地址?"),
    ("code,name,tier,address,馆代码\n990000,省馆,省,10.99.0.1,\n".encode(), "code/馆代码 is there twice"),
    ((HEADING + HUB + '990101,"甲,county\n').encode(), "libraries.csv:3: cannot be parted into cells"),
    ((HEADING + HUB + "990101,甲,县" + ",x" * 20).encode(), "has 23 fields, the heading has 11"),
    ((HEADING + HUB.replace("disk", "network")).encode(), "the hub cannot take route network"),
    ((HEADING + HUB.replace("province,", "province,990101")).encode(), "the hub has a parent"),
]


@pytest.mark.parametrize(("data", "problem"), FILES)
def test_a_bad_file_is_refused(data: bytes, problem: str) -> None:
    assert problem in refusals(data)[0]


def test_all_findings_come_at_once_in_the_order_of_the_file() -> None:
    good_heading, *_ = HEADING.split("\n")
    rows = [row for row, _, _ in ROWS[2:]]
    found = refusals("\n".join([good_heading, HUB.strip(), *rows]))
    lines = [int(finding.split(":")[1].split(",")[0]) for finding in found]
    assert lines == sorted(lines)
    assert set(range(3, 3 + len(rows))) <= set(lines)


def test_a_ring_is_found_and_what_hangs_below_it_is_not_blamed() -> None:
    rows = "990001,甲,city,990002,10.99.1.1,,,,,,\n990002,乙,city,990001,10.99.1.2,,,,,,\n"
    rows += "990003,丙,county,990001,10.99.1.3,,,,,,\n"
    found = refusals(HEADING + HUB + rows)
    assert [finding.split(";")[0] for finding in found] == [
        "libraries.csv:3, parent/上级馆: 990001 stands above itself",
        "libraries.csv:4, parent/上级馆: 990002 stands above itself",
    ]


def test_a_parent_is_of_a_higher_tier() -> None:
    rows = "990001,甲,county,,10.99.1.1,,,,,,\n990002,乙,county,990001,10.99.1.2,,,,,,\n"
    assert "a county cannot stand above a county" in refusals(HEADING + HUB + rows)[0]


@pytest.mark.parametrize("route", ["network", "disk", "remote"])
def test_a_parent_is_enrolled_before_what_stands_below_it(route: str) -> None:
    rows = f"990001,甲,city,990000,,disk,,,,,\n990002,乙,county,990001,10.99.1.2,{route},,,,,\n"
    (told,) = refusals(HEADING + HUB + rows)
    assert told.startswith("libraries.csv:4, parent/上级馆: 990001 in line 3 has no address")
    assert told.endswith("; give 990001 its address too, or write 990000 as parent/上级馆 until it has one")


def test_the_hub_is_enrolled_before_what_stands_below_it() -> None:
    rows = "990002,乙,county,990000,10.99.1.2,disk,,,,,\n"
    (told,) = refusals(HEADING + HUB.replace("10.99.0.1", "") + rows)
    assert told.endswith("; give 990000 its address too")


def test_a_bad_row_is_not_held_against_others() -> None:
    rows = "990001,甲,city,,10.98.0.1,,,,,,\n990002,乙,county,990001,10.99.1.2,remote,,,,,\n"
    assert len(refusals(HEADING + HUB + rows)) == 1


@pytest.mark.parametrize("vpn", [("10.99.0.1/16",), ("here",)])
def test_a_bad_range_of_the_vpn_is_refused(vpn: tuple[str, ...]) -> None:
    assert refusals(HEADING + HUB, replace(SETTINGS, vpn=vpn))[0].startswith("vpn")
