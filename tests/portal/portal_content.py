"""A small release of every medium, packed as a province packs it, and the store that holds it."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import wave
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from shulu.catalogue import readers
from shulu.catalogue.build import build
from shulu.content import release as releases
from shulu.content.assemble import Terms, make
from shulu.content.bagwriter import Options
from shulu.content.licence import Licence, today
from shulu.content.pack import pack

CHAPTERS = {"第一回": "宴桃园豪杰三结义　斩黄巾英雄首立功", "第二回": "张翼德怒鞭督邮　何国舅谋诛宦竖"}


def png(width: int, height: int, colour: tuple[int, int, int], clear: bool = False) -> bytes:
    """Return a PNG of one colour with a darker frame; ``clear`` leaves but the frame to be seen."""
    dark, inner = bytes(value // 2 for value in colour), bytes(colour)
    if clear:
        dark, inner = dark + b"\xff", inner + b"\0"
    rows = b""
    for row in range(height):
        edge = row < 8 or row >= height - 8
        rows += b"\0" + (dark * width if edge else dark * 8 + inner * (width - 16) + dark * 8)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6 if clear else 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def colour(place: int) -> tuple[int, int, int]:
    """Return the colour of the image that is the file of this place in its collection's records."""
    return 60 + place * 37 % 180, 90 + place * 53 % 140, 80 + place * 29 % 150


def epub(path: Path, title: str) -> None:
    """Write an EPUB 2 of two chapters; its script must never run."""
    script = "<script>document.title = 'script ran'; parent.document.title = 'script ran';</script>"
    manifest, spine, points = "", "", ""
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr(
            "META-INF/container.xml",
            '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="o/c.opf" media-type="application/oebps-package+xml"/>'
            "</rootfiles></container>",
        )
        for number, (name, text) in enumerate(CHAPTERS.items(), 1):
            book.writestr(
                f"o/{number}.xhtml",
                f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{name}</title>'
                f"<style>h1 {{ color: rgb(1, 2, 3) }}</style></head>"
                f"<body><h1>{name}</h1>{script}" + f"<p>{text}</p>" * 40 + "</body></html>",
            )
            manifest += f'<item id="c{number}" href="{number}.xhtml" media-type="application/xhtml+xml"/>'
            spine += f'<itemref idref="c{number}"/>'
            points += (
                f'<navPoint id="n{number}" playOrder="{number}"><navLabel><text>{name}</text></navLabel>'
                f'<content src="{number}.xhtml"/></navPoint>'
            )
        book.writestr(
            "o/c.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" version="2.0" unique-identifier="i"><metadata '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>'
            '<dc:identifier id="i">x</dc:identifier><dc:language>zh</dc:language></metadata>'
            '<manifest><item id="ncx" href="t.ncx" media-type="application/x-dtbncx+xml"/>'
            f'{manifest}</manifest><spine toc="ncx">{spine}</spine></package>',
        )
        book.writestr(
            "o/t.ncx",
            '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1"><head/>'
            f"<docTitle><text>{title}</text></docTitle><navMap>{points}</navMap></ncx>",
        )


def sound(path: Path) -> None:
    """Write a second of a quiet tone."""
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(b"".join(struct.pack("<h", (n % 20) * 100) for n in range(8000)))


def film(path: Path) -> None:
    """Write six seconds of a test picture as WebM."""
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=duration=6:size=320x180:rate=10"]
    subprocess.run([*command, "-c:v", "libvpx", "-b:v", "100k", str(path)], check=True)


HOSTILE = "<script>alert(1)</script>\"'&{{919*991}}"


