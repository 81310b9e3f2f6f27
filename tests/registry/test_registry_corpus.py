"""Sheets and forms as offices send them in: what each does to a province, by the very commands."""

from __future__ import annotations

import datetime
import io
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet
from registry_files import REGISTRY, book, province

from shulu.cli.main import main
from shulu.findings import Refused
from shulu.registry import forms, read, sheets
from shulu.registry.enrolment import propose
from shulu.registry.province import of_folder

HEADING = ["馆代码", "馆名", "级别", "虚拟网地址"]
ROW = ["340105", "长丰县图书馆", "县", "10.34.1.105"]
TEXT = "馆代码,馆名,级别,虚拟网地址\n340105,长丰县图书馆,县,10.34.1.105\n"
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def made(change: Callable[[Worksheet], object]) -> bytes:
    """Return a sound workbook that somebody did something to."""
    book_of = openpyxl.Workbook()
    sheet = book_of.worksheets[0]
    for row in (HEADING, ROW):
        sheet.append(row)
    change(sheet)
    target = io.BytesIO()
    book_of.save(target)
    return target.getvalue()


def hidden(sheet: Worksheet) -> None:
    sheet.column_dimensions["B"].hidden = sheet.row_dimensions[2].hidden = True


def filtered(sheet: Worksheet) -> None:
    sheet.auto_filter.ref = "A1:D2"
    sheet.freeze_panes = "A2"
    sheet.row_dimensions[2].hidden = True


def empty_rows(sheet: Worksheet) -> None:
    for row in range(3, 100_003):
        sheet.row_dimensions[row].height = 15


def titled(sheet: Worksheet) -> None:
    sheet.insert_rows(1, 2)
    sheet["A1"] = "安徽省县级图书馆名录（2026 年）"
    sheet.merge_cells("A1:D1")


def quoted(sheet: Worksheet) -> None:
    sheet["A2"].quotePrefix = True
    sheet["D2"].value = "'10.34.1.105"


