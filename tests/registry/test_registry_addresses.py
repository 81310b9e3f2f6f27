from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import netaddr
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_files import province

from shulu.cli.main import main
from shulu.findings import Refused
from shulu.registry import Library, Registry, Settings, read
from shulu.registry.addresses import propose
from shulu.registry.province import of_folder

ROOM = Settings(vpn=("10.34.0.0/16",), lan_ranges=("172.16.0.0/12",))


def library(code: str, address: str = "", lans: tuple[str, ...] = ()) -> Library:
    tier = "station" if len(code) > 6 else "province" if code.endswith("0000") else "county"
    parent = "" if tier == "province" else "340000"
    return Library(code, "馆", tier, parent, address, "disk", 0, "", lans, 1, (), 0)


HUB = library("340000")
CODES = st.integers(0, 9999).map(lambda n: f"34{n:04}") | st.integers(0, 99999).map(
    lambda n: f"34010{n % 9}{n:05}"
)


def plan(codes: set[str], fixed: dict[str, str], using: Settings) -> dict[str, tuple[str, str]]:
    rows = tuple(library(code, fixed.get(code, "")) for code in sorted(codes))
    return {e.library.code: (e.address, e.lan) for e in propose(Registry(rows), using)}


@settings(deadline=None)
@given(
    st.sets(CODES, max_size=40),
    st.sampled_from(
        [("10.34.0.0/16",), ("10.34.0.0/25", "10.35.0.128/26"), ("fd00::/64",), ("10.0.0.0/8", "10.1.0.0/16")]
    ),
    st.data(),
)
def test_nothing_is_handed_out_twice_or_while_in_use(
    codes: set[str], vpn: tuple[str, ...], data: st.DataObject
) -> None:
    ranges = [netaddr.IPNetwork(text) for text in vpn]
    reserved = str(netaddr.IPNetwork((ranges[0].first + 8, 125 if ranges[0].version == 6 else 29)))
    using = Settings(vpn=vpn, vpn_reserved=(reserved,), lan_ranges=("10.0.0.0/9", "172.16.0.0/13"))
    used = {
        code: str(netaddr.IPAddress(data.draw(st.integers(r.first + 1, min(r.last - 1, r.first + 99)))))
        for code in data.draw(
            st.sets(st.sampled_from(sorted(codes)), max_size=9) if codes else st.just(set())
        )
        for r in [ranges[-1]]
    }
    used = {code: address for code, address in used.items() if list(used.values()).count(address) == 1}
    found = plan(codes, used, using)
    given_out = [address for address, _ in found.values() if address]
    assert len({*given_out, *used.values()}) == len(given_out) + len(used) == len(codes)
    lans = netaddr.IPSet(lan for _, lan in found.values())
    assert lans.size == 256 * len(codes)
    for address in map(netaddr.IPAddress, given_out):
        home = [r for r in ranges if address in r]
        assert home
        assert address not in netaddr.IPNetwork(reserved)
        assert home[0].version == 6 or all(address not in (r.network, r.broadcast) for r in home)
    if ranges[0].version == 4:
        assert lans.isdisjoint(netaddr.IPSet(ranges))


@settings(deadline=None)
@given(st.sets(CODES, max_size=40), CODES)
def test_what_is_written_stays_when_a_library_is_added(codes: set[str], more: str) -> None:
    first = plan(codes, {}, ROOM)
    written = {code: address for code, (address, _) in first.items()}
    then = plan(codes | {more}, written, ROOM)
    assert {code for code, (address, _) in then.items() if address} == {more} - codes


@settings(deadline=None)
@given(st.sets(st.integers(0, 9999).map(lambda n: f"34{n:04}"), max_size=60), st.integers(0, 9999))
def test_a_county_is_proposed_the_same_whoever_else_is_there(codes: set[str], more: int) -> None:
    """Also before anything is written: addresses of six-digit codes never stand in each other's way."""
    found = plan(codes, {}, ROOM)
    then = plan(codes | {f"34{more:04}"}, {}, ROOM)
    assert {code: then[code][0] for code in codes} == {code: address for code, (address, _) in found.items()}


def test_addresses_can_be_read() -> None:
    found = plan({"340000", "340100", "340103", "341825"}, {}, ROOM)
    assert [address for address, _ in found.values()] == [
        "10.34.0.1",
        "10.34.1.1",
        "10.34.1.103",
        "10.34.18.125",
    ]


def test_thirty_thousand_stations_fit_into_their_range() -> None:
    codes = {f"34{n % 17:02}{n % 90 + 1:02}{n:06}" for n in range(30_000)}
    found = plan(codes, {}, Settings(vpn=("10.34.0.0/16",)))
    assert len({address for address, _ in found.values()}) == 30_000


