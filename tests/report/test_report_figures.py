"""The figures against what was put in, in all four files; the same input gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from report_province import BAGS, ISSUED, Province, bag, some

from shulu.content.manifest import format_manifest
from shulu.findings import Refused
from shulu.plan.make import make as make_plan
from shulu.plan.sheets import as_csv
from shulu.programme import COLLECTIONS, RESOURCES
from shulu.report.make import files, make
from shulu.report.sources import read_plan
from shulu.report.words import numbers, tb

USAGE = """馆代码,月份,资源库,访问次数,阅览次数,下载次数
340102,2026-11,,100,50,5
340102,2026-11,电子图书,,40,4
340102,2026-12,ebooks,10,20,3
340103,2026-12,,7,8,9
"""
PLAN = """馆代码,馆名,推送方式,完成,是否按期,硬盘,硬盘与复制（元）,运输（元）,流量（元）,培训（元）,合计（元）
340102,望山县图书馆,网络,2026-11-20 06:00,是,,0,0,0,600,600
340103,听雨县图书馆,硬盘,2026-12-02 00:00,否,1×5 TB + 1×1 TB,1290,60,0,900,2250
"""


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    """Two releases; a library that has the first only, one with some collections, one remote, one awaited."""
    made = Province(tmp_path_factory.mktemp("report") / "p")
    first = made.release
    made.receipt("341502", ISSUED + timedelta(days=3))
    made.receipt("340102", ISSUED + timedelta(days=4), bad_files=["bags/ebooks-001/1/data/files/a.epub"])
    records = b'{"id": "a"}\n{"id": "b"}\n'
    tags = {"manifest-sha256.txt": format_manifest({"data/records.jsonl": _hash(records)})}
    tag_manifest = format_manifest({name: _hash(text) for name, text in tags.items()})
    print_ = bag("new-year-prints-001", 6 * 10**8, digest=_hash(tag_manifest), version="2")
    place = made.work / "release/bags/new-year-prints-001/2"
    (place / "data").mkdir(parents=True)
    (place / "data/records.jsonl").write_bytes(records)
    (place / "manifest-sha256.txt").write_bytes(tags["manifest-sha256.txt"])
    (place / "tagmanifest-sha256.txt").write_bytes(tag_manifest)
    second = made.issue(2, [*BAGS[:2], print_])
    made.receipt("340000", ISSUED + timedelta(days=11), release=second, route="disk")
    made.receipt("340102", ISSUED + timedelta(days=12), release=second, travelled_bytes=5)
    made.receipt("340103", ISSUED + timedelta(days=13), release=second, route="disk", **some(BAGS[:2]))
    nothing = some([]) | {"route": "remote", "travelled_bytes": 0, "travelled_files": 0}
    made.receipt("340200", ISSUED + timedelta(days=13), release=second, **nothing)
    made.receipt("330102", release=first)
    made.receipt("340202", signer="341502", release=first)
    made.admit("340202")
    (made.inventory / "usage.csv").write_text(USAGE)
    (made.work / "plan").mkdir()
    (made.work / "plan/plan.csv").write_text(PLAN, "utf-8-sig")
    failed, live = {"state": "failed", "message": "full"}, {"state": "live", "message": ""}
    rows = [
        {"library": "340100", "reach": "silent", "problem": "timed out", "activity": None},
        {"library": "340102", "reach": "answers", "problem": "", "activity": failed},
        {"library": "340103", "reach": "answers", "problem": "", "activity": live},
    ]
    (made.work / "status.json").write_text(json.dumps({"written": "2026-12-30T00:00:00Z", "libraries": rows}))
    return made


@pytest.fixture(scope="module")
def report(province: Province) -> dict[str, Any]:
    return province.make()


@pytest.fixture(scope="module")
def made(report: dict[str, Any]) -> dict[str, bytes]:
    return {path.name: content for path, content in files(report, Path("/r")).items()}


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_coverage(report: dict[str, Any]) -> None:
    total = report["coverage"]["total"]
    assert total == {
        "id": "total", "name": "合计", "registered": 7, "enrolled": 6, "live": 5, "current": 4, "pending": 1,
        "awaiting": 1, "receipts": [1, 2, 3, 4, 5],
    }  # fmt: skip
    by = {row["name"]: row for row in report["coverage"]["prefectures"]}
    assert list(by) == ["临江市", "临湖市", "3415"]
    assert (by["临江市"]["registered"], by["临江市"]["live"], by["临江市"]["pending"]) == (3, 2, 1)
    assert (by["临湖市"]["live"], by["临湖市"]["awaiting"]) == (1, 1)
    assert (by["3415"]["live"], by["3415"]["current"]) == (1, 0)
    states = {row["code"]: row["state"] for row in report["libraries"]}
    assert states["341502"] == "live" and states["340100"] == "pending" and states["340202"] == "awaiting"


def test_collections(report: dict[str, Any]) -> None:
    by = {row["id"]: row for row in report["collections"]}
    assert [row["id"] for row in report["collections"]] == [each.id for each in COLLECTIONS]
    ebooks, prints = by["ebooks"], by["new-year-prints"]
    assert (ebooks["release_bytes"], ebooks["libraries"], ebooks["live_bytes"]) == (3 * 10**9, 4, 12 * 10**9)
    assert ebooks["records"] is None, "its bags are not here"
    assert prints["records"] == 2
    # The hub and 340102 have version 2, 341502 has version 1 still.
    assert (prints["libraries"], prints["live_bytes"]) == (3, 2 * 6 * 10**8 + 5 * 10**8)
    assert prints["table_tb"] == 0.008 and by["old-photographs"]["table_shared"] == "new-year-prints"


def test_records_that_do_not_hold_are_not_counted(province: Province) -> None:
    file = province.work / "release/bags/new-year-prints-001/2/data/records.jsonl"
    before = file.read_bytes()
    try:
        file.write_bytes(before + b'{"id": "c"}\n')
        assert {row["id"]: row["records"] for row in province.make()["collections"]}[
            "new-year-prints"
        ] is None
    finally:
        file.write_bytes(before)


def test_routes_dates_plan_failures_usage(report: dict[str, Any]) -> None:
    by = {row["id"]: row for row in report["routes"]}
    assert (by["network"]["live"], by["network"]["deliveries"]) == (2, 3)
    assert by["network"]["travelled_bytes"] == 2 * 3_500_000_000 + 5
    assert (by["disk"]["live"], by["remote"]["live"], by["remote"]["live_bytes"]) == (2, 1, 0)
    dates = report["dates"]
    assert (dates["first"], dates["last"]) == ("2026-11-04T00:00:00Z", "2026-11-14T00:00:00Z")
    first, second = dates["waves"]
    assert (first["live"], first["first"], first["last"]) == (
        2,
        "2026-11-05T00:00:00Z",
        "2026-11-12T00:00:00Z",
    )
    assert (second["libraries"], second["live"], second["planned"]) == (4, 3, "2026-12-02 00:00")
    assert [row["live"] for row in dates["daily"]] == [1, 2, 3, 5]
    assert report["plan"]["disks"] == {"1": 1, "5": 1} and report["plan"]["late"] == 1
    assert report["plan"]["costs"]["合计（元）"] == 2850
    (damaged,) = report["failures"]["damaged"]
    assert (damaged["library"], damaged["files"], damaged["receipts"]) == ("340102", 1, [6])
    kinds = {(row["library"], row["kind"], row["problem"]) for row in report["failures"]["status"]}
    assert kinds == {("340100", "连接不上", "timed out"), ("340102", "下发失败", "full")}
    assert [row["library"] for row in report["failures"]["silent"]] == ["340100"]
    # What a library says of itself as a whole stands above its parts.
    assert report["usage"]["total"] == {"name": "合计", "visits": 117, "views": 78, "downloads": 17}
    assert report["usage"]["collections"] == [{"name": "电子图书", "visits": 10, "views": 60, "downloads": 7}]


def test_every_figure_leads_to_receipts_that_are_there(province: Province, report: dict[str, Any]) -> None:
    known = {each["no"]: each for each in report["receipts"]}
    for each in known.values():
        file = province.fetched / each["file"]
        assert each["sha256"] == f"sha256:{_hash(file.read_bytes())}"
    for row in (
        report["coverage"]["total"],
        *report["coverage"]["tiers"],
        *report["coverage"]["prefectures"],
    ):
        assert len({known[no]["library"] for no in row["receipts"]}) == row["live"]
    for row in report["collections"]:
        assert len(row["receipts"]) == row["libraries"]
    assert {row["file"] for row in report["sources"]} >= {
        "libraries.csv",
        "release.json",
        "1-1.json",
        "plan.csv",
    }


def test_the_same_input_gives_the_same_bytes(province: Province, made: dict[str, bytes]) -> None:
    again = files(province.make(), Path("/r"))
    assert {path.name: _hash(content) for path, content in again.items()} == {
        name: _hash(content) for name, content in made.items()
    }


def test_the_page_asks_for_nothing(made: dict[str, bytes]) -> None:
    html = made["report.html"].decode()
    assert "<script" not in html and not re.search(r"\b(src|href)=", html)
    assert not re.search(r"url\(|@import", html)
    assert "示范省县级数字图书馆资源推广总结报告" in html and html.count("<svg") == 3


def test_a_name_is_no_markup_and_no_formula(tmp_path: Path) -> None:
    province = Province(tmp_path / "p")
    file = province.inventory / "libraries.csv"
    file.write_text(file.read_text().replace("望山县图书馆", "<b>望山</b>&图书馆"))
    html = {path.name: content for path, content in files(province.make(), Path("/r")).items()}["report.html"]
    assert b"<b>\xe6\x9c\x9b" not in html and "&lt;b&gt;望山&lt;/b&gt;&amp;图书馆".encode() in html


def test_the_workbook(made: dict[str, bytes], report: dict[str, Any]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made["report.xlsx"]))
    sheet = book["覆盖（级别）"]
    assert [cell.value for cell in sheet[5]][:8] == ["合计", 7, 6, 5, 4, 1, 1, pytest.approx(5 / 7, abs=1e-6)]
    assert sheet["I5"].value == "1～5"
    receipts = [[cell.value for cell in row] for row in book["回执"].iter_rows(min_row=2, max_row=7)]
    assert [row[9] for row in receipts] == [each["sha256"][7:] for each in report["receipts"]]
    assert [row[1].value for row in book["未计入"].iter_rows(min_row=2)] == ["外省的回执", "签名无效"]
    with zipfile.ZipFile(io.BytesIO(made["report.xlsx"])) as parts:
        assert sum(name.startswith("xl/charts/chart") for name in parts.namelist()) == 3
        assert b"2026-12-31T15:59:59Z" in parts.read("docProps/core.xml")


def test_the_pdf_is_chinese(made: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "r.pdf").write_bytes(made["report.pdf"])
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "r.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "示范省县级数字图书馆资源推广总结报告" in text and "望山县图书馆" in text
    fonts = subprocess.run(
        ["pdffonts", tmp_path / "r.pdf"], capture_output=True, text=True, check=True
    ).stdout
    assert "Noto" in fonts and fonts.count(" yes yes ") == len(fonts.splitlines()) - 2, fonts


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("plan/plan.csv", "a,b\n1,2\n", "is no plan.csv as plan.yml writes it"),
        ("plan/plan.csv", PLAN.replace("2250", "lots"), "is no plan.csv as plan.yml writes it"),
        ("status.json", "[]", "is no status as status.yml writes it"),
        ("status.json", "{", "is no status as status.yml writes it"),
        ("status.json", '{"written": "x", "libraries": [{}]}', "is no status as status.yml writes it"),
        ("status.json", '{"written": "x", "libraries": []}', "is no status as status.yml writes it"),
    ],
)
def test_what_is_no_plan_or_status(tmp_path: Path, name: str, text: str, words: str) -> None:
    province = Province(tmp_path / "p")
    (province.work / name).parent.mkdir(exist_ok=True)
    (province.work / name).write_text(text)
    with pytest.raises(Refused, match=re.escape(words)) as refused:
        province.make()
    assert len(refused.value.findings) == 1 and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("999999,2026-12,,1,1,1", "no library has the code '999999'"),
        ("340102,2026-13,,1,1,1", "'2026-13' is no month"),
        ("340102,2026-12,novels,1,1,1", "'novels' is no collection"),
        ("340102,2026-12,,-1,1,1", "'-1' is no count"),
        ("340102,2026-12,,1.5,1,1", "'1.5' is no count"),
        ("340102,2026-12,,=1+1,1,1", "'=1+1' is no count"),
        ("340103,2026-12,,1,1,1", "twice"),
        ('340102,2026-12,"x,1,1', "is no CSV"),
    ],
)
def test_usage_that_is_none(tmp_path: Path, row: str, words: str) -> None:
    province = Province(tmp_path / "p")
    (province.inventory / "usage.csv").write_text(USAGE + row + "\n")
    with pytest.raises(Refused, match=re.escape(words)) as refused:
        province.make()
    assert len(refused.value.findings) == 1 and str(refused.value).startswith("usage.csv:6: ")


def test_the_plan_is_read_as_the_planner_writes_it(tmp_path: Path) -> None:
    sys.path.insert(0, str(Path(__file__).parent.parent / "plan"))
    from plan_cases import bags, case, hub, site  # noqa: PLC0415

    made = make_plan(case(hub(), site(1, 1, bags(1)), site(2, 100, bags(0.05)), site(3, 1, bags(6)), days=9))
    (tmp_path / "plan.csv").write_bytes(as_csv(made))
    read = read_plan(tmp_path / "plan.csv")
    assert read is not None and read.disks.total() == sum(len(line.disks) for line in made.lines) > 1
    assert read.costs["合计（元）"] == round(made.cost.total, 2) and read.late == len(made.late)
    assert read.ends.keys() == {line.site.code for line in made.lines}


def test_nothing_is_invented_where_there_is_nothing(tmp_path: Path) -> None:
    report = Province(tmp_path / "p").make()
    assert report["plan"] is None and report["usage"] is None and not report["receipts"]
    assert report["coverage"]["total"]["live"] == 0
    assert sum("暂缺" in note for note in report["notes"]) == 3
    assert files(report, Path("/r"))


def test_a_province_without_anything_has_a_report(tmp_path: Path) -> None:
    province = Province(tmp_path / "p")
    (province.work / "release/release.json").unlink()
    report = make(replace(province.places, date=""))
    assert report["release"] is None and report["as_of"] == "" and len(report["notes"]) == 4
    assert {path.suffix for path in files(report, Path("/r"))} == {".json", ".html", ".pdf", ".xlsx"}


def test_the_resource_table_adds_up() -> None:
    assert set(RESOURCES) == {each.id for each in COLLECTIONS}
    assert round(sum(each.tb or 0 for each in RESOURCES.values()), 3) == 4.17


def test_words() -> None:
    assert numbers([8, 1, 2, 3, 5]) == "1～3、5、8" and not numbers([])
    assert numbers(range(1, 90, 2)).endswith("、37、39 等 45 份，全部号码见 report.json")
    assert numbers(range(1, 9000)) == "1～8999"
    assert (tb(0), tb(4_170_000_000_000), tb(200_000_000), tb(1234)) == (
        "0",
        "4.17 TB",
        "0.20 GB",
        "0.001 MB",
    )
