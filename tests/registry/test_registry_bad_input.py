"""Whatever is sent in: a difference or a refusal of clear lines, and the registry whole, old or new."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from registry_files import REGISTRY, book, province

from shulu.findings import Refused
from shulu.registry import forms, read, sheets
from shulu.registry.enrolment import propose
from shulu.registry.province import of_folder

SHEET = book(
    [
        ["馆代码", "馆名", "级别", "虚拟网地址"],
        ["340103", "庐阳区图书馆", "县", "10.34.1.103"],
        [340102, "瑶海", "县"],
    ]
)
FORM = forms.template()
CELLS = st.one_of(
    st.text(max_size=10),
    st.sampled_from(
        [
            "340103",
            "340100",
            "省",
            "县",
            "10.34.1.1",
            "10.34.0.0",
            "-",
            "清空",
            "=1",
            "9e5",
            "，",
            '"',
            "\x00",
        ]
    ),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.none(),
)


def enrolled(data: bytes) -> None:
    """Enrol from a sheet: the registry is what it was, or one that reads well."""
    with tempfile.TemporaryDirectory() as folder:
        inventory = province(Path(folder))
        try:
            proposal = propose(inventory, sheets.parse(data, "s"))
            proposal.write()
        except Refused as refused:
            clear(refused)
            assert (inventory / "libraries.csv").read_text() == REGISTRY
        else:
            read(*of_folder(inventory))
            assert propose(inventory, sheets.parse(data, "s")).changes == ()
        assert len(list(inventory.iterdir())) == 2


def clear(refused: Refused) -> None:
    assert refused.findings
    for finding in refused.findings:
        assert finding.problem
        assert finding.remedy
        assert "Traceback" not in str(finding)


def damaged(data: bytes, at: int, replacement: bytes, gone: int) -> bytes:
    at %= len(data)
    return data[:at] + replacement + data[at + gone :]


def repacked(data: bytes, part: int, at: int, replacement: bytes, gone: int) -> bytes:
    """Damage one part of a workbook inside its zip, where no checksum guards it."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        names = old.namelist()
        for name in names:
            text = old.read(name)
            new.writestr(
                name, damaged(text, at, replacement, gone) if name == names[part % len(names)] else text
            )
    return target.getvalue()


BYTES = st.binary(max_size=8) | st.sampled_from(
    [b"<", b'"', b"/>", b'r="ZZZ0"', b't="d"', b't="s"', b"99999999999"]
)
PLACES = (st.integers(0, 1 << 16), BYTES, st.integers(0, 40))


@settings(deadline=None, max_examples=80)
@given(*PLACES)
def test_a_damaged_workbook(at: int, replacement: bytes, gone: int) -> None:
    enrolled(damaged(SHEET, at, replacement, gone))


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 20), *PLACES)
def test_a_workbook_with_a_damaged_part(part: int, at: int, replacement: bytes, gone: int) -> None:
    enrolled(repacked(SHEET, part, at, replacement, gone))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(CELLS, min_size=4, max_size=4), max_size=4))
def test_a_workbook_of_any_cells(rows: list[list[object]]) -> None:
    # XML has no control characters.
    sound = [
        ["".join(filter(str.isprintable, cell)) if isinstance(cell, str) else cell for cell in row]
        for row in rows
    ]
    enrolled(book([["馆代码", "级别", "虚拟网地址", "线路速率"], *sound]))


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.lists(CELLS.map(str), min_size=4, max_size=5), max_size=4),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
)
def test_a_text_of_any_cells(rows: list[list[str]], encoding: str) -> None:
    text = "\n".join(["馆代码,级别,虚拟网地址,备注", *(",".join(row) for row in rows)])
    enrolled(text.encode(encoding, "surrogatepass" if encoding != "gb18030" else "replace"))


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 20), *PLACES)
def test_a_damaged_form(part: int, at: int, replacement: bytes, gone: int) -> None:
    for data in (damaged(FORM, at, replacement, gone), repacked(FORM, part, at, replacement, gone)):
        try:
            forms.read(data, "f")
        except Refused as refused:
            clear(refused)


WRITER = """
import sys
from pathlib import Path
from shulu.registry.replace import replace
path, old, new = Path(sys.argv[1]), b"a" * 300_000, b"b" * 200_000
while True:
    replace(path, old, new)
    replace(path, new, old)
    print(flush=True)
"""


def test_a_writer_that_is_killed_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "libraries.csv"
    whole = (b"a" * 300_000, b"b" * 200_000)
    for number in range(6):
        path.write_bytes(whole[0])
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.013 * number)
            writer.kill()
        assert path.read_bytes() in whole
        assert {each.suffix for each in tmp_path.iterdir()} <= {".csv", ".tmp"}
