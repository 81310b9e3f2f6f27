"""An EPUB (W3C EPUB 3.3, and 2.0.1) opened within limits: its chapters in order, its contents, their text.

What is broken, locked or larger than a browser on an old PC can bear is told before anybody unpacks it: each
part is inflated once, and must be as long as the archive says.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urldefrag
from xml.etree import ElementTree

from shulu.texts.clean import Page, clean
from shulu.texts.decode import decode_markup

MAX_PARTS = 20_000
MAX_PART = 64 << 20
MAX_WHOLE = 256 << 20
"""Bytes of all parts, unpacked: what a reader's browser may have to hold."""

_MAX_TEXT = 8 << 20
_MAX_DIRECTORY = 4 << 20
_MAX_CHAPTERS = 5_000
_BLOCK = 1 << 18
_END = b"PK\x05\x06"
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_GROWING = ("<!ENTITY", "<!ATTLIST")
"""Declarations by which a short text becomes a long one: entities, and attributes given to each element."""
_READ = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document"}

BROKEN, LOCKED, TOO_LARGE = "broken", "locked", "large"


class Unfit(Exception):  # noqa: N818 - a state of the book
    """A book that is not shown: ``kind`` is BROKEN, LOCKED or TOO_LARGE, the message says what was found."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Chapter:
    """A document of the book: its name in the archive, its heading in the contents or "", its bytes."""

    name: str
    title: str
    length: int


@dataclass(frozen=True, slots=True)
class Book:
    """A book: its chapters in reading order, and whether its pages run from right to left."""

    chapters: tuple[Chapter, ...]
    right_to_left: bool


def examine(path: Path) -> Book:
    """Read a book's contents, and inflate every part of it; raises Unfit, OSError."""
    with path.open("rb") as file, _archive(file) as archive:
        book = _book(archive)
        for info in archive.infolist():
            _inflate(file, info)
        return book


def chapters(path: Path) -> Iterator[tuple[Chapter, Page]]:
    """Yield a book's chapters with their text, in reading order; raises Unfit and OSError as it goes."""
    with path.open("rb") as file, _archive(file) as archive:
        for chapter in _book(archive).chapters:
            yield chapter, _page(archive, chapter)


def chapter_page(path: Path, number: int) -> Page:
    """Return the text of one chapter, counted from 0; raises Unfit, OSError and IndexError."""
    with path.open("rb") as file, _archive(file) as archive:
        return _page(archive, _book(archive).chapters[number])


def _archive(file: IO[bytes]) -> zipfile.ZipFile:
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or len(tail) < place + 22:
        raise Unfit(BROKEN, "is no ZIP archive, or is cut off")
    _, entries, directory = struct.unpack("<HHI", tail[place + 8 : place + 16])
    if entries > MAX_PARTS or directory > _MAX_DIRECTORY:
        raise Unfit(TOO_LARGE, f"has {entries} parts")
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OverflowError) as error:
        raise Unfit(BROKEN, f"cannot be unpacked: {error}") from error
    infos = archive.infolist()
    whole = sum(info.file_size for info in infos)
    if len(infos) > MAX_PARTS or whole > MAX_WHOLE or any(info.file_size > MAX_PART for info in infos):
        raise Unfit(TOO_LARGE, f"unpacks to {whole} bytes in {len(infos)} parts")
    if any(info.flag_bits & 1 for info in infos):
        raise Unfit(LOCKED, "has encrypted parts")
    return archive


def _inflate(file: IO[bytes], info: zipfile.ZipInfo) -> None:
    """Inflate one part without keeping it: what it says of its length has to be true."""
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Unfit(BROKEN, f"{info.filename!r} is packed in a way that EPUB does not know")
    file.seek(info.header_offset)
    head = file.read(30)
    if len(head) < 30 or not head.startswith(b"PK\x03\x04"):
        raise Unfit(BROKEN, f"{info.filename!r} is not where the archive says")
    name, extra = struct.unpack("<HH", head[26:30])
    file.seek(info.header_offset + 30 + name + extra)
    left, made = info.compress_size, 0
    inflater = zlib.decompressobj(-15)
    while left > 0:
        block = file.read(min(_BLOCK, left))
        if not block:
            raise Unfit(BROKEN, f"{info.filename!r} is cut off")
        left -= len(block)
        if info.compress_type == zipfile.ZIP_STORED:
            made += len(block)
            continue
        try:
            while block:
                made += len(inflater.decompress(block, _BLOCK))
                block = inflater.unconsumed_tail
                if made > info.file_size:
                    raise Unfit(TOO_LARGE, f"{info.filename!r} is longer than it says")
        except zlib.error as error:
            raise Unfit(BROKEN, f"{info.filename!r} cannot be unpacked: {error}") from error
    if made != info.file_size:
        raise Unfit(BROKEN, f"{info.filename!r} has {made} of {info.file_size} bytes")


