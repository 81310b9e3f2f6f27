"""Libraries are enrolled from a workbook that the project office sent round."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import openpyxl
import pytest
from campaign_admin import SCENARIO, Admin

from shulu.registry import read
from shulu.registry.province import of_folder

TITLES = ("馆代码", "馆名", "级别", "上级馆", "虚拟网地址", "推送方式", "线路速率（Mbit/s）", "局域网")
NAMES = ("code", "name", "tier", "parent", "address", "route", "line", "lans")
WORDS = {"city": "市", "county": "县", "auto": "自动", "network": "网络", "disk": "硬盘"}
NEW = "990122"


@pytest.fixture(scope="module")
def wanted() -> list[dict[str, str]]:
    """The registry as it is to be in the end."""
    text = (SCENARIO / "inventory" / "libraries.csv").read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module", autouse=True)
def begun(admin: Admin, wanted: list[dict[str, str]]) -> None:
    """Only the hub is enrolled; one library is not in the registry at all."""
    rows = [row | ({} if row["tier"] == "province" else {"address": "", "lans": ""}) for row in wanted]
    with admin.registry.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, wanted[0])
        writer.writeheader()
        writer.writerows(row for row in rows if row["code"] != NEW)


def workbook(path: Path, rows: list[list[str | int | None]]) -> Path:
    """Write a workbook as WPS and Excel save one that people made: title, merged, numbers, empty sheets."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["2026 年图书馆入网登记表"])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(TITLES))
    sheet.append([])
    sheet.append(TITLES)
    for row in rows:
        sheet.append(row)
    sheet.freeze_panes = "C4"
    sheet.column_dimensions["B"].width = 24
    book.create_sheet("Sheet2")
    book.create_sheet("Sheet3")
    book.save(path)
    return path


def cells(row: dict[str, str]) -> list[str | int | None]:
    """Return a row as a spreadsheet keeps it: what looks like a number is one."""
    texts = [WORDS.get(row[name], row[name]) for name in NAMES]
    return [int(text) if text.isdigit() else text or None for text in texts]


def test_a_broken_sheet_is_refused_whole(admin: Admin, wanted: list[dict[str, str]], tmp_path: Path) -> None:
    good = next(row for row in wanted if row["code"] == NEW)
    sheet = workbook(
        tmp_path / "broken.xlsx",
        [
            cells(good),
            cells(good | {"code": "110101"}),
            cells(good | {"code": "990111", "address": "10.99.1.22"}),
            cells(good | {"code": "990112", "address": "192.0.2.7"}),
            cells(good | {"code": "990121", "line": "快"}),
            cells(good | {"code": "990131", "name": '=HYPERLINK("x")', "address": "10.99.1.31"}),
            cells(good),
        ],
    )
    before = admin.registry.read_bytes()
    for words in (["--check"], []):
        run = admin.fails("enrol", "-e", f"enrol_sheet={sheet}", *words)
        for finding in (
            r"broken.xlsx:5.*110101 is of another province",
            r"broken.xlsx:4.*10\.99\.1\.22 is also in row 6 of broken.xlsx",
            r"broken.xlsx:7.*192\.0\.2\.7",
            r"broken.xlsx:8.*快",
            r"broken.xlsx:9.*formula",
            r"broken.xlsx:10.*990122 is also in row 4",
        ):
            assert_line(finding, run.said)
        assert admin.registry.read_bytes() == before


def assert_line(pattern: str, text: str) -> None:
    assert re.search(pattern, text), f"{pattern} is not in:\n{text}"


def test_a_good_sheet_is_rehearsed_then_written(
    admin: Admin, wanted: list[dict[str, str]], tmp_path: Path
) -> None:
    rows = [cells(row) for row in wanted if row["address"] and row["tier"] != "province"]
    sheet = f"enrol_sheet={workbook(tmp_path / '入网登记表.xlsx', rows)}"
    before = admin.registry.read_bytes()

    rehearsal = admin.runs("enrol", "-e", sheet, "--check")
    assert rehearsal.changes
    for words in (r"990122\s.*new", r"990111\s.*changed.*10\.99\.1\.11"):
        assert_line(words, rehearsal.said)
    assert admin.registry.read_bytes() == before

    run = admin.runs("enrol", "-e", sheet)
    assert run.changes == rehearsal.changes
    assert meaning(admin.inventory) == meaning(SCENARIO / "inventory")
    assert not admin.runs("enrol", "-e", sheet).changes


def meaning(inventory: Path) -> object:
    return read(*of_folder(inventory))
