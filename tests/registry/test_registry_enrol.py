from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from registry_files import REGISTRY, book, province

from shulu.cli.main import main
from shulu.findings import Refused
from shulu.registry import replace, sheets
from shulu.registry.enrolment import propose

TITLED = [
    ["安徽省图书馆名录（2026 年）"],
    [None, None],
    ["馆名", "馆代码", "级别", "上级馆", "虚拟网地址", "局域网", "#手机"],
]


def proposed(inventory: Path, data: bytes | str, name: str = "名录.csv") -> list[tuple[object, ...]]:
    sheet = sheets.parse(data.encode() if isinstance(data, str) else data, name)
    return [(c.code, c.new, c.column, c.before, c.after) for c in propose(inventory, sheet).changes]


def refusals(inventory: Path, data: bytes | str, name: str = "名录.csv") -> list[str]:
    before = (inventory / "libraries.csv").read_bytes()
    with pytest.raises(Refused) as refused:
        proposed(inventory, data, name)
    assert (inventory / "libraries.csv").read_bytes() == before
    assert all(finding.remedy for finding in refused.value.findings)
    return [str(finding) for finding in refused.value.findings]


def test_a_workbook_with_a_title_adds_and_changes_libraries(tmp_path: Path) -> None:
    rows = [
        ["瑶海区图书馆", 340102, "县", 340100, "10.34.1.102", "192.168.2.0/24", "138"],
        ["庐阳区图书馆", 340103.0, "县", "340100", None, None, None],
        ["蜀山区 图书馆新馆", "３４０１０４", None, None, "－", None, None],
    ]
    inventory = province(tmp_path)
    assert proposed(inventory, book([*TITLED, *rows], "A1:G1"), "名录.xlsx") == [
        ("340102", True, "name", "", "瑶海区图书馆"),
        ("340102", True, "tier", "", "县"),
        ("340102", True, "parent", "", "340100"),
        ("340102", True, "address", "", "10.34.1.102"),
        ("340102", True, "lans", "", "192.168.2.0/24"),
        ("340104", False, "name", "蜀山区图书馆", "蜀山区 图书馆新馆"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_same_sheet_as_text_in_any_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = "馆代码,线路速率,备注\r\n340103,20M,新\r\n".replace(",", delimiter)
    assert proposed(province(tmp_path), text.encode(encoding)) == [
        ("340103", False, "line", "", "20M"),
        ("340103", False, "note", "", "新"),
    ]


def test_what_means_the_same_is_no_change_and_a_dash_empties(tmp_path: Path) -> None:
    inventory = province(tmp_path)
    assert proposed(inventory, "code,address,line,tier\n340100,10.34.1.1,1G,地市级\n340103,,,\n") == []
    assert proposed(inventory, "code,line,note\n340104,-,\n340100,,清空\n") == [
        ("340104", False, "line", "100", ""),
        ("340100", False, "note", "两行\n备注", ""),
    ]


def test_the_command_shows_first_writes_once_and_then_finds_nothing_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inventory, sheet = province(tmp_path / "p"), tmp_path / "s.csv"
    sheet.write_text("馆代码,虚拟网地址\n340103,10.34.1.103\n")
    (inventory / "libraries.csv").chmod(0o640)
    command = ["registry", "enrol", str(inventory), str(sheet)]
    assert main([*command, "--plan"]) == 0
    planned = capsys.readouterr().out
    assert (inventory / "libraries.csv").read_text() == REGISTRY
    assert main(command) == 0
    assert capsys.readouterr().out == planned
    expected = REGISTRY.replace("庐阳区图书馆,县,340100,", "庐阳区图书馆,县,340100,10.34.1.103")
    assert (inventory / "libraries.csv").read_text() == expected
    assert (inventory / "libraries.csv").stat().st_mode & 0o777 == 0o640
    assert main(command) == 0
    assert capsys.readouterr().out == f"{inventory}: unchanged\n"
    assert sorted(each.name for each in inventory.iterdir()) == [
        "anhui.library_registry.yml",
        "libraries.csv",
    ]


def test_all_findings_come_at_once_at_the_rows_of_the_sheet(tmp_path: Path) -> None:
    rows = [
        ["甲", "3.40103E+05", None, None, None, None, None],
        ["乙馆", 110101, "县", None, None, None, None],
        ["丙馆", 340105, None, 340199, "10.34.1.1", "8.8.8.0/24", None],
        ["=HYPERLINK(1)", 340104, "县", None, None, None, None],
        [None, 340100, None, None, "10.99.0.1", None, None],
        [None, 340100, None, None, None, None, None],
        [None, None, "县", None, None, None, None],
    ]
    told = refusals(province(tmp_path), book([*TITLED, *rows]), "名录.xlsx")
    assert [line.split(": ")[0] for line in told] == [
        "名录.xlsx:4, code/馆代码",
        "名录.xlsx:5, code/馆代码",
        "名录.xlsx:6, lans/局域网",
        "名录.xlsx:6, tier/级别",
        "名录.xlsx:7, name/馆名",
        "名录.xlsx:8, address/虚拟网地址",
        "名录.xlsx:9, code/馆代码",
        "名录.xlsx:10, code/馆代码",
    ]
    assert "is a formula" in told[4]
    assert "also in row 8" in told[6]


def test_two_libraries_with_one_address_are_named_by_the_file_and_the_sheet(tmp_path: Path) -> None:
    inventory = province(tmp_path)
    (told,) = refusals(inventory, "\n馆代码,虚拟网地址\n340103,10.34.1.1\n")
    where = "line 3 of libraries.csv (合肥市图书馆)"
    assert told.startswith(f"名录.csv:3, address/虚拟网地址: 10.34.1.1 is also in {where}")
    (told,) = refusals(inventory, "code,address\n340104,10.34.9.1\n340103,10.34.9.1\n")
    assert told.startswith("名录.csv:2, address/虚拟网地址: 10.34.9.1 is also in row 3 of 名录.csv")
    (told,) = refusals(inventory, "code,name,tier,address\n340101,新馆,县,10.34.1.9\n340103,,,10.34.1.9\n")
    assert told.startswith("名录.csv:3, address/虚拟网地址: 10.34.1.9 is also in row 2 of 名录.csv (新馆)")


def test_a_finding_of_the_registry_itself_is_named_by_its_own_line(tmp_path: Path) -> None:
    inventory = province(tmp_path, REGISTRY.replace(",,100,,", ",,fast,,"))
    told = refusals(inventory, "馆代码,馆名,级别\n340101,新馆,县\n")
    assert [line.split(": ")[0] for line in told] == ["libraries.csv:7, line/线路速率"]


def test_taking_a_parent_away_from_what_fetches_from_it_is_refused(tmp_path: Path) -> None:
    inventory = province(tmp_path, REGISTRY.replace("县,340100,,,,,", "县,340100,10.34.1.103,网络,,,"))
    (told,) = refusals(inventory, "馆代码,虚拟网地址\n340100,-\n")
    assert "340100 in line 3 of libraries.csv has no address" in told


def test_a_registry_that_was_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    inventory = province(tmp_path)
    proposal = propose(inventory, sheets.parse(b"code,line\n340103,5\n", "s.csv"))
    (inventory / "libraries.csv").write_text(REGISTRY + "340111,包河区图书馆,县,,,,,,\n")
    with pytest.raises(Refused, match="changed by somebody else"):
        proposal.write()
    assert "包河" in (inventory / "libraries.csv").read_text()
    (inventory / "libraries.csv").write_text(REGISTRY)
    (inventory / ".~lock.libraries.csv#").write_text("")
    with pytest.raises(Refused, match="LibreOffice"):
        proposal.write()
    assert (inventory / "libraries.csv").read_text() == REGISTRY


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inventory = province(tmp_path)
    proposal = propose(inventory, sheets.parse(b"code,line\n340103,5\n", "s.csv"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(replace.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        proposal.write()
    assert (inventory / "libraries.csv").read_text() == REGISTRY
    assert len(list(inventory.iterdir())) == 2


@pytest.mark.parametrize(
    ("sheet", "told"),
    [("none.xlsx", "cannot be read (No such file"), (".", "Is a directory"), ("/dev/zero", "larger")],
)
def test_what_is_no_file_or_has_no_end_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sheet: str, told: str
) -> None:
    assert main(["registry", "enrol", str(province(tmp_path)), str(tmp_path / sheet)]) == 1
    assert told in capsys.readouterr().err


def test_a_wholly_new_province_says_that_it_needs_a_range_first(tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parents[2] / "inventory/anhui", tmp_path / "anhui")
    (told,) = refusals(tmp_path / "anhui", "馆代码,虚拟网地址\n340000,10.34.0.1\n")
    assert "names no range of its virtual network; write its ranges as vpn" in told
