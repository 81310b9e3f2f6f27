"""Texts of files in the search, and files that are not what they say."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from catalogue_views import Opened

from demo.epub import Piece, book, cut
from shulu.catalogue.build import build

MakeRelease = Callable[..., Path]
EPUB = book("集", "人", cut([Piece("静夜思", "李白", ("床前明月光", "疑是地上霜"))]))
HTML = (
    "<html><head><meta charset=gb2312><title>公告</title></head><body><p>小麦收购价格<b>公告</b></p></body>"
)


def packed(**parts: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("_", "/"), content)
    return held.getvalue()


def opened(make_release: MakeRelease, name: str, content: bytes) -> tuple[Opened, list[str]]:
    folder = make_release({"ebooks-001": [{"id": "a", "title": "一部书", "files": [name]}]})
    (folder / "bags/ebooks-001/data/files" / name).write_bytes(content)
    remarks = build(folder)
    return Opened(folder), [str(remark) for remark in remarks]


@pytest.mark.parametrize(
    ("name", "content", "query"),
    [
        ("a.epub", EPUB, "明月光"),
        ("a.epub", EPUB, "疑是地上霜"),
        ("a.txt", "天地玄黄，宇宙洪荒".encode("gb18030"), "宇宙洪荒"),
        ("a.txt", "天地玄黄，宇宙洪荒".encode("utf-16"), "玄黃"),
        ("a.html", HTML.encode("gb18030"), "小麦收购价格公告"),
        ("a.html", HTML.encode(), "收购"),
    ],
)
def test_texts_are_found(make_release: MakeRelease, name: str, content: bytes, query: str) -> None:
    view, remarks = opened(make_release, name, content)
    assert remarks == []
    found = view.search(query)
    assert found.total == 1
    (snippet,) = found.snippets
    assert "".join(piece.text for piece in snippet if piece.hit)
    view.close()


def test_a_pdf_is_found(make_release: MakeRelease, tmp_path: Path) -> None:
    weasyprint = pytest.importorskip("weasyprint")
    pdf = weasyprint.HTML(string="<p>山高月小，水落石出</p>").write_pdf()
    view, remarks = opened(make_release, "a.pdf", pdf)
    assert remarks == []
    assert view.search("水落石出").total == 1
    view.close()


BOMB = packed(META_INF=b"", a=b"\0" * (80 << 20))
LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "&%c;&%c;&%c;">' % (n + 1, n, n, n) for n in range(97, 120))
    + b"]><container>&x;</container>"
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.epub", b"no archive"),
        ("a.epub", EPUB[: len(EPUB) // 2]),
        ("a.epub", EPUB[:40] + b"\xff" * 400 + EPUB[440:]),
        ("a.epub", BOMB),
        ("a.epub", packed(**{"META-INF_container.xml": LAUGHS})),
        ("a.epub", packed(**{"META-INF_container.xml": b"<a>" * 100_000})),
        ("a.pdf", b"%PDF-1.7 broken"),
        ("a.pdf", b""),
    ],
    ids=["none", "cut", "damaged", "bomb", "laughs", "deep", "pdf", "empty pdf"],
)
def test_a_file_that_cannot_be_read_is_told_and_its_record_stays(
    make_release: MakeRelease, name: str, content: bytes
) -> None:
    view, remarks = opened(make_release, name, content)
    assert len(remarks) == 1
    assert remarks[0].startswith("bags/ebooks-001/data/records.jsonl:1: ")
    assert view.search("一部书").total == 1
    view.close()


@pytest.mark.parametrize(
    "content",
    [b"<div>" * 200_000, b"<!--" + b"a" * 1_000_000, b"\xff\xfe\x00", b"\0" * 5000, b"<" * 100_000],
    ids=["deep", "comment", "cut", "nul", "open"],
)  # fmt: skip
def test_a_page_that_is_none_stops_nothing(make_release: MakeRelease, content: bytes) -> None:
    view, _ = opened(make_release, "a.html", content)
    assert view.search("一部书").total == 1
    view.close()


def test_snippets_show_the_words_as_they_are_written(make_release: MakeRelease) -> None:
    text = "前文。" * 4000 + "話說天下大勢，分久必合，合久必分。" + "后文。" * 4000
    view, _ = opened(make_release, "a.txt", text.encode())
    (snippet,) = view.search("天下大势").snippets
    assert [piece.text for piece in snippet if piece.hit] == ["天下大勢"]
    assert snippet[0].text.startswith("…")
    assert len("".join(piece.text for piece in snippet)) < 100
    assert view.search("一部书").snippets == ((),)
    view.close()
