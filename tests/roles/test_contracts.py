"""What every role keeps to, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = Path(__file__).parents[2] / "roles"
ROLE_NAMES = sorted(path.name for path in ROLES.iterdir() if path.is_dir())
# A default that is left out has no safe value; it stands in defaults/main.yml as a comment.
COMMENTED = re.compile(r"^# ([a-z][a-z0-9_]*):", re.MULTILINE)


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None


def text_of(role: str, file: str) -> str:
    path = ROLES / role / file
    return path.read_text(encoding="utf-8") if path.exists() else ""


def options_of(role: str) -> dict[str, dict[str, Any]]:
    specs = load(ROLES / role / "meta/argument_specs.yml")["argument_specs"]
    return {name: option for spec in specs.values() for name, option in spec.get("options", {}).items()}


def tasks_of(role: str) -> Iterator[dict[str, Any]]:
    for path in sorted((ROLES / role).glob("tasks/*.yml")) + sorted((ROLES / role).glob("handlers/*.yml")):
        yield from load(path) or []


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_every_role_states_its_contract(role: str) -> None:
    specs = load(ROLES / role / "meta/argument_specs.yml")
    assert specs is not None, "meta/argument_specs.yml is missing"
    assert specs["argument_specs"]["main"]["short_description"]
    assert all(option.get("description") for option in options_of(role).values())


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_defaults_and_contract_name_the_same_inputs(role: str) -> None:
    given = set(load(ROLES / role / "defaults/main.yml") or {})
    explained = given | set(COMMENTED.findall(text_of(role, "defaults/main.yml")))
    assert explained == set(options_of(role))


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_only_inputs_without_a_default_are_required(role: str) -> None:
    given = set(load(ROLES / role / "defaults/main.yml") or {})
    required = {name for name, option in options_of(role).items() if option.get("required")}
    assert required.isdisjoint(given)
    assert required == set(options_of(role)) - given


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_defaults_agree_with_the_contract(role: str) -> None:
    given = load(ROLES / role / "defaults/main.yml") or {}
    stated = {name: option["default"] for name, option in options_of(role).items() if "default" in option}
    assert {name: given.get(name) for name in stated} == stated


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_inputs_bear_the_name_of_their_role(role: str) -> None:
    private = set(load(ROLES / role / "vars/main.yml") or {})
    assert all(name.startswith(f"{role}_") for name in options_of(role))
    assert all(name.startswith(f"__{role}_") for name in private)


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_registered_results_bear_the_name_of_their_role(role: str) -> None:
    registered = {task["register"] for task in tasks_of(role) if "register" in task}
    assert all(name.startswith((f"__{role}_", f"{role}_")) for name in registered)


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_no_task_asks_whether_it_is_a_rehearsal(role: str) -> None:
    # Each such question is a place that the rehearsal does not foretell.
    for path in sorted((ROLES / role).rglob("*")):
        if path.is_file() and path.parent.name != "handlers":
            assert "ansible_check_mode" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_roles_do_not_know_the_registry(role: str) -> None:
    # group_vars/all/wiring.yml is the one file that knows both sides.
    for path in sorted((ROLES / role).rglob("*")):
        if path.is_file():
            found = re.findall(r"\b(?:library|registry)_[a-z_]+\b", path.read_text(encoding="utf-8"))
            assert set(found) <= {"library_registry"}, path
