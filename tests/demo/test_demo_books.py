from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from demo.chinese import is_name, simplified, slug, syllables
from demo.epub import Chapter, Piece, book, cut
from demo.source import SourceFolder
from shulu.content.source import read_collection

TEXT = st.text(min_size=1, max_size=20)
PIECES = st.lists(st.builds(Piece, TEXT, TEXT, st.lists(TEXT, max_size=3)), min_size=1, max_size=5)


@given(TEXT, TEXT, st.lists(st.builds(Chapter, TEXT, PIECES), min_size=1, max_size=3), TEXT)
def test_any_text_makes_a_book_of_wellformed_parts(
    title: str, creator: str, chapters: list[Chapter], about: str
) -> None:
    made = book(title, creator, chapters, about)
    assert made == book(title, creator, chapters, about)
    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        first = opened.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        for name in opened.namelist():
            if name.endswith((".xhtml", ".opf", ".xml")):
                ElementTree.fromstring(opened.read(name).decode())  # noqa: S314 - made above
        assert len([name for name in opened.namelist() if "/chapter-" in name]) == len(chapters)


def test_many_pieces_become_chapters_that_hold_all_of_them() -> None:
    pieces = [Piece(str(number), "", []) for number in range(95)]
    chapters = cut(pieces)
    assert [len(chapter.pieces) for chapter in chapters] == [40, 40, 15]
    assert [piece for chapter in chapters for piece in chapter.pieces] == pieces
    assert [chapter.title for chapter in cut(pieces[:3])] == ["正文"]


def test_chinese_is_simplified_and_read() -> None:
    assert simplified("連甍遙接漢") == "连甍遥接汉"
    assert slug("李白诗集 第2期") == "li-bai-shi-ji-di-2-qi"
    assert is_name("李白") and not is_name("李□") and not is_name("")
    assert syllables("床前明月光，") == ["ㄔㄨㄤ2", "ㄑㄧㄢ2", "ㄇㄧㄥ2", "ㄩㄝ4", "ㄍㄨㄤ"]
    assert syllables("的") == ["ㄉㄜ1"]


def test_source_folder_is_what_packing_reads(tmp_path: Path) -> None:
    out = SourceFolder(tmp_path / "ebooks")
    for text in (b"one", b"two"):
        name = out.write(f"唐/{text.decode()}.epub", text)
        out.add("tang", "李白诗集", [name], creator=["李白"], description="")
    assert out.close() > 6
    records = read_collection(tmp_path / "ebooks").records
    assert [record.id for record in records] == ["tang-li-bai-shi-ji", "tang-li-bai-shi-ji-2"]
    assert "description" not in records[0].line.decode()
