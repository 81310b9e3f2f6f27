"""Every plugin's documentation can be read: ansible-doc and ansible-lint take it as YAML."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

PLUGINS = Path(__file__).parents[2] / "plugins"
BLOCKS = {"DOCUMENTATION", "EXAMPLES", "RETURN"}
FILES = sorted(path for path in PLUGINS.rglob("*.py") if path.parent.name != "module_utils")


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_the_documentation_is_yaml(file: Path) -> None:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        if node.targets[0].id in BLOCKS:
            yaml.safe_load(ast.literal_eval(node.value))


@pytest.mark.parametrize("file", sorted((PLUGINS / "modules").glob("*.py")), ids=lambda file: file.stem)
def test_a_module_names_itself_and_its_check_mode(file: Path) -> None:
    blocks = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in BLOCKS
    }
    documentation = yaml.safe_load(blocks["DOCUMENTATION"])
    assert documentation["module"] == file.stem
    assert documentation["attributes"]["check_mode"]["support"] == "full"
