"""A release whose every field tries to be more than text: what a careless or evil packer could send."""

from __future__ import annotations

import json
import zipfile
from html import escape
from pathlib import Path
from typing import Any

from portal_content import png, publish, write_files

from shulu.content.bagwriter import Options
from shulu.content.pack import pack

EVIL = (
    'zq</script><script>top.zq=1</script><img src=//evil.example/zq onerror="top.zq=1"><svg/onload=top.zq=1>'
    "'\"`]]>--></title></textarea><zqtag zqattr='1' onfocus=top.zq=1 autofocus>{{7*7}}${7*7}%0d%0aX-Zq:1&zq;"
)
"""Leaves text, attributes, comments, scripts, CDATA, templates and header lines, runs where it left."""
SHORT = "zq<zqtag onclick=top.zq=1>"
"""Short enough to be suggested while somebody types."""
ADDRESS = "javascript:top.zq=1//"
NAME = "zq'%0d%0aX-Zq%3a 1 onerror=top.zq=1 &lt;zqtag&gt; {{7+7}} #;,&=+"
"""A file's name as no packer refuses it: it has nothing that Windows disks cannot hold."""

_TEXTS = (
    *("title", "description", "publisher", "date", "type", "identifier", "language", "rights"),
    *("place", "series", "issue", "x-note"),
)
_LISTS = ("creator", "subject", "contributor", "source", "relation", "coverage")

TOPIC = f"""题目：{EVIL}

{EVIL}

# {EVIL}
- /items/ebooks-001/evil {EVIL}
- 检索：zq
- /search?q={EVIL}
- {ADDRESS}
- //evil.example/zq
"""


def records() -> dict[str, list[dict[str, Any]]]:
    """Return the records of each collection; an item of every medium has all elements."""
    files = {
        "ebooks": [f"{NAME}.epub", f"{NAME}.pdf", f"{NAME}.txt"],
        "journals": [f"{NAME} {page}.png" for page in range(1, 4)],
        "documentaries": [f"{NAME} 1.webm", f"{NAME} 2.webm", f"{NAME} 1.vtt", f"{NAME}.png"],
        "wenjin-recitation": [f"{NAME} 1.wav", f"{NAME} 2.wav", f"{NAME} 1.vtt"],
        "old-photographs": [f"{NAME} {number}.png" for number in (1, 2)],
        "government-information": [f"{NAME}.html", f"{NAME}.png"],
        "children": [f"{NAME}.webm"],
    }
    parts = {"ebooks": 3, "journals": 3, "documentaries": 2, "wenjin-recitation": 2, "old-photographs": 2}
    found: dict[str, list[dict[str, Any]]] = {}
    for collection, named in files.items():
        evil: dict[str, Any] = {
            "id": "evil",
            **dict.fromkeys(_TEXTS, EVIL),
            **{name: [EVIL, SHORT, ADDRESS] for name in _LISTS},
            "parts": [{"title": EVIL, "duration": 6}] * parts.get(collection, 1),
            "duration": 1e6,
            "direction": "rtl",
            "licence": {"scope": "open", "until": "2999-12-31"},
            "files": named,
        }
        short = {"id": "short", "title": SHORT, "creator": [SHORT], "series": SHORT, "date": ADDRESS}
        found[collection] = [evil, {**short, "files": [_with_folder(name) for name in named]}]
    return found


def _with_folder(name: str) -> str:
    return f"{NAME}/{name}"


def _write_book(path: Path) -> None:
    """Write an EPUB whose own names are hostile: its title, its chapters' titles and files."""
    text = escape(EVIL)
    page = f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{text}</title></head><body><p>{text}</p></body></html>'
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr(
            "META-INF/container.xml",
            '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="c.opf" media-type="application/oebps-package+xml"/>'
            "</rootfiles></container>",
        )
        book.writestr("1.xhtml", page)
        book.writestr("2.xhtml", page)
        book.writestr(
            "c.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" version="2.0" unique-identifier="i"><metadata '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{text}</dc:title>'
            f'<dc:identifier id="i">{text}</dc:identifier><dc:language>{text}</dc:language></metadata>'
            '<manifest><item id="ncx" href="t.ncx" media-type="application/x-dtbncx+xml"/>'
            '<item id="a" href="1.xhtml" media-type="application/xhtml+xml"/>'
            '<item id="b" href="2.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine toc="ncx"><itemref idref="a"/><itemref idref="b"/></spine></package>',
        )
        points = "".join(
            f'<navPoint id="n{n}" playOrder="{n}"><navLabel><text>{text}</text></navLabel>'
            f'<content src="{src}"/></navPoint>'
            for n, src in enumerate(("1.xhtml", "2.xhtml", ADDRESS), 1)
        )
        book.writestr(
            "t.ncx",
            '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1"><head/>'
            f"<docTitle><text>{text}</text></docTitle><navMap>{points}</navMap></ncx>",
        )


def make_hostile(folder: Path) -> Path:
    """Pack it, and return a store where it is live, its topics beside it."""
    found = records()
    write_files(folder / "sources", found)
    for files in (folder / "sources").glob("*/files"):
        for book in files.rglob("*.epub"):
            _write_book(book)
        for page in files.rglob("*.html"):
            page.write_text(f"<!doctype html><meta charset='utf-8'><title>{EVIL}</title><p>{EVIL}</p>")
        for text in files.rglob("*.txt"):
            text.write_text(f"{EVIL}\n" * 40)
        for cues in files.rglob("*.vtt"):
            cues.write_text(f"WEBVTT\n\n00:00.000 --> 00:01.000\n{EVIL.replace('-->', '--')}\n")
        for picture in files.rglob("*.png"):
            picture.write_bytes(png(300, 400, (90, 120, 150)))
    for collection in found:
        pack(folder / "sources" / collection, folder / "packed", Options(collection, "1", processes=1))
    store = folder / "store"
    publish(store, folder / "packed", 1)
    (store / "notice").mkdir()
    (store / "notice/status.json").write_text(json.dumps(_notice()))
    topics = folder / "topics"
    topics.mkdir()
    (topics / "evil.txt").write_text(TOPIC)
    (topics / f"{NAME}.txt").write_text(TOPIC)
    return store


def _notice() -> dict[str, Any]:
    """Return what a delivery says whose upstream says hostile things."""
    moment = "2026-11-23T08:00:00Z"
    return {
        "format": 1,
        "library": "990101",
        "name": EVIL,
        "route": EVIL,
        "written": moment,
        "activity": {
            "state": EVIL,
            "message": EVIL,
            "updated": EVIL,
            "done_bytes": 1,
            "total_bytes": 2,
        },
        "errors": [{"at": moment, "message": EVIL}],
        "receipt": {"release": EVIL, "ended": moment, "sent": False, "code": "SHULU1:AAAA"},
    }