def sources() -> dict[str, list[dict[str, Any]]]:
    """Return the records of each collection."""
    books: list[dict[str, Any]] = [
        {
            "id": f"book-{n}",
            "title": f"唐诗选集 第{n}卷",
            "creator": ["李白", "杜甫"],
            "subject": ["唐诗", "诗歌"],
            "date": "0762",
            "language": "zh",
            "description": "收录唐代诗人代表作品，附作者小传与简注。" * 3,
            "files": [f"{n}.epub"],
        }
        for n in range(1, 31)
    ]
    books[0] |= {"id": "sanguo", "title": "三国演义", "creator": ["罗贯中"], "rights": "Public domain"}
    books[1] |= {
        "id": "hostile",
        "title": HOSTILE,
        "creator": [HOSTILE],
        "description": HOSTILE,
        "x-note": HOSTILE,
    }
    books.append({"id": "mixed", "title": "地方志 两种", "files": ["志.pdf", "志.txt"]})
    issues: list[dict[str, Any]] = [
        {
            "id": f"issue-{n}",
            "title": f"读书 2014 年第 {n} 期",
            "type": "Text",
            "series": "读书",
            "issue": f"2014年第{n}期",
            "files": [f"{n}/{page:03}.png" for page in range(1, pages + 1)],
        }
        for n, pages in ((1, 5), (2, 12))
    ]
    issues.append({**issues[0], "id": "old-paper", "title": "旧报影印", "series": "旧报", "direction": "rtl"})
    issues[-1]["files"] = [f"old/{page:03}.png" for page in range(1, 6)]
    series = {
        "id": "canal",
        "title": "大运河",
        "creator": ["纪录片组"],
        "format": "video/webm",
        "description": "运河两岸的城市与人。\n共两集。",
        "files": ["01 开篇.webm", "02 中段.webm", "01 开篇.vtt", "封面.png"],
        "duration": 12,
        "parts": [{"title": "开篇", "duration": 6}, {"title": "中段", "duration": 6}],
    }
    poems: list[dict[str, Any]] = [
        {
            "id": "jing-ye-si",
            "title": "静夜思",
            "creator": ["李白"],
            "description": "床前明月光",
            "files": ["静夜思.wav", "春晓.wav", "静夜思.vtt", "春晓.vtt"],
        },
        {"id": "chun-wang", "title": "春望", "creator": ["杜甫"], "files": ["春望.wav", "春望.vtt"]},
    ]
    photos: list[dict[str, Any]] = [
        {"id": f"photo-{n}", "title": f"前门大街 其{n}", "date": "1935", "files": [f"{n}.png"]}
        for n in range(1, 7)
    ]
    photos.append({"id": "album", "title": "北京旧影", "files": [f"album/{n}.png" for n in range(1, 5)]})
    notice = {
        "id": "notice-1",
        "title": "关于做好春耕备耕工作的通知",
        "creator": ["县人民政府办公室"],
        "date": "2014-03-02",
        "files": ["1/index.html", "1/style.css", "1/seal.png"],
    }
    return {
        "ebooks": books,
        "journals": issues,
        "documentaries": [series],
        "wenjin-recitation": poems,
        "old-photographs": photos,
        "government-information": [notice],
    }


def write_files(folder: Path, records: dict[str, list[dict[str, Any]]]) -> None:
    """Write each collection's folder with all files that its records name."""
    scratch = folder / "scratch"
    scratch.mkdir(parents=True)
    epub(scratch / "a.epub", "三国演义")
    sound(scratch / "a.wav")
    film(scratch / "a.webm")
    (scratch / "a.pdf").write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )
    (scratch / "a.txt").write_text("县志卷一。\n")
    (scratch / "a.css").write_text("h1 { color: #9b2c24; }")
    (scratch / "a.html").write_text(
        '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="style.css"><h1>通知</h1>'
        '<p>各乡镇人民政府：</p><img src="seal.png" width="60"><script>document.title="script ran"</script>'
    )
    for collection, items in records.items():
        files = folder / collection / "files"
        for place, name in enumerate(name for record in items for name in record["files"]):
            path = files / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".png":
                height = 1000 if collection == "journals" else 480
                path.write_bytes(png(700, height, colour(place), clear=name == "album/4.png"))
            elif path.suffix == ".vtt":
                cues = (f"00:00.000 --> 00:00.500\n{path.stem}", "00:00.500 --> 00:01.000\n末句")
                path.write_text("\n\n".join(("WEBVTT", *cues)) + "\n")
            else:
                shutil.copyfile(scratch / f"a{path.suffix}", path)
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in items)
        (folder / collection / "records.jsonl").write_text(text)
    shutil.rmtree(scratch)


def publish(store: Path, packed: Path, serial: int, terms: Terms | None = None) -> None:
    """Put a packed release into a store and make it live, as a delivery does at its end."""
    every = terms or Terms(licence=Licence("province"))
    release = make(packed, replace(every, epoch=1, serial=serial))
    folder = store / "releases" / release.name
    (folder / "bags").mkdir(parents=True)
    (folder / "release.json").write_bytes(releases.dump(release))
    for bag in release.bags:
        held = store / bag.path
        if not held.exists():
            shutil.copytree(packed / bag.path, held)
        (folder / "bags" / bag.id).symlink_to(Path("../../..") / bag.path)
    build(folder)
    readers.link(folder, today())
    draft = store / "live.new"
    draft.symlink_to(Path("releases") / release.name)
    draft.replace(store / "live")


def make_store(folder: Path) -> Path:
    """Pack everything, and return a store where it is live as release 1-1."""
    records = sources()
    write_files(folder / "sources", records)
    for collection in records:
        pack(folder / "sources" / collection, folder / "packed", Options(collection, "1", processes=1))
    store = folder / "store"
    publish(store, folder / "packed", 1)
    return store
