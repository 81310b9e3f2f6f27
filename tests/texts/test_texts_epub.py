"""Books that are as they should be, and those that are not."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shulu.texts import epub

Change = Callable[[dict[str, str | bytes]], None]
CONTAINER = '<container><rootfiles><rootfile full-path="o/c.opf"/></rootfiles></container>'
PACKAGE = (
    '<package><manifest><item id="a" href="one%201.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="b" href="../two.html#x" media-type="text/html"/>'
    '<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/></manifest>'
    '<spine toc="n" page-progression-direction="rtl"><itemref idref="b"/><itemref idref="a"/></spine>'
    "</package>"
)
NCX = (
    '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "x"><ncx xmlns="n"><navMap><navPoint>'
    '<navLabel><text>卷 一</text></navLabel><content src="one%201.xhtml"/></navPoint></navMap></ncx>'
)


def parts() -> dict[str, str | bytes]:
    return {
        "META-INF/container.xml": CONTAINER,
        "o/c.opf": PACKAGE,
        "o/toc.ncx": NCX,
        "o/one 1.xhtml": "<html><head><title/></head><body><p>甲</p></body></html>",
        "two.html": "<p>乙",
    }


def write(path: Path, content: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return path


def test_chapters_come_in_reading_order_with_their_headings(tmp_path: Path) -> None:
    path = write(tmp_path / "a.epub", parts())
    book = epub.examine(path)
    assert [(chapter.name, chapter.title) for chapter in book.chapters] == [
        ("two.html", ""),
        ("o/one 1.xhtml", "卷 一"),
    ]
    assert book.right_to_left
    assert [page.text for _, page in epub.chapters(path)] == ["乙", "甲"]
    assert epub.chapter_page(path, 1).html == "<p>甲</p>"


def drop(name: str) -> Change:
    return lambda content: content.__delitem__(name)


def put(name: str, text: str | bytes) -> Change:
    return lambda content: content.__setitem__(name, text)


ORDERS = ("utf-16-le", "utf-16-be")


def sixteen(text: str, order: str = "utf-16-le", mark: str = "\ufeff") -> bytes:
    """Return XML in UTF-16, which says so."""
    return f'{mark}<?xml version="1.0" encoding="UTF-16"?>{text}'.encode(order)


ENTITY = '<!DOCTYPE a [<!ENTITY x "lol">]><a>&x;</a>'
# Books that would be whole, were what they declare heeded.
NAMED = CONTAINER.replace("o/c.opf", "&x;")
NAMED = f'<!DOCTYPE container [<!ENTITY x "o/c.opf">]>{NAMED}'
GIVEN = CONTAINER.replace(' full-path="o/c.opf"', "")
GIVEN = f'<!DOCTYPE container [<!ATTLIST rootfile full-path CDATA "o/c.opf">]>{GIVEN}'
LOCK = '<encryption><EncryptedData><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></EncryptedData></encryption>'
FONTS = LOCK.replace("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "http://www.idpf.org/2008/embedding")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (drop("META-INF/container.xml"), epub.BROKEN),
        (drop("o/c.opf"), epub.BROKEN),
        (put("META-INF/container.xml", "<container/>"), epub.BROKEN),
        (put("META-INF/container.xml", ENTITY), epub.BROKEN),
        (put("META-INF/container.xml", NAMED), epub.BROKEN),
        (put("META-INF/container.xml", GIVEN), epub.BROKEN),
        *((put("META-INF/container.xml", sixteen(NAMED, order)), epub.BROKEN) for order in ORDERS),
        *((put("META-INF/container.xml", sixteen(NAMED, order, "")), epub.BROKEN) for order in ORDERS),
        (put("META-INF/container.xml", sixteen(GIVEN)), epub.BROKEN),
        (put("META-INF/encryption.xml", sixteen(ENTITY)), epub.BROKEN),
        (put("o/c.opf", sixteen(f"<!DOCTYPE package [<!ENTITY x 'y'>]>{PACKAGE}")), epub.BROKEN),
        (put("o/c.opf", "<package>"), epub.BROKEN),
        (put("o/c.opf", "<package/>"), epub.BROKEN),
        (put("o/c.opf", PACKAGE.replace("one%201", "nothing").replace("two", "none")), epub.BROKEN),
        (put("META-INF/encryption.xml", LOCK), epub.LOCKED),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, change: Change, kind: str) -> None:
    content = parts()
    change(content)
    with pytest.raises(epub.Unfit) as told:
        epub.examine(write(tmp_path / "a.epub", content))
    assert told.value.kind == kind


@pytest.mark.parametrize("order", ORDERS)
def test_a_book_described_in_utf_16_is_read(tmp_path: Path, order: str) -> None:
    content = parts()
    for name, text in (("META-INF/container.xml", CONTAINER), ("o/c.opf", PACKAGE), ("o/toc.ncx", NCX)):
        content[name] = sixteen(text, order)
    book = epub.examine(write(tmp_path / "a.epub", content))
    assert [chapter.title for chapter in book.chapters] == ["", "卷 一"]


@pytest.mark.parametrize("declared", ["", "GBK", "gb2312", "GB18030"])
def test_contents_in_chinese_encodings_are_read(tmp_path: Path, declared: str) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    content = parts() | {"o/toc.ncx": (head + NCX).encode("gbk")}
    book = epub.examine(write(tmp_path / "a.epub", content))
    assert [chapter.title for chapter in book.chapters] == ["", "卷 一"]


def test_contents_that_declare_entities_are_not_looked_at(tmp_path: Path) -> None:
    ncx = NCX.replace(' "x">', " \"x\" [<!ENTITY y 'z'>]>").replace("卷 一", "&y;")
    book = epub.examine(write(tmp_path / "a.epub", parts() | {"o/toc.ncx": sixteen(ncx)}))
    assert [chapter.title for chapter in book.chapters] == ["", ""]


def test_hidden_fonts_and_a_missing_chapter_do_not_keep_a_book_from_being_read(tmp_path: Path) -> None:
    content = parts() | {"META-INF/encryption.xml": FONTS}
    del content["two.html"]
    assert len(epub.examine(write(tmp_path / "a.epub", content)).chapters) == 1


def test_a_book_does_not_lead_out_of_its_archive(tmp_path: Path) -> None:
    content = parts() | {"o/c.opf": PACKAGE.replace("../two.html", "../../../../etc/passwd")}
    path = write(tmp_path / "a.epub", content)
    assert [chapter.name for chapter in epub.examine(path).chapters] == ["o/one 1.xhtml"]


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"{number}", bytes(epub.MAX_WHOLE // 5))


def crowd(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(epub.MAX_PARTS + 1):
            archive.writestr(f"{number}", b"")


def lie(path: Path) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big", bytes(1 << 22))
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.rfind(b"PK\x01\x02") + 24, 1)
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("grow", [bomb, crowd, lie])
def test_what_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, grow: Callable[[Path], None]) -> None:
    path = write(tmp_path / "a.epub", parts())
    grow(path)
    with pytest.raises(epub.Unfit) as told:
        epub.examine(path)
    assert told.value.kind == epub.TOO_LARGE


def whole() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts().items():
            archive.writestr(name, text)
    return out.getvalue()


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_damage_is_more_than_told(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(whole())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "a.epub"
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    try:
        for _ in epub.chapters(path):
            pass
        epub.examine(path)
    except epub.Unfit as unfit:
        assert unfit.kind in {epub.BROKEN, epub.LOCKED, epub.TOO_LARGE}
