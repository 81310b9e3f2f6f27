from __future__ import annotations

import codecs
import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_files import REGISTRY

from shulu.findings import Refused
from shulu.registry.document import Document
from shulu.registry.table import decode, rows

ENCODINGS = [
    (b"", "utf-8"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"", "gb18030"),
]
CELL = st.text(st.sampled_from('馆省A1,，;"\n \u3000。'), max_size=6)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A registry as some spreadsheet wrote it, with quotes where they need not be, or must."""
    bom, encoding = draw(st.sampled_from(ENCODINGS))
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=draw(st.sampled_from(",\t;")),
        lineterminator=newline,
        quoting=csv.QUOTE_ALL
        if newline == "\r"
        else draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )
    writer.writerow(["馆代码", "馆名", "#自己的", "级别", "虚拟网地址"])
    for number in range(draw(st.integers(0, 4))):
        writer.writerow([f"34010{number}", *draw(st.tuples(CELL, CELL, CELL, CELL))])
    body = text.getvalue()
    if draw(st.booleans()):
        body = body.removesuffix(newline)
    return bom + body.encode(encoding)


@settings(deadline=None)
@given(files())
def test_a_file_that_is_not_changed_keeps_every_byte(data: bytes) -> None:
    assert Document(data, "libraries.csv").encode() == data


@settings(deadline=None)
@given(files(), CELL, st.integers(0, 9))
def test_one_changed_cell_and_one_new_row_leave_all_other_cells(data: bytes, value: str, pick: int) -> None:
    before = Document(data, "libraries.csv")
    document = Document(data, "libraries.csv")
    known = document.libraries()
    changed = -1
    if known:
        changed = pick % len(known)
        document.change(known[changed][1], {"name": value}, 7)
    document.add([({"code": "340104x", "name": "新馆"}, 8)])
    after = Document(document.encode(), "libraries.csv")
    cells = [record.fields for _, record in after.libraries() if record.fields[0] != "340104x"]
    expected = [list(record.fields) for _, record in before.libraries()]
    if known:
        expected[changed][1] = value.replace("\r", "\n")
    assert cells == expected
    assert [after.cell(record, "name") for code, record in after.libraries() if code == "340104x"] == ["新馆"]
    assert data[:2] == document.encode()[:2]


def test_untouched_rows_keep_their_bytes_and_new_ones_stand_where_their_code_belongs() -> None:
    document = Document(REGISTRY.encode(), "libraries.csv")
    document.add([({"code": "340103001", "name": "站", "parent": "340103"}, 5), ({"code": "341000"}, 6)])
    old, new = REGISTRY.splitlines(), document.encode().decode().splitlines()
    assert [line for line in new if line in old] == old
    assert new[5:7] == ["340103,庐阳区图书馆,县,340100,,,,,", "340103001,站,,340103,,,,,"]
    assert new[-1] == "341000,,,,,,,,"


def test_a_new_column_is_added_at_the_end_in_the_language_of_the_heading() -> None:
    for text, title in ((REGISTRY, "批次"), ("code,name,tier,address\n340000,馆,省,\n", "wave")):
        document = Document(text.encode(), "libraries.csv")
        document.change(document.libraries()[0][1], {"wave": "2"}, 3)
        found, findings = rows(decode(document.encode(), "x"), "x")
        assert document.encode().decode().splitlines()[0].endswith(f",{title}")
        assert (found[0].cells["wave"], findings) == ("2", [])


def test_a_short_row_with_a_full_width_comma_is_not_parted_by_a_new_column() -> None:
    document = Document("code,name,tier,address\n340000,省馆,省,\n340103,甲，乙,县\n".encode(), "x")
    document.change(document.libraries()[0][1], {"wave": "2"}, 3)
    found, _ = rows(decode(document.encode(), "x"), "x")
    assert found[1].cells["name"] == "甲，乙" or found[1].cells["tier"] == "乙"
    assert [row.cells["tier"] for row in found] == [
        row.cells["tier"]
        for row in rows("code,name,tier,address\n340000,省馆,省,\n340103,甲，乙,县\n", "x")[0]
    ]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"\xff\xfe\x00", "is not text"),
        (b"", "holds no rows"),
        (b"name,tier\n", "has no column code"),
        (b"code,nmae\n", "nmae: is no column"),
        (b"code,code\n", "is there twice"),
        (b"code,\xa2\xe3\xfe\x50\n1,2\n", "is written in more than one way|is no column"),
    ],
)
def test_what_cannot_be_changed_safely_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(Refused, match=problem):
        Document(data, "libraries.csv")
