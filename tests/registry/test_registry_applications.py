from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pytest
import yaml
from registry_files import REGISTRY, province

from shulu.cli.main import main
from shulu.findings import Refused
from shulu.registry import applications, forms, read
from shulu.registry.province import of_folder

FILLED = {
    "单位名称": "大杨镇综合文化站图书室",
    "单位类型": "乡镇",
    "所属县区": "庐阳区图书馆",
    "详细地址": "大杨镇 1 号",
    "联系人": "王敏",
    "联系电话": "0551-65771234",
    "线路速率": 50,
    "阅览终端数": 5,
}


def form(**said: object) -> bytes:
    """Return a form filled in as a librarian would."""
    book = openpyxl.load_workbook(io.BytesIO(forms.template()))
    sheet = book.worksheets[0]
    values = FILLED | said
    for row in sheet.iter_rows(max_col=2):
        label = str(row[0].value or "").removesuffix(" *")
        if label in values:
            row[1].value = values[label]
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def sent(folder: Path, name: str = "大杨镇.xlsx", **said: object) -> str:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(form(**said))
    return str(folder / name)


def apply(*words: str, code: int = 0) -> None:
    assert main(["registry", "applications", *words]) == code


def files(inventory: Path) -> list[str]:
    return sorted(path.name for path in applications.folder_of(inventory).iterdir())


