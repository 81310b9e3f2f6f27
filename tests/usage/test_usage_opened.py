"""What counts, and what does not, of the lines that the web server writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shulu.usage.opened import Opened, read_line


def line(words: str) -> bytes:
    return f"<190>Nov 23 09:01:36 shulu: {words}".encode()


@pytest.mark.parametrize(
    ("words", "opened"),
    [
        ("200 /", Opened("")),
        ("304 /", Opened("")),
        ("200 /search", Opened("")),
        ("200 /topics/chunjie", Opened("")),
        ("200 /collections/local-opera", Opened("local-opera")),
        ("200 /items/ebooks-001/li-bai", Opened("ebooks", "ebooks-001", "li-bai")),
        ("200 /items/ebooks-001/li-bai/read", Opened("ebooks", "ebooks-001", "li-bai")),
        ("200 /items/ebooks-001/%E6%9D%8E", Opened("ebooks", "ebooks-001", "李")),
        ("200 /content/ebooks-001/files/a/b.epub", Opened("ebooks", "ebooks-001", file="a/b.epub")),
        ("206 /content/children-002/files/1.mp4", Opened("children", "children-002", file="1.mp4")),
    ],
)
def test_it_counts(words: str, opened: Opened) -> None:
    assert read_line(line(words)) == opened


@pytest.mark.parametrize(
    "words",
    [
        "404 /items/ebooks-001/x",
        "503 /",
        "206 /",
        "304 /content/ebooks-001/files/b.epub",
        "200 /content/journals-001/files/1.jpg",
        "200 /content/children-001/files/1.vtt",
        "200 /content/kit/files/kit.json",
        "200 /content/../ebooks-001/files/b.epub",
        "200 /librarian",
        "200 /static/css/base.css",
        "200 /suggest",
        "200 /opds/root.xml",
        "200 /items/ebooks-001/x/y",
        "200 //",
        "200 /?q=words",
        "200",
        "",
    ],
)
def test_it_does_not_count(words: str) -> None:
    assert read_line(line(words)) is None


@given(st.binary(max_size=200))
def test_anything_may_come(datagram: bytes) -> None:
    read_line(datagram)
    read_line(line("200 /") + datagram)
