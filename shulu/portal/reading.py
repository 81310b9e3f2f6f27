"""Reading: books in the browser, their text as plain pages, and web documents without all but their text."""

from __future__ import annotations

import functools
import os
import posixpath
from dataclasses import replace
from html import escape
from pathlib import Path
from urllib.parse import unquote, urldefrag

from flask import Blueprint, abort, g, render_template, request

from shulu.catalogue import media
from shulu.catalogue.model import File, Item
from shulu.portal import asked
from shulu.portal.live import Away
from shulu.texts import epub, paged
from shulu.texts.clean import Page, clean
from shulu.texts.decode import decode_markup

MAX_DOCUMENT = 8 << 20
"""Bytes of a web document; what is longer is shown as it is, not cleaned."""

# A book brings its own styles, pictures and fonts; its scripts run neither by this policy nor by the frame's
# sandbox.
_EPUB_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline' blob:; "
    "img-src 'self' blob: data:; media-src 'self' blob: data:; font-src 'self' blob: data:; "
    "connect-src 'self'; frame-src 'self' blob:; form-action 'none'; base-uri 'self'; frame-ancestors 'none'"
)
PDF_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; font-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Of the PDF reader and its worker: pictures in JPEG 2000 and JBIG2 are read by WebAssembly."""

_CLEANED, _BOOKS = 64, 256

reading = Blueprint("reading", __name__)


@reading.get("/items/<bag>/<record_id>/read")
def read(bag: str, record_id: str) -> str:
    """Show a book in its reader; ``chapter`` and ``page`` ask for the text alone, without any script."""
    item = asked.item(bag, record_id)
    number = min(asked.number("n"), len(item.parts))
    part = item.parts[number - 1]
    if part.type == media.TYPES["epub"]:
        return _epub(item, part, number)
    if part.type == media.TYPES["pdf"]:
        g.policy = PDF_POLICY
        return render_template("read_pdf.html", item=item, part=part, number=number)
    if part.type != media.TYPES["txt"]:
        abort(404)
    return _text(item, part, number)


def document(item: Item, part: File) -> Page | None:
    """Return a web document's text, None where it has none, or is too long to be cleaned; raises Away."""
    if part.type not in {media.TYPES["html"], media.TYPES["xhtml"]} or part.bytes > MAX_DOCUMENT:
        return None
    pictures = tuple((f.path, item.address(f)) for f in item.files if f.type.startswith("image/"))
    page = _cleaned(_file(item, part), item.version, part.path, pictures)
    if not page.text:
        return None
    # The page of the portal has the title already.
    return replace(page, html=page.html.removeprefix(f"<h2>{escape(item.title, quote=False)}</h2>"))


def _epub(item: Item, part: File, number: int) -> str:
    path = _file(item, part)
    shown = {"item": item, "part": part, "number": number}
    try:
        book = _examined(f"{path}", item.version, _changed(path))
        if isinstance(book, epub.Unfit):
            raise book
        if "chapter" not in request.args:
            g.policy = _EPUB_POLICY
            return render_template("read_epub.html", book=book, **shown)
        chapter = min(asked.number("chapter"), len(book.chapters))
        page = epub.chapter_page(path, chapter - 1)
    except epub.Unfit as unfit:
        return render_template("read_unfit.html", kind=unfit.kind, **shown)
    except OSError as error:
        raise Away from error
    return render_template("read_chapter.html", book=book, chapter=chapter, page=page, **shown)


def _text(item: Item, part: File, number: int) -> str:
    try:
        page = paged.page(_file(item, part), asked.number("page"))
    except OSError as error:
        raise Away from error
    return render_template("read_text.html", item=item, part=part, number=number, page=page)


def _file(item: Item, file: File) -> Path:
    return asked.live().folder / "bags" / item.bag / "data" / "files" / file.path


def _changed(path: Path) -> int:
    return os.stat(path).st_mtime_ns  # noqa: PTH116 - as elsewhere: once a request


@functools.lru_cache(maxsize=_BOOKS)
def _examined(path: str, _version: str, _changed: int) -> epub.Book | epub.Unfit:
    """Examine a book once for each of its versions: every part of it is inflated for that."""
    try:
        return epub.examine(Path(path))
    except epub.Unfit as unfit:
        return unfit


@functools.lru_cache(maxsize=_CLEANED)
def _cleaned(path: Path, _version: str, name: str, pictures: tuple[tuple[str, str], ...]) -> Page:
    """Clean a document once for each of its versions; ``pictures`` are names and addresses of those here."""
    addresses = dict(pictures)

    def picture(source: str) -> str | None:
        relative = unquote(urldefrag(source).url)
        return addresses.get(posixpath.normpath(posixpath.join(posixpath.dirname(name), relative)))

    try:
        return clean(decode_markup(path.read_bytes()), picture)
    except OSError as error:
        raise Away from error
