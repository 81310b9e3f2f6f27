from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from registry_files import book

from shulu.findings import Refused
from shulu.registry import sheets, workbook

HEADING = ["馆代码", "馆名", "级别", "上级馆", "线路速率", "传输时段"]
GOOD = ["340103", "庐阳区图书馆", "县", "340100", "100", "22:00-06:00"]


def refusals(data: bytes) -> list[str]:
    with pytest.raises(Refused) as refused:
        sheet = sheets.parse(data, "名录.xlsx")
        raise Refused(sheet.findings)
    assert all(finding.remedy for finding in refused.value.findings)
    return [str(finding) for finding in refused.value.findings]


def doubts(*cells: object, merged: str = "") -> list[str]:
    row = [*GOOD]
    row[: len(cells)] = [good if cell is None else cell for cell, good in zip(cells, row, strict=False)]  # type: ignore[misc]
    return refusals(book([HEADING, row], *filter(None, [merged])))


def rezipped(change: Callable[[str, bytes], bytes | None], *more: tuple[str, bytes]) -> bytes:
    """Return a sound workbook with parts changed, left out or added."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book([HEADING, GOOD]))) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            changed = change(name, old.read(name))
            if changed is not None:
                new.writestr(name, changed)
        for name, data in more:
            new.writestr(name, data)
    return target.getvalue()


def in_sheet(pattern: str, text: str) -> bytes:
    """Return a workbook with its worksheet's XML changed."""

    def change(name: str, data: bytes) -> bytes:
        if not name.startswith("xl/worksheets/"):
            return data
        changed = re.sub(pattern.encode(), text.encode(), data, count=1)
        assert changed != data
        return changed

    return rezipped(change)


def test_numbers_read_as_they_show() -> None:
    rows = [
        HEADING,
        [340103, "馆", "县", 340100.0, 12.5, None],
        [340103001001, "站", "社区", 340103, 100, " "],
    ]
    sheet = sheets.parse(book(rows), "名录.xlsx")
    assert [row.cells["code"] for row in sheet.rows] == ["340103", "340103001001"]
    assert [row.cells["line"] for row in sheet.rows] == ["12.5", "100"]
    assert (sheet.rows[0].cells["parent"], sheet.findings) == ("340100", ())


def test_leading_zeros_that_a_format_shows_are_kept() -> None:
    made = openpyxl.load_workbook(io.BytesIO(book([HEADING, GOOD])))
    cell = made.worksheets[0]["A2"]
    cell.value, cell.number_format = 34103, "000000"
    target = io.BytesIO()
    made.save(target)
    assert sheets.parse(target.getvalue(), "x").rows[0].cells["code"] == "034103"


def test_shared_and_inline_strings_with_formatted_parts_as_wps_saves_them() -> None:
    text = '<c r="B2" t="inlineStr"><is><r><t>庐阳</t></r><r><rPr><b/></rPr><t>区馆</t></r></is></c>'
    data = in_sheet('<c r="B2"[^>]*>.*?</c>', text)
    assert sheets.parse(data, "x").rows[0].cells["name"] == "庐阳区馆"


def test_hidden_sheets_and_sheets_without_libraries_are_passed_over_and_two_are_refused() -> None:
    made = openpyxl.load_workbook(io.BytesIO(book([["说明"], ["请填写第二张表"]])))
    for title, state in (("名录", "visible"), ("旧", "hidden")):
        sheet = made.create_sheet(title)
        sheet.append(HEADING)
        sheet.append(GOOD)
        sheet.sheet_state = state
    target = io.BytesIO()
    made.save(target)
    assert len(sheets.parse(target.getvalue(), "x").rows) == 1
    made["旧"].sheet_state = "visible"
    target = io.BytesIO()
    made.save(target)
    assert "several sheets of libraries (名录、旧)" in refusals(target.getvalue())[0]


