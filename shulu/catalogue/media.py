"""What a record's files are, told by their extensions and by the record's own ``format``.

The media types are the ones that the web server sends as well (roles/portal); a test holds both together.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

TYPES: dict[str, str] = {
    "epub": "application/epub+zip",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "html": "text/html",
    "htm": "text/html",
    "xhtml": "application/xhtml+xml",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "webm": "video/webm",
    "ogv": "video/ogg",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "vtt": "text/vtt",
}
"""Media type (RFC 6838) by extension, in lower case and without the dot."""

BOOK, PAGES, PICTURE, VIDEO, AUDIO, WEB, OTHER = "book", "pages", "picture", "video", "audio", "web", "other"
MEDIA: dict[str, tuple[str, str]] = {
    BOOK: ("电子书", "E-book"),
    PAGES: ("原版影像", "Page images"),
    PICTURE: ("图片", "Picture"),
    VIDEO: ("视频", "Video"),
    AUDIO: ("音频", "Audio"),
    WEB: ("网络文献", "Web document"),
    OTHER: ("文件", "File"),
}
"""The kinds of items, with their names in Chinese and English."""

_KINDS = {
    "application/epub+zip": BOOK,
    "application/pdf": BOOK,
    "text/plain": BOOK,
    "text/html": WEB,
    "application/xhtml+xml": WEB,
}
_MAJOR = {"image": PICTURE, "video": VIDEO, "audio": AUDIO}
_READ_AS_PAGES = {"books", "journals"}


def type_of(path: str) -> str:
    """Return the media type of a file by its extension, ``application/octet-stream`` where it is unknown."""
    # PurePosixPath tells the same, and takes eight times as long: pages ask this for each file they list.
    return TYPES.get(posixpath.splitext(path)[1][1:].lower(), "application/octet-stream")


def kind_of_type(media_type: str) -> str:
    """Return the kind of one file: book, picture, video, audio, web or other."""
    plain = media_type.partition(";")[0].strip().lower()
    return _KINDS.get(plain) or _MAJOR.get(plain.partition("/")[0], OTHER)


def kind_of_record(files: Sequence[str], media_format: str, group: str, dc_type: str) -> str:
    """Return the kind of an item.

    The record's ``format`` decides where it names a kind that one of the files has; else the first file that
    has a kind. Images of something that is read (``type`` is Text, or a collection of books or journals) are
    page images.
    """
    kinds = [kind_of_type(type_of(file)) for file in files]
    said = kind_of_type(media_format)
    kind = said if said != OTHER and said in kinds else next((kind for kind in kinds if kind != OTHER), OTHER)
    if kind == PICTURE and (dc_type.lower() == "text" or group in _READ_AS_PAGES):
        return PAGES
    return kind


def main_files(files: Sequence[str], kind: str) -> list[int]:
    """Return the places of the files that make up an item; the others only serve them (subtitles, covers)."""
    wanted = PICTURE if kind == PAGES else kind
    found = [place for place, file in enumerate(files) if kind_of_type(type_of(file)) == wanted]
    return found or list(range(len(files)))
