from __future__ import annotations

from pathlib import Path

import pytest

from shulu.cli.main import main
from shulu.findings import Refused
from shulu.registry.province import of_file, of_folder

ROOT = Path(__file__).parents[2]


def test_a_clean_registry_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["registry", "check", str(ROOT / "inventory/demo")]) == 0
    text = capsys.readouterr().out
    assert text.startswith("示范省: 6 libraries, 4 enrolled, 2 awaiting enrolment; hub 990000 示范省图书馆")
    assert text.split("\n")[2].split() == ["tier", "route", "wave", "enrolled", "awaiting"]
    assert "county    remote      2         1         0" in text


def test_findings_go_to_stderr_and_exit_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.library_registry.yml").write_text("plugin: library_registry\nvpn: 10.99.0.0/16\n")
    (tmp_path / "libraries.csv").write_text("code,name,tier,address\n990000,甲,省,10.98.0.1\n1,乙,县,\n")
    assert main(["registry", "check", str(tmp_path)]) == 1
    told = capsys.readouterr().err.strip().split("\n")
    assert [line.split(",")[0] for line in told] == [
        "shulu registry: libraries.csv:2",
        "shulu registry: libraries.csv:3",
    ]


@pytest.mark.parametrize("name", ["none", "."])
def test_a_folder_without_a_province_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused, match="inventory/demo"):
        of_folder(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[]", "is no mapping"),
        ("a: [", "cannot be read"),
        ("{}", "vpn"),
        ("vpn: ", "vpn"),
        ("{vpn: [], lan_ranges: 5}", "lan_ranges"),
        ("{vpn: [], lan_prefix: 99}", "lan_prefix"),
        ("vpn: [5]", "vpn"),
        ("{vpn: 10.0.0.0/8, network_from_mbit: fast}", "network_from_mbit"),
        ("{vpn: 10.0.0.0/8, registry: [a]}", "registry"),
    ],
)
def test_a_bad_configuration_is_refused(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "x.library_registry.yml"
    path.write_text(text)
    with pytest.raises(Refused, match=key):
        of_file(path)


def test_the_plugin_and_the_command_have_the_same_defaults(tmp_path: Path) -> None:
    path = tmp_path / "x.library_registry.yml"
    path.write_text("{plugin: library_registry, vpn: [10.0.0.0/8]}")
    registry, settings = of_file(path)
    assert registry == tmp_path / "libraries.csv"
    plugin = (ROOT / "plugins/inventory/library_registry.py").read_text()
    assert f"default: {settings.network_from_mbit}\n" in plugin
    assert f"default: {registry.name}\n" in plugin