def test_from_the_template_to_a_station_in_a_wave(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = REGISTRY.replace("庐阳区图书馆,县,340100,,", "庐阳区图书馆,县,340100,10.34.1.103,")
    inventory = province(tmp_path / "p", before)
    apply("template", str(tmp_path / "申报表.xlsx"))
    apply("template", str(tmp_path / "申报表.xlsx"), code=1)
    capsys.readouterr()
    paper = sent(tmp_path, 统计用区划代码="340103100")
    apply("add", str(inventory), paper)
    assert "340103-001  received" in capsys.readouterr().out
    apply("add", str(inventory), paper)
    assert capsys.readouterr().out == "1 filed before, unchanged\n"
    assert (inventory / "applications/340103-001.xlsx").read_bytes() == Path(paper).read_bytes()
    accept = ["accept", str(inventory), "340103-001", "--wave", "2", "--address", "10.34.1.200"]
    apply(*accept, "--plan")
    assert (inventory / "libraries.csv").read_text() == before
    assert files(inventory) == ["340103-001.xlsx", "340103-001.yml"]
    apply(*accept)
    station = next(each for each in read(*of_folder(inventory)).libraries if each.tier == "station")
    assert (station.code, station.name, station.parent) == ("340103100", FILLED["单位名称"], "340103")
    assert (station.wave, station.line_mbit, station.address) == (2, 50, "10.34.1.200")
    letter = (inventory / "applications/340103-001.txt").read_text()
    assert letter.startswith("大杨镇综合文化站图书室：\n")
    assert "馆代码为 340103100，编入第 2 批" in letter
    capsys.readouterr()
    apply(*accept)
    assert capsys.readouterr().out.endswith("accepted as 340103100, unchanged\n")
    apply("refuse", str(inventory), "340103-001", "--reason", "迟了", code=1)
    apply("list", str(inventory), "--json")
    told = json.loads(capsys.readouterr().out)
    assert [(each["state"], each["wave"], each["values"]["contact"]) for each in told] == [
        ("accepted", 2, "王敏")
    ]


def test_a_refusal_says_why_and_the_applicant_may_come_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inventory = province(tmp_path / "p")
    apply("add", str(inventory), sent(tmp_path))
    apply("refuse", str(inventory), "340103-001", "--reason", " ", code=1)
    apply("refuse", str(inventory), "340103-001", "--reason", "没有固定的阅览室。")
    apply("refuse", str(inventory), "340103-001", "--reason", "没有固定的阅览室。")
    assert capsys.readouterr().out.endswith("refused, unchanged\n")
    letter = (inventory / "applications/340103-001.txt").read_text()
    assert "未予通过，原因如下：\n　　没有固定的阅览室。\n" in letter
    assert "安徽省图书馆" in letter
    apply("accept", str(inventory), "340103-001", "--wave", "1", code=1)
    assert (inventory / "libraries.csv").read_text() == REGISTRY
    apply("add", str(inventory), sent(tmp_path, "再来.xlsx", 申请说明="已有阅览室"))
    apply("list", str(inventory), "--state", "received")
    assert "340103-002" in capsys.readouterr().out


def test_stations_without_a_code_get_the_next_free_one(tmp_path: Path) -> None:
    inventory = province(tmp_path / "p")
    papers = [sent(tmp_path, f"{n}.xlsx", 单位名称=f"第{n}社区图书室", 单位类型="社区居委会") for n in (1, 2)]
    apply("add", str(inventory), *papers)
    apply("accept", str(inventory), "340103-002", "--wave", "3")
    apply("accept", str(inventory), "340103-001", "--wave", "3")
    stations = [(e.code, e.name) for e in read(*of_folder(inventory)).libraries if e.tier == "station"]
    assert stations == [("340103s01", "第2社区图书室"), ("340103s02", "第1社区图书室")]


def test_accepting_goes_on_where_the_power_failed(tmp_path: Path) -> None:
    inventory = province(tmp_path / "p")
    apply("add", str(inventory), sent(tmp_path, 统计用区划代码="340103100"))
    record = (inventory / "applications/340103-001.yml").read_bytes()
    apply("accept", str(inventory), "340103-001", "--wave", "2")
    registry = (inventory / "libraries.csv").read_bytes()
    (inventory / "applications/340103-001.yml").write_bytes(record)
    apply("accept", str(inventory), "340103-001", "--wave", "2")
    assert (inventory / "libraries.csv").read_bytes() == registry
    assert applications.find(inventory, "340103-001").state == "accepted"


@pytest.fixture
def taken_out(tmp_path: Path) -> Path:
    """A province with an application that is accepted, and whose row an admin has taken out again."""
    inventory = province(tmp_path / "p")
    apply("add", str(inventory), sent(tmp_path))
    apply("accept", str(inventory), "340103-001", "--wave", "2")
    (inventory / "libraries.csv").write_text(REGISTRY)
    return inventory


def test_an_accepted_one_whose_row_is_taken_out_can_be_refused(
    taken_out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apply("refuse", str(taken_out), "340103-001", "--reason", "没有固定的阅览室。")
    refused = applications.find(taken_out, "340103-001")
    assert (refused.state, refused.code, refused.wave) == ("refused", "", 0)
    assert "未予通过" in (taken_out / "applications/340103-001.txt").read_text()
    capsys.readouterr()
    apply("refuse", str(taken_out), "340103-001", "--reason", "没有固定的阅览室。")
    assert capsys.readouterr().out.endswith("refused, unchanged\n")


def test_an_accepted_one_whose_row_is_taken_out_is_added_again_under_its_code(
    taken_out: Path, tmp_path: Path
) -> None:
    apply("add", str(taken_out), sent(tmp_path, "2.xlsx", 单位名称="第2社区图书室", 单位类型="社区居委会"))
    apply("accept", str(taken_out), "340103-002", "--wave", "3")
    apply("accept", str(taken_out), "340103-001", "--wave", "4", "--plan")
    assert applications.find(taken_out, "340103-001").wave == 2
    apply("accept", str(taken_out), "340103-001", "--wave", "4")
    rows = {each.code: each.wave for each in read(*of_folder(taken_out)).libraries if each.tier == "station"}
    assert rows == {"340103s01": 4, "340103s02": 3}
    assert applications.find(taken_out, "340103-001").wave == 4
    assert "编入第 4 批" in (taken_out / "applications/340103-001.txt").read_text()


def test_accepting_again_into_another_wave_says_that_the_registry_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inventory = province(tmp_path / "p")
    apply("add", str(inventory), sent(tmp_path))
    apply("accept", str(inventory), "340103-001", "--wave", "2")
    capsys.readouterr()
    apply("accept", str(inventory), "340103-001", "--wave", "4", code=1)
    assert "is accepted as 340103s01, and in wave 2 of the registry; say --wave 2" in capsys.readouterr().err
    sheet = tmp_path / "wave.csv"
    sheet.write_text("馆代码,批次\n340103s01,4\n")
    assert main(["registry", "enrol", str(inventory), str(sheet)]) == 0
    apply("accept", str(inventory), "340103-001", "--wave", "4", "--plan")
    assert applications.find(inventory, "340103-001").wave == 2
    apply("accept", str(inventory), "340103-001", "--wave", "4")
    assert applications.find(inventory, "340103-001").wave == 4
    assert "编入第 4 批" in (inventory / "applications/340103-001.txt").read_text()


BAD = [
    ({"单位名称": None}, "大杨镇.xlsx:3, 单位名称: 没有填写"),
    ({"单位名称": "=A1"}, "大杨镇.xlsx:3, 单位名称: 是公式"),
    ({"单位名称": "åº\x90é\x98³å\x8cºé¦\x86"}, "大杨镇.xlsx:3, 单位名称: 填的是“"),
    (
        {"单位类型": "学校"},
        "大杨镇.xlsx:4, 单位类型: 填的是“学校”，不符合要求; 写其中一种：乡镇、街道、社区、村",
    ),
    ({"所属县区": "巢湖市"}, "大杨镇.xlsx, 所属县区: “巢湖市”不是本省馆名录里的县（区）馆"),
    ({"统计用区划代码": 340103100000.5}, "大杨镇.xlsx:6, 统计用区划代码: 填的是“340103100000.5”"),
    ({"统计用区划代码": "3.4E+11"}, "大杨镇.xlsx:6, 统计用区划代码: 填的是“3.4E+11”"),
    ({"统计用区划代码": "340104001"}, "大杨镇.xlsx, 统计用区划代码: “340104001”不在 340103 之下"),
    ({"联系电话": "手机"}, "大杨镇.xlsx:9, 联系电话: 填的是“手机”"),
    ({"线路速率": "很快"}, "大杨镇.xlsx:10, 线路速率: 填的是“很快”"),
    ({"局域网": "8.8.8.0/24"}, "大杨镇.xlsx:11, 局域网: 填的是“8.8.8.0/24”"),
    ({"阅览终端数": 0}, "大杨镇.xlsx:12, 阅览终端数: 填的是“0”"),
    ({"希望的资源库": "小说"}, "大杨镇.xlsx:14, 希望的资源库: 填的是“小说”"),
    ({"申请说明": "长" * 301}, "大杨镇.xlsx:15, 申请说明: 填的是“长长"),
]


@pytest.mark.parametrize(("said", "told"), BAD)
def test_a_bad_form_is_told_in_chinese_and_can_be_sent_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: dict[str, object], told: str
) -> None:
    inventory = province(tmp_path / "p")
    apply("add", str(inventory), sent(tmp_path, **said), "--letters", str(tmp_path / "letters"), code=1)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"shulu registry: {told}")
    assert not applications.folder_of(inventory).exists()
    letter = (tmp_path / "letters/大杨镇-退回.txt").read_text()
    assert letter.startswith("关于申报表《大杨镇.xlsx》")
    assert f"“{told.partition(', ')[2].partition(':')[0]}”" in letter
    assert letter.count("　　1. ") == 1


