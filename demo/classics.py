"""Classics of traditional culture: primers, the Confucian books, anthologies, the Complete Tang Poems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from demo.chinese import simplified
from demo.epub import Chapter, Piece, book
from demo.fetch import Cache
from demo.poetry import RIGHTS, dist, read
from demo.sizes import Size
from demo.source import SourceFolder

# file, title, creator, subjects
_BOOKS = (
    ("mengxue/sanzijing-traditional.json", "三字经", "王应麟", "蒙学"),
    ("lunyu/lunyu.json", "论语", "孔子门人", "四书"),
    ("mengxue/qianziwen.json", "千字文", "周兴嗣", "蒙学"),
    ("mengxue/baijiaxing.json", "百家姓", "佚名", "蒙学"),
    ("mengxue/dizigui.json", "弟子规", "李毓秀", "蒙学"),
    ("sishuwujing/daxue.json", "大学", "曾子", "四书"),
    ("sishuwujing/zhongyong.json", "中庸", "子思", "四书"),
    ("sishuwujing/mengzi.json", "孟子", "孟子", "四书"),
    ("shijing/shijing.json", "诗经", "佚名", "五经"),
    ("chuci/chuci.json", "楚辞", "屈原等", "诗歌"),
    ("mengxue/guwenguanzhi.json", "古文观止", "吴楚材、吴调侯", "散文"),
    ("mengxue/tangshisanbaishou.json", "唐诗三百首", "孙洙", "诗歌"),
    ("mengxue/qianjiashi.json", "千家诗", "谢枋得、王相", "诗歌"),
    ("mengxue/shenglvqimeng.json", "声律启蒙", "车万育", "蒙学"),
    ("mengxue/youxueqionglin.json", "幼学琼林", "程登吉", "蒙学"),
    ("mengxue/zengguangxianwen.json", "增广贤文", "佚名", "蒙学"),
    ("mengxue/zhuzijiaxun.json", "朱子家训", "朱柏庐", "家训"),
    ("mengxue/wenzimengqiu.json", "文字蒙求", "王筠", "文字学"),
    ("youmengying/youmengying.json", "幽梦影", "张潮", "随笔"),
    ("caocaoshiji/caocao.json", "曹操诗集", "曹操", "诗歌"),
    ("nalanxingde/纳兰性德诗集.json", "纳兰词", "纳兰性德", "诗歌"),
    ("wudaishici/nantang/poetrys.json", "南唐二主词", "李璟、李煜", "诗歌"),
    ("songci/宋词三百首.json", "宋词三百首", "朱祖谋", "诗歌"),
    ("shuimotangshi/shuimotangshi.json", "水墨唐诗", "佚名", "诗歌"),
)

_OTHERWISE = ("论语", "千字文")
"""Those that are there set downwards too, and as plain text."""


def build(out: SourceFolder, size: Size, cache: Cache) -> None:
    """Write the classics, and volumes of the Complete Tang Poems."""
    root = dist(cache)
    for file, title, creator, subject in _BOOKS[: size.classics]:
        content = read(root / file)
        about = content.get("abstract", "") if isinstance(content, dict) else ""
        chapters = list(_chapters(content, title))
        _add(out, title, creator, subject=[subject, "传统文化"], chapters=chapters, about=_line(about))
        if title in _OTHERWISE:
            _add_otherwise(out, title, creator, subject, chapters)
    for path in sorted((root / "yudingquantangshi/json").iterdir())[: size.volumes]:
        title = f"御定全唐诗　卷{int(path.stem)}"
        poems = read(path)
        authors = dict.fromkeys(_line(poem["author"]) for poem in poems)
        about = f"收{'、'.join(authors)}诗{len(poems)}首。"
        _add(out, title, "彭定求等", subject=["唐诗", "总集"], chapters=_by_author(poems), about=about)


def _add(
    out: SourceFolder, title: str, creator: str, *, subject: list[str], chapters: list[Chapter], about: str
) -> None:
    name = f"{title.replace('　', '')}.epub"
    out.write(name, book(title, creator, chapters, about))
    out.add(
        "",
        title,
        [name],
        creator=creator.removesuffix("等").split("、"),
        subject=subject,
        description=about[:300] or f"《{title}》，{creator}著，共{len(chapters)}篇。",
        language="zh",
        type="Text",
        format="application/epub+zip",
        rights=RIGHTS,
    )


def _add_otherwise(
    out: SourceFolder, title: str, creator: str, subject: str, chapters: list[Chapter]
) -> None:
    """Add a classic as it was set for ages, in columns from right to left, and as a plain text."""
    said: dict[str, str | list[str]] = {
        "creator": [creator],
        "subject": [subject, "传统文化"],
        "language": "zh",
        "type": "Text",
        "rights": RIGHTS,
    }
    columns = out.write(f"{title}竖排.epub", book(f"{title}（竖排）", creator, chapters, downwards=True))
    about = f"《{title}》竖排本，自右向左翻页。"
    form = "application/epub+zip"
    out.add("", f"{title}（竖排）", [columns], description=about, format=form, direction="rtl", **said)
    lines = [
        line
        for chapter in chapters
        for piece in chapter.pieces
        for line in (chapter.title, piece.title, *piece.lines)
        if line
    ]
    plain = out.write(f"{title}.txt", "\r\n".join(lines).encode("gb18030"))
    about = f"《{title}》纯文本，GB 18030 编码。"
    out.add("", f"{title}（文本）", [plain], description=about, format="text/plain", **said)


def _by_author(poems: list[dict[str, Any]]) -> list[Chapter]:
    chapters: dict[str, list[Piece]] = {}
    for poem in poems:
        author = _line(poem["author"]) or "佚名"
        chapters.setdefault(author, []).append(
            Piece(_line(poem["title"]), author, _lines(poem["paragraphs"]))
        )
    return [Chapter(author, pieces) for author, pieces in chapters.items()]


def _chapters(content: Any, title: str) -> Iterator[Chapter]:
    """Read the several shapes that the texts have: lists of sections, sections in parts, bare paragraphs."""
    if isinstance(content, dict) and "content" not in content:
        yield Chapter(_line(content.get("chapter", title)), [Piece("", "", _lines(content["paragraphs"]))])
        return
    parts = content["content"] if isinstance(content, dict) else content
    pieces = [
        _piece(part)
        for part in parts
        if not isinstance(part.get("content"), list) or _is_text(part["content"])
    ]
    for start in range(0, len(pieces), 40):
        heading = title if len(pieces) <= 40 else f"{title}　第{start // 40 + 1}部分"
        yield Chapter(heading, pieces[start : start + 40])
    for part in parts:
        if isinstance(part.get("content"), list) and not _is_text(part["content"]):
            name = _line(part.get("title") or part.get("type") or title)
            yield Chapter(name, [_piece(section) for section in part["content"]])


def _piece(section: dict[str, Any]) -> Piece:
    heading = section.get("title") or section.get("chapter") or section.get("rhythmic") or ""
    lines = section.get("paragraphs") or section.get("para") or section.get("content") or []
    return Piece(
        _line(heading),
        _line(section.get("author") or ""),
        _lines([lines] if isinstance(lines, str) else lines),
    )


def _is_text(content: list[Any]) -> bool:
    return all(isinstance(line, str) for line in content)


def _lines(lines: list[Any]) -> list[str]:
    return [_line(line) for line in lines if isinstance(line, str) and line.strip()]


def _line(text: Any) -> str:
    return simplified(" ".join("".join(text).split())) if isinstance(text, str | list) else ""
