"""Books and web documents to read: good ones as publishers make them, and hostile ones as nobody should."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image
from portal_content import png, publish

from shulu.content.bagwriter import Options
from shulu.content.pack import pack

ROOMS = [f"第{number}回" for number in "一二三四五"]
LINE = "话说天下大势，分久必合，合久必分。周末七国分争，并入于秦。"
VERTICAL_LINE = "春江潮水连海平，海上明月共潮生。滟滟随波千万里，何处春江无月明。"
SECRET = "赤壁鏖兵"

_CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="o/c.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def book(
    path: Path,
    chapters: Mapping[str, str],
    *,
    style: str = "",
    head: str = "",
    spine: str = "",
    extra: str = "",
) -> None:
    """Write an EPUB 3 with these chapters: headings and what stands below them."""
    items = "".join(
        f'<item id="c{n}" href="{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(chapters))
    )
    refs = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    links = "".join(f'<li><a href="{n}.xhtml">{name}</a></li>' for n, name in enumerate(chapters))
    page = (
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
        "<head><title/>{head}<style>{style}</style></head><body>{body}</body></html>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", _CONTAINER)
        archive.writestr(
            "o/c.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i"><metadata '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>书</dc:title><dc:identifier id="i">x'
            "</dc:identifier><dc:language>zh</dc:language></metadata><manifest>"
            '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
            f"{items}</manifest>"
            f"<spine{spine}>{refs}</spine></package>",
        )
        nav = f'<nav epub:type="toc"><ol>{links}</ol></nav>'
        archive.writestr("o/nav.xhtml", page.format(head="", style="", body=nav))
        for number, (name, text) in enumerate(chapters.items()):
            body = f"<h1>{name}</h1>{text}"
            archive.writestr(f"o/{number}.xhtml", page.format(head=head, style=style, body=body))
        if extra:
            archive.writestr("META-INF/encryption.xml", extra)


def paragraphs(line: str, count: int) -> str:
    """Return so many paragraphs of a line, numbered."""
    return "".join(f"<p>{number}　{line}</p>" for number in range(1, count + 1))


def hostile_book(path: Path, outside: str) -> None:
    """Write a book that would run scripts, send forms and ask outside addresses."""
    body = (
        "<script>parent.document.title='script ran'</script>"
        f'<script src="{outside}/a.js"></script>'
        f'<img src="{outside}/a.png" onerror="parent.document.title=1"/>'
        f'<iframe src="{outside}/frame"></iframe><object data="{outside}/o"></object>'
        f'<p onclick="parent.document.title=2">正文还在。</p>'
        f'<video src="{outside}/v.mp4" autoplay="autoplay"/>'
        f'<form action="{outside}/f"><input name="a"/><button>送出</button></form>'
        f'<a href="javascript:parent.document.title=3" id="trap">链接</a>'
        '<svg onload="parent.document.title=4"/>'
    )
    head = (
        f'<meta http-equiv="refresh" content="0;url={outside}/refresh"/>'
        f'<link rel="stylesheet" href="{outside}/a.css"/><base href="{outside}/"/>'
    )
    style = f"@import url({outside}/b.css); body {{ background: url({outside}/b.png) }}"
    book(path, {"险书": body}, head=head, style=style)


def bomb(path: Path) -> None:
    """Write a book of 300 KB that unpacks to 300 MB."""
    book(path, {"大书": "<p>正文</p>"})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"o/{number}.bin", bytes(50 << 20))


def liar(path: Path) -> None:
    """Write a book with a part of 8 MB that says it has one byte."""
    book(path, {"谎书": "<p>正文</p>"})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("o/big.xhtml", bytes(8 << 20))
    content = bytearray(path.read_bytes())
    place = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, place + 24, 1)
    path.write_bytes(bytes(content))


def pdf(path: Path, texts: list[str]) -> None:
    """Write a PDF in Chinese that embeds no font, as old word processors did: a page a text."""
    fonts = {"F1": "UniGB-UCS2-H", "F2": "GBK-EUC-H"}
    count = len(texts)
    objects = [
        f"<</Type/Catalog/Pages 2 0 R/Outlines {4 + 2 * count} 0 R>>",
        f"<</Type/Pages/Count {count}/Kids[{' '.join(f'{4 + 2 * n} 0 R' for n in range(count))}]>>",
        "<</Font<<"
        + "".join(
            f"/{name}<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/{encoding}/DescendantFonts["
            "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>"
            "/FontDescriptor<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[0 -200 1000 900]"
            "/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 80>>>>]>>"
            for name, encoding in fonts.items()
        )
        + ">>>>",
    ]
    for number, text in enumerate(texts):
        drawn = (
            f"BT /F1 24 Tf 72 720 Td <{text.encode('utf-16-be').hex()}> Tj "
            f"/F2 16 Tf 0 -40 Td <{text.encode('gbk').hex()}> Tj ET"
        )
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources 3 0 R/Contents {5 + 2 * number} 0 R>>"
        )
        objects.append(f"<</Length {len(drawn)}>>\nstream\n{drawn}\nendstream")
    first = 5 + 2 * count
    objects.append(f"<</Type/Outlines/First {first} 0 R/Last {first + count - 1} 0 R/Count {count}>>")
    for number, text in enumerate(texts):
        title = "feff" + text.encode("utf-16-be").hex()
        before = f"/Prev {first + number - 1} 0 R" if number else ""
        after = f"/Next {first + number + 1} 0 R" if number < count - 1 else ""
        objects.append(
            f"<</Title<{title}>/Parent {first - 1} 0 R/Dest[{4 + 2 * number} 0 R/Fit]{before}{after}>>"
        )
    out, places = b"%PDF-1.5\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{one}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    out += (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF\n"
    ).encode()
    path.write_bytes(out)


def scan(path: Path) -> None:
    """Write a PDF of one page that is a picture in JPEG 2000, as scanners make them."""
    picture = io.BytesIO()
    Image.new("RGB", (60, 80), (200, 30, 30)).save(picture, "JPEG2000", irreversible=False)
    data = picture.getvalue()
    drawn = b"q 595 0 0 842 0 0 cm /I Do Q"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</I 5 0 R>>>>/Contents 4 0 R>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Subtype/Image/Width 60/Height 80/Filter/JPXDecode/Length %d>>\nstream\n%s\nendstream"
        % (len(data), data),
    ]
    out, places = b"%PDF-1.5\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    path.write_bytes(out + b"xref\n0 6\n0000000000 65535 f \n" + table + end)


def hostile_page(outside: str) -> str:
    """Return a web page that would run scripts, lead away, send forms and ask outside addresses."""
    return f"""<!doctype html><html><head><meta charset="gb2312"><title>通知</title>