def test_one_bad_form_keeps_all_out_and_all_findings_come_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inventory = province(tmp_path / "p")
    (tmp_path / "图.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
    papers = [sent(tmp_path), sent(tmp_path, "重复.xlsx", 申请说明="又一次"), str(tmp_path / "图.xlsx")]
    apply("add", str(inventory), *papers, code=1)
    told = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1].split(",")[0] for line in told] == ["重复.xlsx", "图.xlsx"]
    assert "已申报，编号 340103-001" in told[0]
    assert not applications.folder_of(inventory).exists()
    apply(
        "add", str(inventory), sent(tmp_path, "在册.xlsx", 单位名称="庐阳区图书馆", 所属县区=340100), code=1
    )
    assert "已在馆名录中，馆代码 340103" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change",
    [
        {"state": "lost"}, {"number": "340103-009"}, {"received": "yesterday"}, {"wave": "2"}, {"values": {}},
        {"state": "accepted"}, {"more": 1}, {"received": 5},
    ],
)  # fmt: skip
def test_a_record_that_was_broken_by_hand_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    inventory = province(tmp_path / "p")
    apply("add", str(inventory), sent(tmp_path))
    path = inventory / "applications/340103-001.yml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | change, allow_unicode=True))
    with pytest.raises(Refused, match=r"is no record of an application|does not hold"):
        applications.load(inventory)
    path.write_text("a: [")
    with pytest.raises(Refused, match="cannot be read"):
        applications.load(inventory)
    with pytest.raises(Refused, match="no application has this number"):
        applications.find(inventory, "../../etc/passwd")
