"""The text of an item's files, as far as it is in there and within limits: books and web documents."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from shulu.catalogue import media
from shulu.texts.clean import clean
from shulu.texts.decode import decode, decode_markup
from shulu.texts.epub import Unfit, chapters

MAX_TEXT = 3_000_000
"""Characters of an item: a novel of a thousand pages has a million."""

_MAX_FILE = 64 << 20
_NOT_FOUND = 127
_BOUNDED = ("prlimit", "--cpu=120", f"--as={1 << 30}", "--fsize=0")


class Unreadable(Exception):  # noqa: N818 - a state of the file
    """A file without a text that could be read; the message says why."""


def fulltext(folder: Path, files: Sequence[str], kind: str) -> tuple[str, list[str]]:
    """Return the text of an item, and a remark for each file that could not be read.

    ``files`` are those of the record, relative to ``folder``. Nothing that a file holds makes this fail.
    """
    if kind not in {media.BOOK, media.WEB}:
        return "", []
    pieces: list[str] = []
    remarks: list[str] = []
    left = MAX_TEXT
    for name in (files[place] for place in media.main_files(files, kind)):
        read = _READERS.get(media.type_of(name))
        if read is None or left <= 0:
            continue
        try:
            for piece in read(folder / name):
                pieces.append(piece[:left])
                left -= len(piece)
                if left <= 0:
                    break
        except (Unfit, Unreadable, OSError, RecursionError) as error:
            remarks.append(f"{name}: {error}")
    return "\n".join(pieces), remarks


def _epub(path: Path) -> Iterator[str]:
    return (page.text for _, page in chapters(path))


def _html(path: Path) -> Iterator[str]:
    page = clean(decode_markup(_bytes(path)))
    yield from (page.title, page.text)


def _plain(path: Path) -> Iterator[str]:
    yield decode(_bytes(path))


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MAX_FILE)


def _pdf(path: Path) -> Iterator[str]:
    """Let pdftotext of poppler read it, with bounds for time, memory and what it writes."""
    argv = [*_BOUNDED, "pdftotext", "-q", "-enc", "UTF-8", str(path.absolute()), "-"]
    try:
        with subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdout is not None  # noqa: S101 - for the type checker
            content = process.stdout.read(MAX_TEXT * 4)
            if len(content) == MAX_TEXT * 4:
                process.kill()
    except FileNotFoundError as error:
        raise Unreadable("prlimit is missing") from error
    if process.returncode == _NOT_FOUND:
        raise Unreadable("pdftotext is missing")
    if not content.strip():
        raise Unreadable(f"pdftotext found no text (it ended with {process.returncode})")
    yield content.decode(errors="replace")


_READERS: dict[str, Callable[[Path], Iterator[str]]] = {
    media.TYPES["epub"]: _epub,
    media.TYPES["html"]: _html,
    media.TYPES["xhtml"]: _html,
    media.TYPES["txt"]: _plain,
    media.TYPES["pdf"]: _pdf,
}