GOOD: dict[str, bytes] = {
    "codes as numbers": book([HEADING, [340105, *ROW[1:]]]),
    "codes as numbers with a point": book([HEADING, [340105.0, *ROW[1:]]]),
    "codes as text with a point": TEXT.replace("340105,", "340105.0,").encode(),
    "an apostrophe ahead": TEXT.replace("340105,", "'340105,")
    .replace("10.34.1.105", "'10.34.1.105")
    .encode(),
    "an apostrophe in Excel": made(quoted),
    "a title in merged cells": made(titled),
    "hidden columns and rows": made(hidden),
    "a filter": made(filtered),
    "a hundred thousand empty rows": made(empty_rows),
    "a hundred thousand empty lines": (TEXT + ",,,\n" * 100_000).encode(),
    "UTF-8 with BOM": TEXT.encode("utf-8-sig"),
    "GB18030": TEXT.encode("gb18030"),
    "UTF-16": TEXT.encode("utf-16"),
    "CRLF": TEXT.replace("\n", "\r\n").encode(),
    "CR": TEXT.replace("\n", "\r").encode(),
    "semicolons": TEXT.replace(",", ";").encode(),
    "tabs": TEXT.replace(",", "\t").encode("utf-16"),
    "full-width commas": TEXT.replace(",", "，").encode(),
    "a line that names the separator": ("sep=;\n" + TEXT.replace(",", ";")).encode(),
    "quotes around all": ("\n".join(",".join(f'"{c}"' for c in row) for row in (HEADING, ROW))).encode(),
    "a workbook that is called csv": book([HEADING, ROW]),
    "full-width digits": TEXT.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789."}).encode(),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_sheet_is_taken_as_it_is_sent(tmp_path: Path, name: str) -> None:
    inventory = province(tmp_path / "p")
    (tmp_path / "名录.csv").write_bytes(GOOD[name])
    assert main(["registry", "enrol", str(inventory), str(tmp_path / "名录.csv")]) == 0
    found = next(each for each in read(*of_folder(inventory)).libraries if each.code == "340105")
    assert [found.code, found.name, found.address] == [ROW[0], ROW[1], ROW[3]]
    assert len(read(*of_folder(inventory)).libraries) == 5


def styled_rows(sheet: Worksheet) -> None:
    bold = Font(bold=True)
    for row in range(3, 150_003):
        for column in range(1, 5):
            sheet.cell(row, column).font = bold


def encrypted() -> bytes:
    """Flag every entry as encrypted, as zip programs with a password do."""
    data = bytearray(book([HEADING, ROW]))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(signature)
        while place >= 0:
            (flags,) = struct.unpack_from("<H", data, place + at)
            struct.pack_into("<H", data, place + at, flags | 1)
            place = data.find(signature, place + 4)
    return bytes(data)


def nested_bomb() -> bytes:
    """A small file whose one sheet unpacks to more than any registry."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book([HEADING, ROW]))) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data + b" " * (80 << 20) if "sheet1" in name else data)
    assert target.tell() < 1 << 20
    return target.getvalue()


def no_sheet() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("content.xml", "<office/>")
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    return target.getvalue()


BAD: dict[str, tuple[bytes, str]] = {
    "an old workbook": (OLD + bytes(2000), "is an old .xls or .et workbook, or one with a password"),
    "a password": (OLD + "EncryptedPackage".encode("utf-16-le"), "or one with a password"),
    "a password of a zip": (encrypted(), "is no workbook that can be read"),
    "another program's zip": (no_sheet(), "is no workbook that can be read"),
    "a bomb": (nested_bomb(), "unpacks to more than 64 MB"),
    "a page that is called xls": ("<table><tr><td>馆代码</td></tr></table>".encode(), "no heading"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\xff\xfe", "is not text"),
    "nothing": (b"", "has no heading"),
    "a heading alone": (book([HEADING]), ""),
    "empty rows that are drawn": (made(styled_rows), "delete the empty rows below the libraries"),
    "a date for a code": (book([HEADING, [datetime.date(2034, 1, 5), *ROW[1:]]]), "taken for a date"),
    "a formula for a code": (book([HEADING, ["=340000+105", *ROW[1:]]]), "is a formula"),
    "a power of ten": (TEXT.replace("340105,", "3.40105E+05,").encode(), "shortened to a power of ten"),
    "half a code": (TEXT.replace("340105,", "340105.5,").encode(), "'340105.5' is no code"),
    "merged cells": (made(lambda sheet: sheet.merge_cells("C2:D2")), "is merged with others (C2:D2)"),
    "a heading twice": (book([[*HEADING, "代码"], [*ROW, "340106"]]), "code/馆代码 is there twice"),
    "a heading twice in two languages": (TEXT.replace("级别", "code").encode(), "is there twice"),
    "an unknown heading": (TEXT.replace("级别", "级另").encode(), "registry; is it tier/级别"),
    "a library twice": ((TEXT + TEXT.split("\n")[1]).encode(), "340105 is also in row 2"),
    "another province": (TEXT.replace("340105", "320105").encode(), "is of another province"),
    "an address of another's": (TEXT.replace("10.34.1.105", "10.34.1.1").encode(), "10.34.1.1"),
    "an injection": (TEXT.replace("长丰县图书馆", "=cmd|' /C calc'!A0").encode(), "would be run"),
    "a wrong encoding": (TEXT.encode().decode("latin-1").encode(), "no heading"),
    "a quote without an end": (TEXT.replace("长丰县", '"长丰县').encode(), "close every quote"),
    "cut off in a character": (TEXT.encode()[:-41], ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_broken_sheet_is_told_in_clear_lines_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    inventory = province(tmp_path / "p")
    data, problem = BAD[name]
    (tmp_path / "名录.xlsx").write_bytes(data)
    code = main(["registry", "enrol", str(inventory), str(tmp_path / "名录.xlsx")])
    told = capsys.readouterr()
    assert (code == 1) == bool(problem) or (code, problem) == (1, "")
    if code:
        assert problem in told.err
        assert all(line.startswith("shulu registry: 名录.xlsx") for line in told.err.splitlines())
        assert len(told.err.splitlines()) <= 2
    else:
        assert told.out.endswith("unchanged\n")
    assert (inventory / "libraries.csv").read_text() == REGISTRY
    assert sorted(path.name for path in inventory.iterdir()) == [
        "anhui.library_registry.yml",
        "libraries.csv",
    ]


FORMS: dict[str, tuple[bytes, str]] = {
    "an old workbook": (BAD["an old workbook"][0], "是旧版 .xls、.et 文件，或设有密码"),
    "a password of a zip": (encrypted(), "打不开，或者不是申报表"),
    "a bomb": (nested_bomb(), "内容太大"),
    "half a file": (forms.template()[:-300], "文件已损坏，可能没有传完"),
    "a picture": (BAD["a picture"][0], "不是表格文件"),
    "nothing": (b"", "不是申报表"),
    "a letter": ("尊敬的领导：\n我馆申请加入。\n".encode("gb18030"), "不是申报表"),
    "a registry": (book([HEADING, ROW]), "不是申报表"),
    "two answers": (
        "项目,填写\n单位名称,甲\n单位名称,乙\n".encode(),
        "与第 2 行重复",
    ),
    "a quote without an end": ('项目,填写\n单位名称,"甲\n'.encode(), "引号没有成对"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_broken_form_is_told_in_chinese_and_files_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    inventory = province(tmp_path / "p")
    data, problem = FORMS[name]
    (tmp_path / "申报.xlsx").write_bytes(data)
    words = ["registry", "applications", "add", str(inventory), str(tmp_path / "申报.xlsx")]
    assert main([*words, "--letters", str(tmp_path / "letters")]) == 1
    told = capsys.readouterr().err
    assert problem in told
    assert not (inventory / "applications").exists()
    letter = (tmp_path / "letters/申报-退回.txt").read_text()
    for text in (*told.splitlines(), letter):
        said = text.removeprefix("shulu registry: ").replace("申报.xlsx", "").replace(".xlsx", "")
        assert not _english(said), said


def _english(text: str) -> list[str]:
    known = {"Excel", "WPS", "xls", "et", "shulu", "registry", "applications", "template", "Mbit"}
    words = "".join(char if char.isascii() and char.isalpha() else " " for char in text).split()
    return [word for word in words if len(word) > 1 and word not in known]


MARKS = st.sampled_from(["\ufeff", "\u200b", "\u3000", " ", "\t", "'", '"', "\r", "\n\n", "，", ";"])


def strewn(text: str, places: Iterable[tuple[int, str]]) -> str:
    for at, mark in places:
        place = at % len(text)
        text = text[:place] + mark + text[place:]
    return text


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 200), MARKS), max_size=4),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
@example([(0, "\ufeff"), (0, "\t"), (189, "\r")], "utf-8")
def test_stray_marks_never_make_another_library_or_address(
    places: list[tuple[int, str]], encoding: str
) -> None:
    """Whatever a hand or an export strews in: what was meant, or a refusal."""
    with tempfile.TemporaryDirectory() as folder:
        inventory = province(Path(folder))
        try:
            propose(inventory, sheets.parse(strewn(TEXT, places).encode(encoding), "s")).write()
        except Refused as refused:
            assert all(finding.remedy for finding in refused.findings)
            assert (inventory / "libraries.csv").read_text() == REGISTRY
            return
        libraries = {each.code: each for each in read(*of_folder(inventory)).libraries}
    assert libraries.keys() == {"340000", "340100", "340103", "340104", "340105"}
    assert libraries["340105"].address in {"", "10.34.1.105"}
