from __future__ import annotations

from pathlib import Path

import pytest

from shulu.campaign.values import unfit
from shulu.campaign.variables import Misspelt, misspelt, specs, unset

ROOT = Path(__file__).parents[2]
KNOWN = {"storage": {"storage_serial": {"type": "str"}}, "delivery": {"delivery_window": {"type": "str"}}}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("storage_seriel", "storage_serial"),
        ("storage_size", ""),
        ("storge_serial", "storage_serial"),
        ("delivery_windows", "delivery_window"),
        ("delivery_zzz", ""),
    ],
)
def test_a_name_that_no_role_takes_is_found(name: str, meant: str) -> None:
    (found,) = misspelt([name], KNOWN)
    assert found.name == name
    assert not meant or found == Misspelt(name, meant)


def test_other_names_are_nobody_s_business() -> None:
    names = [
        "storage_serial",
        "__storage_disk",
        "ansible_host",
        "library_route",
        "shulu_work",
        "inventory_dir",
    ]
    assert misspelt(names, KNOWN) == []


def test_every_role_of_the_project_has_its_inputs() -> None:
    known = specs(ROOT / "roles")
    assert "preflight_disk_serial" in known["preflight"]
    assert all(name.startswith(f"{role}_") for role, options in known.items() for name in options)


def test_a_required_option_without_a_value_is_found() -> None:
    known = {
        "base": {
            "base_admins": {"required": True},
            "base_port": {"type": "int"},
            "base_x": {"required": True},
        }
    }
    assert unset({"base_admins": None, "base_x": "", "other": 1}, known) == ["base_admins"]
    assert unset({"base_admins": []}, known) == ["base_x"]


@pytest.mark.parametrize(
    ("value", "spec", "problem"),
    [
        ("5", {"type": "int"}, ""),
        ("soon", {"type": "int"}, "variable x is 'soon', and its role takes int"),
        ("post", {"type": "str", "choices": ["disk", "network"]}, "takes str, one of disk, network"),
        (["a"], {"type": "list", "elements": "str"}, ""),
        ([{}], {"type": "list", "elements": "int"}, "takes list"),
        ("", {"type": "str", "required": True}, ""),
    ],
)
def test_a_value_is_held_against_the_specification(
    value: object, spec: dict[str, object], problem: str
) -> None:
    found = unfit("x", value, spec)
    assert problem in found
    assert bool(problem) == bool(found)


def test_a_secret_is_not_repeated() -> None:
    assert "hunter2" not in unfit("x", "hunter2", {"type": "int", "no_log": True})
