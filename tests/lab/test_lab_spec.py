from __future__ import annotations

from ipaddress import IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import commands, network
from lab.place import Place
from lab.spec import Host, Spec, parse_size
from shulu.findings import Refused

ROOT = Path(__file__).parents[2]
VPN = IPv4Network("10.99.0.0/16")


def tree(**hosts: dict[str, Any]) -> dict[str, Any]:
    return {"hosts": hosts, "stranger": "10.99.200.1/16", "controller": "10.99.255.254/16"}


def findings(data: object) -> list[str]:
    with pytest.raises(Refused) as refused:
        Spec.parse(data, "lab.yml")
    return [str(finding) for finding in refused.value.findings]


def test_the_demo_province() -> None:
    spec = Spec.load(ROOT / "lab/demo.yml")
    assert [host.code for host in spec.hosts] == ["990000", "990101", "990102", "990103"]
    assert spec.host("990101") == Host(
        "990101",
        "trixie",
        IPv4Interface("10.99.1.1/16"),
        IPv4Interface("192.168.101.1/24"),
        IPv4Interface("192.168.101.50/24"),
        4 * 1024**3,
    )


@pytest.mark.parametrize("path", sorted(ROOT.glob("molecule/*/lab.yml")), ids=lambda path: path.parent.name)
def test_the_scenarios(path: Path) -> None:
    assert Spec.load(path).hosts


@given(
    st.dictionaries(
        st.from_regex(r"[0-9]{6}", fullmatch=True),
        st.integers(min_value=1, max_value=2**15),
        min_size=1,
        max_size=20,
    ).filter(lambda hosts: len(set(hosts.values())) == len(hosts))
)
def test_what_is_written_is_what_is_read(numbers: dict[str, int]) -> None:
    hosts = {code: {"suite": "trixie", "vpn": f"{VPN[number]}/16"} for code, number in numbers.items()}
    spec = Spec.parse(tree(**hosts), "lab.yml")
    assert {host.code: host.vpn for host in spec.hosts} == {
        code: IPv4Interface(f"{VPN[number]}/16") for code, number in numbers.items()
    }


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_other_data_is_refused_and_not_crashed_on(data: object) -> None:
    assert findings(data)
    assert findings({"hosts": data, "stranger": data, "controller": data})
    assert findings(tree(a={"suite": data, "vpn": data, "lan": data, "data": data}))


def test_all_findings_at_once() -> None:
    found = findings(
        tree(
            **{
                "990000": {"suite": "sarge", "vpn": "10.99.0.1/16", "ram": 4},
                "Hub": {"suite": "trixie", "vpn": "10.99.0.300/16", "data": "much"},
                "stranger": {"suite": "trixie", "vpn": "10.99.0.0/16", "lan": "192.168.1.1"},
            }
        )
    )
    for part in (
        "990000.suite: 'sarge'",
        "990000.ram: is not known",
        "Hub: is no code",
        "Hub.vpn: ",
        "Hub.data: ",
        "stranger: is no code",
        "stranger.vpn: 10.99.0.0/16 is no host",
        "stranger.lan: 192.168.1.1 is no host",
    ):
        assert any(part in line for line in found), part


def test_addresses_that_cannot_be_side_by_side() -> None:
    found = findings(
        tree(
            a={"suite": "trixie", "vpn": "10.99.0.1/16", "lan": "192.168.1.1/24", "reader": "192.168.2.9/24"},
            b={"suite": "trixie", "vpn": "10.99.0.1/16", "reader": "192.168.2.9/24"},
            c={"suite": "trixie", "vpn": "10.98.0.2/16"},
        )
    )
    assert found == [
        "lab.yml: b.vpn: 10.99.0.1 is also the address of a.vpn",
        "lab.yml: c.vpn: 10.98.0.2/16 is not in 10.99.0.0/16, where the others are",
        "lab.yml: a.reader: 192.168.2.9/24 is not in 192.168.1.0/24, where the others are",
        "lab.yml: b.reader: has no LAN to be on; give the host a lan, or leave the reader out",
    ]


@given(st.integers(min_value=1, max_value=10**6), st.sampled_from("KMGT"))
def test_sizes(count: int, unit: str) -> None:
    assert parse_size(f"{count}{unit}") == count * 1024 ** (" KMGT".index(unit))
    assert parse_size(count) == count


@pytest.mark.parametrize("text", ["", "0", "4 G", "-1G", "4GB", "1.5G", "٤G"])
def test_no_sizes(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        parse_size(text)


@given(st.text(max_size=30))
def test_a_lab_cannot_lie_outside_its_folder(name: str) -> None:
    try:
        place = Place(name)
    except Refused:
        return
    assert place.folder.parent == Path("/var/lib/shulu-lab")
    assert not name.startswith((".", "-"))


@given(st.text("0123456789abcdef", max_size=24), st.text(max_size=20))
def test_hardware_addresses_stay_and_are_local_unicast(lab: str, name: str) -> None:
    place = Place(f"x{lab[:20]}")
    address = network.hardware(place, name)
    assert address == network.hardware(place, name)
    assert len(address) == 17
    assert int(address[:2], 16) & 0b11 == 0b10


def test_a_refusal_is_one_line_and_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["cut", "no-such-lab", "1"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("lab: no-such-lab: is no lab here")
    assert said.count("\n") == 1
