"""Books in EPUB 3.2 (W3C), without a clock: the same text gives the same bytes."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="OPS/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
_STYLE = """body { font-family: "Source Han Serif SC", "Noto Serif CJK SC", SimSun, serif; line-height: 1.8; }
h1 { text-align: center; font-size: 1.4em; }
h2 { text-align: center; font-size: 1.1em; margin-top: 2em; }
p { margin: 0.3em 0; }
p.by { text-align: center; color: #666; }
"""
_DOWNWARDS = """html {
  -epub-writing-mode: vertical-rl; -webkit-writing-mode: vertical-rl; writing-mode: vertical-rl;
}
"""
_XHTML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"
 lang="zh-CN" xml:lang="zh-CN">
<head><title>{title}</title><link rel="stylesheet" type="text/css" href="style.css"/></head>
<body>{body}</body>
</html>
"""
_MODIFIED = "2026-01-01T00:00:00Z"
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NAMESPACE = uuid.UUID("6f2a6c1e-5d0c-5d5e-9f0f-7a1d3a1c8b11")


@dataclass(frozen=True, slots=True)
class Piece:
    """A poem or a section: its title, who wrote it ('' where the book says it), and its lines."""

    title: str
    author: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A file of the book: its title and its pieces."""

    title: str
    pieces: Sequence[Piece]


def cut(pieces: Sequence[Piece], length: int = 40) -> list[Chapter]:
    """Cut many pieces into chapters of ``length``; each is named after the pieces that it holds."""
    parts = [pieces[start : start + length] for start in range(0, len(pieces), length)]
    if len(parts) == 1:
        return [Chapter("正文", parts[0])]
    return [Chapter(f"第{number}部分　{part[0].title}", part) for number, part in enumerate(parts, 1)]


def book(
    title: str,
    creator: str,
    chapters: Sequence[Chapter],
    description: str = "",
    *,
    downwards: bool = False,
) -> bytes:
    """Return an EPUB file; ``downwards`` sets its lines from top to bottom, its pages from right to left."""
    names = [f"chapter-{number:03}.xhtml" for number in range(1, len(chapters) + 1)]
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(names)
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(names)))
    direction = ' page-progression-direction="rtl"' if downwards else ""
    identifier = uuid.uuid5(_NAMESPACE, f"{title}\n{creator}")
    about = f"<dc:description>{_text(description)}</dc:description>" if description else ""
    package = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"'
        ' xml:lang="zh-CN">\n'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">urn:uuid:{identifier}</dc:identifier><dc:title>{_text(title)}</dc:title>'
        f"<dc:creator>{_text(creator)}</dc:creator><dc:language>zh-CN</dc:language>{about}"
        f'<meta property="dcterms:modified">{_MODIFIED}</meta></metadata>\n'
        '<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        f'<item id="style" href="style.css" media-type="text/css"/>{items}</manifest>\n'
        f"<spine{direction}>{spine}</spine>\n</package>\n"
    )
    links = "".join(
        f'<li><a href="{name}">{_text(chapter.title)}</a></li>'
        for name, chapter in zip(names, chapters, strict=True)
    )
    contents = f'<nav epub:type="toc"><h1>目录</h1><ol>{links}</ol></nav>'
    files = {
        "META-INF/container.xml": _CONTAINER,
        "OPS/package.opf": package,
        "OPS/nav.xhtml": _XHTML.format(title=_text(title), body=contents),
        "OPS/style.css": _STYLE + (_DOWNWARDS if downwards else ""),
    }
    for name, chapter in zip(names, chapters, strict=True):
        files[f"OPS/{name}"] = _XHTML.format(title=_text(chapter.title), body=_body(chapter))
    return _zip(files)


def _body(chapter: Chapter) -> str:
    parts = [f"<h1>{_text(chapter.title)}</h1>"]
    for piece in chapter.pieces:
        parts += [f"<h2>{_text(piece.title)}</h2>"] if piece.title and piece.title != chapter.title else []
        parts += [f'<p class="by">{_text(piece.author)}</p>'] if piece.author else []
        parts += [f"<p>{_text(line)}</p>" for line in piece.lines]
    return "\n".join(parts)


def _text(text: str) -> str:
    return escape(_ILLEGAL.sub("", text), quote=False)


def _zip(files: dict[str, str]) -> bytes:
    """Pack as OCF asks for: ``mimetype`` first and stored."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"mimetype": "application/epub+zip", **files}.items():
            entry = zipfile.ZipInfo(name)  # its date is 1980-01-01
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content.encode("utf-8"))
    return out.getvalue()