@pytest.mark.parametrize(
    ("using", "told"),
    [
        (Settings(vpn=()), "no range has room for 0 more, 3 are needed; name a range of /29"),
        (Settings(vpn=("10.34.0.0/31",)), "room for 2 more, 3 are needed; name a range of /29"),
        (Settings(vpn=("10.34.0.0/30",)), "room for 2 more, 3 are needed; name a range of /29"),
        (Settings(("10.34.0.0/28",), vpn_reserved=("10.34.0.0/28",)), "needed; name a range of /27"),
        (replace(ROOM, lan_ranges=("192.168.0.0/23",)), "room for 2 more, 3 are needed; name a range of /22"),
        (replace(ROOM, lan_ranges=("192.168.0.0/25",)), "lan_ranges: 192.168.0.0/25 has room for 0 more"),
        (replace(ROOM, lan_ranges=("here",)), "lan_ranges: 'here' is no network"),
        (replace(ROOM, vpn_reserved=("10.34.0.1/16",)), "vpn_reserved: 10.34.0.1/16 is an address inside"),
    ],
)  # fmt: skip
def test_a_range_that_is_too_small_says_how_large_it_must_be(using: Settings, told: str) -> None:
    with pytest.raises(Refused) as refused:
        propose(Registry((HUB, library("340100"), library("340103"))), using)
    assert told in str(refused.value)


def test_the_range_that_is_asked_for_is_large_enough() -> None:
    for count in (1, 2, 3, 13, 14, 15, 61, 62, 63, 254, 255, 300):
        registry = Registry(tuple(library(f"34{n:04}") for n in range(count)))
        with pytest.raises(Refused) as refused:
            propose(registry, Settings(vpn=()))
        bits = int(str(refused.value).split("range of /")[1].split()[0])
        assert len(propose(registry, Settings(vpn=(f"10.0.0.0/{bits}",)))) == count


@settings(deadline=None)
@given(
    st.sets(CODES, min_size=1, max_size=30),
    st.integers(24, 31),
    st.integers(26, 32),
    st.sets(st.integers(1, 30), max_size=12),
    st.integers(20, 30),
)
def test_a_range_gives_to_all_or_names_what_is_missing(
    codes: set[str], bits: int, reserved: int, used: set[int], lan_bits: int
) -> None:
    vpn = netaddr.IPNetwork(f"10.34.0.0/{bits}")
    taken = [str(vpn[n]) for n in sorted(used) if n < vpn.size - 1]
    kept = netaddr.IPNetwork(f"{vpn[vpn.size // 2]}/{reserved}").cidr
    owners = [library(f"33{n:04}", address) for n, address in enumerate(taken)]
    registry = Registry((*owners, *map(library, sorted(codes))))
    using = Settings((str(vpn),), vpn_reserved=(str(kept),), lan_ranges=(f"192.168.0.0/{lan_bits}",))
    try:
        found = propose(registry, using)
    except Refused as refused:
        needed = len(codes)
        told = {finding.where: finding for finding in refused.findings}
        assert told.keys() <= {"vpn", "lan_ranges"}
        assert all(f"{needed} are needed" in told[name].problem for name in told if name == "vpn")
        # What the remedy asks for is enough.
        larger = {name: finding.remedy.split("range of /")[1].split()[0] for name, finding in told.items()}
        vpns = (f"10.0.0.0/{larger.get('vpn', bits)}", str(vpn))
        lan_ranges = (f"172.16.0.0/{larger.get('lan_ranges', lan_bits)}",)
        more = replace(using, vpn=vpns, lan_ranges=lan_ranges)
        found = propose(registry, more)
    given_out = [each.address for each in found if each.address]
    assert len(set(given_out) | set(taken)) == len(given_out) + len(taken) == len(registry.libraries)
    assert not set(given_out) & set(map(str, kept)), "a reserved address was handed out"
    lans = netaddr.IPSet(each.lan for each in found)
    assert lans.size == 256 * len(found) == 256 * len(registry.libraries)


def test_the_command_proposes_writes_a_sheet_or_enrols(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inventory, sheet = province(tmp_path / "p"), tmp_path / "plan.xlsx"
    before = (inventory / "libraries.csv").read_bytes()
    command = ["registry", "addresses", str(inventory), "--only", "340103"]
    assert main([*command, "--out", str(sheet)]) == 0
    assert (inventory / "libraries.csv").read_bytes() == before
    proposal = capsys.readouterr().out.splitlines()[-1].split()
    assert main(["registry", "enrol", str(inventory), str(sheet)]) == 0
    library = next(each for each in read(*of_folder(inventory)).libraries if each.code == "340103")
    assert [library.code, library.name, library.address, *library.lans] == proposal
    (inventory / "libraries.csv").write_bytes(before)
    assert main([*command, "--write"]) == 0
    assert library in read(*of_folder(inventory)).libraries
    assert main([*command, "--write"]) == 0
    assert capsys.readouterr().out.endswith("every library has its addresses, unchanged\n")
    assert main(["registry", "addresses", str(inventory), "--only", "349999"]) == 1
    assert "349999: is no library of this registry" in capsys.readouterr().err
