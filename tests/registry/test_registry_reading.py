from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shulu.findings import Refused
from shulu.registry import Library, Settings, parse, read

SETTINGS = Settings(vpn=("10.99.0.0/16",))
HEADING = "code,name,tier,parent,address,route,line,window,lans,wave,collections\n"
HUB = "990000,示范省图书馆,province,,10.99.0.1,disk,,,192.168.100.0/24,1,\n"


def listed(text: str, encoding: str = "utf-8") -> list[Library]:
    return list(parse(text.encode(encoding), SETTINGS, "libraries.csv").libraries)


def one(row: str) -> Library:
    return listed(HEADING + HUB + row)[1]


COUNTY = Library(
    code="990101",
    name="临江县图书馆",
    tier="county",
    parent="990000",
    address="10.99.1.1",
    route="network",
    line_mbit=100,
    window="22:00-06:00",
    lans=("192.168.101.0/24", "192.168.111.0/24"),
    wave=2,
    collections=("ebooks", "new-year-prints"),
    line=3,
)


@pytest.mark.parametrize(
    "row",
    [
        "990101,临江县图书馆,county,990000,10.99.1.1,network,100,22:00-06:00,"
        "192.168.101.0/24 192.168.111.0/24,2,ebooks new-year-prints",
        "９９０１０１,临江县图书馆 ,县,９９００００,１０．９９．１．１,网络,１００,２２：００－０６：００,"
        "192.168.101.0/24、192.168.111.0/24,第２批,电子图书、年画",
        "990101，临江县图书馆，县，990000，10。99。1。1，网络，100M，22:00—6:00，192.168.101.0/24;192.168.111.0/24，"
        "2，ebooks;年画",
        ' 990101 ,"临江县图书馆",县级,990000,10.99.1.1,Network,100 Mbit/s,22:00至06:00,'
        '"192.168.101.0/24,192.168.111.0/24",2.0,"ebooks,年画,ebooks"',
        "990101,临江县图书馆,County,,10.99.1.1,自动,100兆,22:00~06:00,"
        "192.168.101.0/255.255.255.0 192.168.111.0/24,2,电子图书 new-year-prints,,,",
    ],
)
def test_one_library_however_it_is_typed(row: str) -> None:
    assert one(row) == COUNTY


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_any_encoding_and_line_end(encoding: str, ends: str) -> None:
    text = HEADING + "\n" + HUB + ",,,,,,,,,,\n \n"
    libraries = listed(text.replace("\n", ends), encoding)
    assert [(each.name, each.line) for each in libraries] == [("示范省图书馆", 3)]


@pytest.mark.parametrize(
    "text",
    [
        "馆名,馆代码,级别,虚拟网地址,备注,#内部编号\n示范省图书馆,990000,省,10.99.0.1,新馆,7\n",
        "馆名，馆代码，级别，虚拟网地址\n示范省图书馆，990000，省，10.99.0.1\n",
        "馆名,馆代码，级别，虚拟网地址\n示范省图书馆，990000,省，10.99.0.1\n",
        "馆名\t馆代码\t级别\t虚拟网地址\n示范省图书馆\t990000\t省\t10.99.0.1\n",
        "馆名;馆代码;级别;虚拟网地址\n示范省图书馆;990000;省;10.99.0.1\n",
        " Name , CODE , Tier , VPN address , 线路速率（Mbit/s） \n示范省图书馆,990000,province,10.99.0.1,\n",
    ],
)
def test_columns_in_any_order_and_under_either_name(text: str) -> None:
    (hub,) = listed(text)
    assert (hub.code, hub.name, hub.tier, hub.address) == ("990000", "示范省图书馆", "province", "10.99.0.1")


@pytest.mark.parametrize(
    ("row", "route"),
    [
        ("990101,甲,county,,10.99.1.1,auto,100,,,,", "network"),
        ("990101,甲,county,,10.99.1.1,,99,,,,", "disk"),
        ("990101,甲,county,,10.99.1.1,auto,,,,,", "disk"),
        ("990101,甲,county,,10.99.1.1,remote,1000,,,,", "remote"),
    ],
)
def test_auto_is_resolved_by_the_declared_line(row: str, route: str) -> None:
    assert one(row).route == route


def test_auto_obeys_the_province() -> None:
    row = "990101,甲,county,,10.99.1.1,auto,50,,,,\n"
    slow = replace(SETTINGS, network_from_mbit=50)
    assert parse((HEADING + HUB + row).encode(), slow, "x").libraries[1].route == "network"


def test_a_library_without_an_address_awaits() -> None:
    registry = parse((HEADING + HUB + "990101,甲,county,,,disk,,,,,").encode(), SETTINGS, "x")
    assert [each.code for each in registry.awaiting] == ["990101"]
    assert [each.code for each in registry.enrolled] == ["990000"]
    assert registry.hub.code == "990000"


def test_libraries_may_have_equal_lans() -> None:
    lan = "10.1.0.0/16"
    rows = f"990101,甲,county,,10.99.1.1,disk,,,{lan},,\n990102,乙,county,,10.99.1.2,disk,,,{lan},,\n"
    assert {each.lans for each in listed(HEADING + HUB + rows)[1:]} == {(lan,)}


def test_a_name_may_span_lines_and_hold_commas() -> None:
    row = (
        '990101,"临江县\n图书馆，少儿馆",county,,10.99.1.1,disk,,,,,\n990102,乙,county,,10.99.1.2,disk,,,,,\n'
    )
    libraries = listed(HEADING + HUB + row)
    assert [(each.name, each.line) for each in libraries[1:]] == [("临江县 图书馆，少儿馆", 3), ("乙", 5)]


def test_the_demo_province_reads_clean() -> None:
    path = Path(__file__).parents[2] / "inventory/demo/libraries.csv"
    registry = read(path, SETTINGS)
    assert (len(registry.enrolled), len(registry.awaiting)) == (4, 2)
    assert {each.route for each in registry.enrolled} == {"disk", "network", "remote"}


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No such file"):
        read(tmp_path / "none.csv", SETTINGS)