<meta http-equiv="refresh" content="0;url={outside}/refresh"><base href="{outside}/">
<link rel="stylesheet" href="{outside}/a.css"><script>
document.title="script ran";parent.document.title="script ran"</script></head>
<body onload="document.title=1"><div class="nav">首页 | 政务公开</div>
<form action="{outside}/f" method="post"><div class="TRS_Editor"><p style="color:red">各乡镇人民政府：</p>
<p>　　为切实做好今年春耕备耕工作，现将有关事项通知如下。</p>
<img src="seal.png" alt="印章"><img src="{outside}/x.png">
<table><tr><th>乡镇<th>亩数<tr><td>城关镇<td colspan=2>三千二百</table>
<a href="javascript:document.title=2">附件</a><svg><script>parent.document.title=3</script></svg>
<iframe src="{outside}/frame"></iframe><input name=a><button>提交</button><p>县人民政府办公室</p></div></form>
<div class="footer">版权所有</div></body></html>"""


def sources(folder: Path, outside: str) -> dict[str, list[dict[str, Any]]]:
    """Write the files, and return the records of each collection."""
    shelf = folder / "ebooks" / "files"
    web = folder / "government-information" / "files"
    for made in (shelf, web / "1", web / "2"):
        made.mkdir(parents=True)
    rooms = {name: paragraphs(LINE, 40) for name in ROOMS}
    rooms[ROOMS[3]] += f"<p>此处乃{SECRET}之处。</p>"
    book(shelf / "sanguo.epub", rooms, style="h1 { color: rgb(1, 2, 3) }")
    vertical = {f"卷{number}": paragraphs(VERTICAL_LINE, 40) for number in "上下"}
    style = "html { writing-mode: vertical-rl; -webkit-writing-mode: vertical-rl; }"
    book(shelf / "vertical.epub", vertical, style=style, spine=' page-progression-direction="rtl"')
    hostile_book(shelf / "hostile.epub", outside)
    bomb(shelf / "bomb.epub")
    liar(shelf / "liar.epub")
    locked = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:enc="http://www.w3.org/2001/04/xmlenc#">'
        '<enc:EncryptedData><enc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"/>'
        "</enc:EncryptedData></encryption>"
    )
    book(shelf / "locked.epub", {"锁书": "<p>正文</p>"}, extra=locked)
    (shelf / "broken.epub").write_bytes((shelf / "sanguo.epub").read_bytes()[:3000])
    pdf(shelf / "gazetteer.pdf", ["临江县志卷一", "建置沿革", "山川形势"])
    scan(shelf / "scan.pdf")
    (shelf / "broken.pdf").write_bytes(b"%PDF-1.4\nnothing behind it")
    lines = [f"第{number}行　{LINE}" for number in range(1, 2001)]
    (shelf / "long.txt").write_bytes("\r\n".join(lines).encode("gb18030"))
    (shelf / "short.txt").write_text("县志卷一。\n<script>alert(1)</script>\n")
    (web / "1/index.html").write_bytes(hostile_page(outside).encode("gb18030"))
    (web / "1/seal.png").write_bytes(png(60, 60, (180, 30, 30)))
    (web / "2/index.html").write_text("<!doctype html><meta charset=utf-8><p><script>1</script></p>")
    names = ("sanguo", "vertical", "hostile", "bomb", "liar", "locked", "broken")
    books = [
        {"id": name, "title": f"书 {name}", "language": "zh", "files": [f"{name}.epub"]} for name in names
    ]
    books += [
        {"id": "gazetteer", "title": "临江县志", "files": ["gazetteer.pdf"]},
        {"id": "scan", "title": "影印本", "files": ["scan.pdf"]},
        {"id": "broken-pdf", "title": "坏书", "files": ["broken.pdf"]},
        {"id": "long", "title": "长编", "language": "zh", "files": ["long.txt"]},
        {"id": "short", "title": "短文", "files": ["short.txt"]},
    ]
    said = {"creator": ["县人民政府办公室"], "date": "2014-03-02", "language": "zh"}
    notices = [
        {
            "id": "notice",
            "title": "关于做好春耕备耕工作的通知",
            "files": ["1/index.html", "1/seal.png"],
            **said,
        },
        {"id": "empty", "title": "只有图形的网页", "files": ["2/index.html"]},
    ]
    notices += [
        {
            "id": f"budget-{year}",
            "title": f"{year}年预算执行情况",
            "creator": ["县财政局"],
            "date": f"{year}-01-10",
            "identifier": f"临财〔{year}〕3号",
            "files": [f"budget/{year}.html"],
        }
        for year in (2012, 2013, 2014)
    ]
    (web / "budget").mkdir()
    for year in (2012, 2013, 2014):
        page = f"<title>x</title><h1>{year}年预算执行情况</h1><p>收支平衡。</p>"
        (web / f"budget/{year}.html").write_text(page)
    return {"ebooks": books, "government-information": notices}


def make_shelf(folder: Path, outside: str) -> Path:
    """Pack all, and return a store where it is live; what is hostile asks for the address ``outside``."""
    for collection, records in sources(folder / "sources", outside).items():
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (folder / "sources" / collection / "records.jsonl").write_text(text)
        pack(folder / "sources" / collection, folder / "packed", Options(collection, "1", processes=1))
    store = folder / "store"
    publish(store, folder / "packed", 1)
    return store
