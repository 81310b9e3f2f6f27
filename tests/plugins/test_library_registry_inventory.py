from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "inventory/demo"
inventory_loader.add_directory(str(ROOT / "plugins/inventory"))


def parsed(config: Path) -> Any:
    plugin = inventory_loader.get("library_registry")
    inventory = InventoryData()
    assert plugin.verify_file(str(config))
    plugin.parse(inventory, DataLoader(), str(config))
    inventory.reconcile_inventory()
    return inventory


def members(inventory: Any, group: str) -> list[str]:
    return [host.name for host in inventory.groups[group].get_hosts()]


@pytest.fixture
def province(tmp_path: Path) -> Path:
    """A copy of the demo province; returns its configuration."""
    for name in ("libraries.csv", "demo.library_registry.yml"):
        shutil.copy(DEMO / name, tmp_path)
    return tmp_path / "demo.library_registry.yml"


def test_enrolled_libraries_are_hosts_and_awaiting_ones_are_not() -> None:
    inventory = parsed(DEMO / "demo.library_registry.yml")
    assert sorted(inventory.hosts) == ["990000", "990101", "990102", "990103"]
    assert members(inventory, "enrolled") == sorted(inventory.hosts)
    assert "awaiting" not in inventory.groups
    awaiting = inventory.groups["all"].vars["registry_awaiting"]
    assert [(each["code"], each["parent"]) for each in awaiting] == [
        ("990104", "990000"),
        ("990105", "990000"),
    ]


def test_groups_by_place_tier_route_wave_and_parent() -> None:
    inventory = parsed(DEMO / "demo.library_registry.yml")
    assert members(inventory, "hubs") == members(inventory, "tier_province") == ["990000"]
    assert (
        members(inventory, "libraries") == members(inventory, "tier_county") == ["990101", "990102", "990103"]
    )
    assert members(inventory, "below_990000") == ["990101", "990102", "990103"]
    assert members(inventory, "route_network") == ["990101"]
    assert members(inventory, "route_disk") == ["990000", "990102"]
    assert members(inventory, "route_remote") == members(inventory, "wave_2") == ["990103"]


def test_variables_of_a_library() -> None:
    inventory = parsed(DEMO / "demo.library_registry.yml")
    told = inventory.hosts["990101"].vars
    assert {name: told[name] for name in told if name.startswith(("library_", "ansible_host"))} == {
        "ansible_host": "10.99.1.1",
        "library_code": "990101",
        "library_name": "临江县图书馆",
        "library_tier": "county",
        "library_parent": "990000",
        "library_route": "network",
        "library_line_mbit": 100,
        "library_window": "",
        "library_lans": ["192.168.101.0/24"],
        "library_wave": 1,
        "library_collections": [],
        "library_prefecture": "9901",
    }


def test_what_a_registry_says_is_never_a_template(province: Path) -> None:
    registry = province.parent / "libraries.csv"
    registry.write_text(registry.read_text().replace("临江县图书馆", "{{ lookup('pipe') }}"))
    assert parsed(province).hosts["990101"].vars["library_name"] == "{{ lookup('pipe') }}"


def test_only_its_own_configuration_is_taken() -> None:
    plugin = inventory_loader.get("library_registry")
    for other in ("libraries.csv", "group_vars/all/lab.yml"):
        assert not plugin.verify_file(str(DEMO / other))


def test_all_findings_are_told_at_once(province: Path) -> None:
    registry = province.parent / "libraries.csv"
    registry.write_text(
        registry.read_text().replace("10.99.1.1", "10.98.1.1").replace("192.168.102.0", "8.8.8.0")
    )
    with pytest.raises(AnsibleParserError) as error:
        parsed(province)
    assert "libraries.csv:3, address" in str(error.value)
    assert "libraries.csv:4, lans" in str(error.value)


def test_a_missing_range_of_the_vpn_is_refused(province: Path) -> None:
    province.write_text("plugin: library_registry\n")
    with pytest.raises(AnsibleError, match="vpn"):
        parsed(province)


def test_a_province_where_nothing_is_enrolled_has_no_hosts_and_says_how_to_enrol(
    capsys: pytest.CaptureFixture[str],
) -> None:
    inventory = parsed(ROOT / "inventory/anhui/anhui.library_registry.yml")
    assert (inventory.hosts, members(inventory, "enrolled")) == ({}, [])
    assert len(inventory.groups["all"].vars["registry_awaiting"]) == 121
    told = " ".join(capsys.readouterr().err.split())
    assert "none of the 121 libraries is enrolled" in told
    assert "shulu registry enrol" in told


def test_canaries_go_first_with_those_above_them(province: Path) -> None:
    rows = [
        "990000,示范省图书馆,province,,10.99.0.1,1",
        "990100,甲市图书馆,city,990000,10.99.1.1,1",
        "990101,甲县图书馆,county,990100,10.99.1.2,1",
        "990200,乙市图书馆,city,990000,10.99.2.1,2",
        "990201,乙县图书馆,county,990200,10.99.2.2,2",
        "990202,丙县图书馆,county,990200,10.99.2.3,2",
    ]
    (province.parent / "libraries.csv").write_text(
        "\n".join(["code,name,tier,parent,address,wave", *rows]) + "\n"
    )
    province.write_text("plugin: library_registry\nvpn: [10.99.0.0/16]\ncanaries: [990202]\n")
    inventory = parsed(province)
    assert list(inventory.hosts) == ["990000", "990200", "990202", "990100", "990101", "990201"]
    assert members(inventory, "canaries") == ["990202"]
    assert members(inventory, "prefecture_9902") == ["990200", "990202", "990201"]
    province.write_text("plugin: library_registry\nvpn: [10.99.0.0/16]\ncanaries: [990299]\n")
    with pytest.raises(AnsibleParserError, match="canaries are not in the registry: 990299"):
        parsed(province)
