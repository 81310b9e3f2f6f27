"""Texts of any encoding and length in pages: each character once, in order."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shulu.texts.decode import decode, decode_markup
from shulu.texts.paged import PAGE_BYTES, page

POEM = "春江潮水连海平，海上明月共潮生。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le"])
def test_the_encoding_is_told(encoding: str) -> None:
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    assert decode(mark + POEM.encode(encoding)) == POEM


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="gb2312">', "gb18030"),
        ('<meta charset="big5">', "big5"),
        ("<meta http-equiv=Content-Type content='text/html; charset=GBK'>", "gbk"),
        ('<?xml version="1.0" encoding="EUC-KR"?>', "euc-kr"),
        ('<meta charset="gb2312">', "utf-8"),
        ('<meta charset="nonsense">', "gb18030"),
    ],
)
def test_a_page_says_its_encoding_and_utf_8_needs_not(head: str, encoding: str) -> None:
    word = "國立" if encoding == "big5" else "한국" if encoding == "euc-kr" else "国图"
    assert decode_markup((head + word).encode(encoding)) == head + word


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_line_is_on_one_page(tmp_path: Path, encoding: str, newline: str) -> None:
    lines = [f"{number} {POEM}" for number in range(3000)]
    path = tmp_path / "long.txt"
    path.write_bytes(newline.join(lines).encode(encoding))
    first = page(path, 1)
    assert first.count == -(-path.stat().st_size // PAGE_BYTES)
    assert [line for number in range(first.count) for line in page(path, number + 1).lines] == lines


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_line_that_is_longer_than_pages_is_cut_between_characters(tmp_path: Path, encoding: str) -> None:
    text = (POEM + ", ") * 4000
    path = tmp_path / "one-line.txt"
    path.write_bytes(text.encode(encoding))
    pages = page(path, 1).count
    assert pages > 5
    assert "".join("".join(page(path, number + 1).lines) for number in range(pages)) == text


@given(content=st.binary(max_size=400), number=st.integers(-5, 10**9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_and_no_number_brings_it_down(tmp_path: Path, content: bytes, number: int) -> None:
    path = tmp_path / "any.txt"
    path.write_bytes(content)
    shown = page(path, number)
    assert 1 <= shown.number <= shown.count


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_long_foreword_in_ascii_does_not_hide_the_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "foreword.txt"
    path.write_bytes(("a line\n" * 20_000 + f"{POEM}\n" * 20).encode(encoding))
    assert page(path, 10**6).lines[-20:] == (POEM,) * 20