def _book(archive: zipfile.ZipFile) -> Book:
    _unlocked(archive)
    container = _xml(archive, "META-INF/container.xml")
    root = next((one.get("full-path", "") for one in container.iter() if _is(one, "rootfile")), "")
    package = _xml(archive, root)
    names = set(archive.namelist())
    items: dict[str, tuple[str, str, str]] = {}
    for one in package.iter():
        if _is(one, "item"):
            name = _resolve(root, one.get("href", ""))
            items[one.get("id", "")] = (name, one.get("media-type", ""), one.get("properties", ""))
    spine = next((one for one in package.iter() if _is(one, "spine")), None)
    if spine is None:
        raise Unfit(BROKEN, "names no chapters")
    found = [items[ref] for one in spine if _is(one, "itemref") and (ref := one.get("idref", "")) in items]
    wanted = [name for name, kind, _ in found if kind in _READ and name in names][:_MAX_CHAPTERS]
    if not wanted:
        raise Unfit(BROKEN, "has none of the chapters that it names")
    titles = _titles(archive, items, spine.get("toc", ""))
    right_to_left = spine.get("page-progression-direction") == "rtl"
    found_chapters = (Chapter(name, titles.get(name, ""), archive.getinfo(name).file_size) for name in wanted)
    return Book(tuple(found_chapters), right_to_left)


def _unlocked(archive: zipfile.ZipFile) -> None:
    name = "META-INF/encryption.xml"
    if name not in archive.namelist():
        return
    for one in _xml(archive, name).iter():
        if _is(one, "EncryptionMethod") and one.get("Algorithm") not in _FONTS:
            raise Unfit(LOCKED, "is encrypted")


def _titles(archive: zipfile.ZipFile, items: dict[str, tuple[str, str, str]], toc: str) -> dict[str, str]:
    """Return the headings of the contents by document: of the navigation document, else of the NCX."""
    nav = next((name for name, _, properties in items.values() if "nav" in properties.split()), "")
    ncx = items.get(toc, ("", "", ""))[0]
    titles: dict[str, str] = {}
    for name, link, target in ((nav, "a", "href"), (ncx, "navPoint", "")):
        try:
            tree = _xml(archive, name) if name and not titles else None
        except Unfit:
            continue
        for one in tree.iter() if tree is not None else ():
            if not _is(one, link):
                continue
            source = one if target else next((part for part in one.iter() if _is(part, "content")), one)
            label = one if target else next((part for part in one if _is(part, "navLabel")), one)
            text = " ".join("".join(label.itertext()).split())[:200]
            titles.setdefault(_resolve(name, source.get(target or "src", "")), text)
    return titles


def _page(archive: zipfile.ZipFile, chapter: Chapter) -> Page:
    return clean(decode_markup(_read(archive, chapter.name, _MAX_TEXT)))


def _xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """Parse a part of the archive, which may not declare anything that makes it larger than it is.

    What is looked at is what is parsed: of bytes, the parser would choose the encoding itself, and in UTF-16
    a declaration is spelt with other bytes. Of text it heeds no encoding declared, but still takes for UTF-16
    what has a NUL at its beginning; XML may have none anywhere.
    """
    text = decode_markup(_read(archive, name, _MAX_TEXT))
    if "\0" in text:
        raise Unfit(BROKEN, f"{name!r} is not well-formed: it holds NUL")
    if any(declaration in text for declaration in _GROWING):
        raise Unfit(BROKEN, f"{name!r} declares entities or attributes")
    try:
        return ElementTree.fromstring(text)  # noqa: S314 - bounded, and without declarations that make it grow
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Unfit(BROKEN, f"{name!r} is not well-formed: {error}") from error


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    try:
        with archive.open(name) as part:
            content = part.read(most + 1)
    except KeyError as error:
        raise Unfit(BROKEN, f"{name!r} is missing") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        raise Unfit(BROKEN, f"{name!r} cannot be unpacked: {error}") from error
    if len(content) > most:
        raise Unfit(TOO_LARGE, f"{name!r} is longer than {most} bytes")
    return content


def _resolve(base: str, href: str) -> str:
    path = unquote(urldefrag(href).url)
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), path)) if path else ""


def _is(element: ElementTree.Element, name: str) -> bool:
    return isinstance(element.tag, str) and element.tag.rpartition("}")[2] == name