def test_cells_whose_text_is_not_certain_are_named() -> None:
    day = datetime.datetime(2026, 3, 4)
    assert doubts("=340000+103")[-1].startswith("名录.xlsx:2, code/馆代码: is a formula")
    assert "taken for a date or a time (2026-03-04" in doubts(None, None, None, None, day)[0]
    assert "taken for a date" in doubts(None, None, None, None, None, datetime.time(22, 0))[0]
    assert "more than 15 digits" in doubts(None, None, None, None, 1e20)[0]
    assert doubts(merged="D2:D3") == [
        "名录.xlsx:2, parent/上级馆: is merged with others (D2:D3); split the cells and fill in each of them"
    ]
    error = in_sheet('<c r="E2"[^>]*>.*?</c>', '<c r="E2" t="e"><v>#REF!</v></c>')
    assert "is an error of the spreadsheet (#REF!)" in refusals(error)[0]


def test_what_is_not_read_may_be_anything() -> None:
    rows = [[*HEADING, "#日期", "#公式"], [*GOOD, datetime.date(2026, 1, 1), "=1+1"]]
    assert sheets.parse(book(rows, "G2:H2"), "x").findings == ()


def bomb() -> bytes:
    return rezipped(lambda _, data: data, ("xl/media/image1.png", bytes(workbook.MAX_BYTES)))


def lying_bomb() -> bytes:
    """A part that unpacks to more than its entry says."""
    data = bytearray(rezipped(lambda _, data: data, ("xl/big.xml", b"<a>" + bytes(5_000_000))))
    size = (5_000_003).to_bytes(4, "little")
    while (place := data.find(size)) >= 0:
        data[place : place + 4] = (100).to_bytes(4, "little")
    return bytes(data)


SOUND = book([HEADING, GOOD])
ENTITIES = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cccc">]><worksheet>'
BROKEN = [
    (SOUND[:200], "damaged workbook"),
    (SOUND[:-40], "damaged workbook"),
    (SOUND[:900] + bytes(200) + SOUND[1100:], "damaged workbook|no workbook that can be read"),
    (b"PK\x03\x04", "damaged workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old .xls or .et workbook, or one with a password"),
    (bomb(), "unpacks to more than 64 MB"),
    (lying_bomb(), "damaged workbook"),
    (rezipped(lambda name, data: None if "workbook.xml" in name else data), "no workbook that can be read"),
    (
        rezipped(lambda name, data: None if "worksheets" in name else data),
        "no workbook that can be read|no rows",
    ),
    (rezipped(lambda name, data: b"" if "sheet1" in name else data), "no workbook that can be read"),
    (rezipped(lambda name, data: data[:-30] if "sheet1" in name else data), "no workbook that can be read"),
    (in_sheet("<worksheet[^>]*>", ENTITIES), "defines entities in xl/worksheets/sheet1.xml"),
    (rezipped(lambda n, d: d.decode().encode("utf-16") if "sheet1" in n else d), "encoding other than UTF-8"),
    (
        in_sheet("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A3:XFD1048576"/></mergeCells>'),
        "cells, more",
    ),
    (
        in_sheet("<sheetData>", "<sheetData>" + "<row>" + "<c/>" * 600_001 + "</row>"),
        "cells, more than 600000",
    ),
    (book([]), "holds no rows"),
    (book([["说明"], ["没有表头"]]), "no heading with code/馆代码"),
    (book([["馆代码", "馆代码"], ["1", "2"]]), "is there twice"),
    (book([["馆代码", "馆名", "传真"], ["340103", "馆", "1"]]), "传真: is no column"),
    (b"\x00\x01\x02\xff\xfe", "not text"),
    (b"", "no heading"),
    ("馆代码,馆名\n340103,甲,多一格\n".encode(), "has 3 fields"),
    ('馆代码,馆名\n340103,"没有关\n'.encode(), "close every quote"),
    ("馆代码,馆名".encode()[:-1], "not text|no heading"),
    ("馆代码,馆名\n340103,甲\n".encode().decode("latin-1").encode(), "no heading"),
]


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_a_broken_sheet_is_refused_in_one_clear_line(number: int) -> None:
    data, problem = BROKEN[number]
    (told,) = refusals(data)
    assert re.search(problem, told)
    assert "\n" not in told


def test_a_cell_far_out_costs_nothing() -> None:
    data = in_sheet(
        "</row></sheetData>", '</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    assert len(sheets.parse(data, "x").rows) == 1
