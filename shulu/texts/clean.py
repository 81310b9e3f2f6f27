"""A web page's text without all else: written anew from a short list of elements.

Nothing of the page is copied as markup: its tokens are read by Python's own parser, and the elements and
attributes named here are written out, balanced and escaped. What is not named here loses its tags, or its
content too.
No script, style, form, frame or outside address can come through, because nothing here writes one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

MAX_CHARACTERS, MAX_TOKENS = 2_000_000, 200_000
"""What is beyond them is not read: the time for a page is bounded, whatever it holds."""

_CHUNK = 1 << 16
_MAX_PENDING = 1 << 16
_MAX_DEPTH = 120

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = {
    *("p", "div", "ul", "ol", "dl", "table", "blockquote", "pre", "figure", "hr"),
    *("section", "article", "main", "center", "form", "fieldset", "address", "header"),
    *_HEADINGS,
}
_CELLS = {"thead", "tbody", "tfoot", "tr", "td", "th", "caption", "li", "dt", "dd", "figcaption"}
_INLINE = {"strong", "b", "em", "i", "u", "s", "sub", "sup", "code", "ruby", "rt", "rp", "small", "q"}
_WRITTEN = (_BLOCKS - {"section", "article", "main", "center", "form", "fieldset", "address", "header"}) | (
    _CELLS | _INLINE
)
_AS = {"section": "div", "article": "div", "main": "div", "center": "div", "fieldset": "div", "address": "p"}
_VOID = {
    *("br", "hr", "img", "wbr", "area", "base", "col", "embed", "input", "link", "meta", "source", "track")
}
_DROPPED = {
    *("script", "style", "template", "noscript", "iframe", "frame", "frameset", "object", "applet", "svg"),
    *(
        "math",
        "select",
        "textarea",
        "button",
        "nav",
        "footer",
        "aside",
        "audio",
        "video",
        "canvas",
        "noframes",
    ),
    *("map", "marquee", "dialog", "datalist", "xmp", "plaintext"),
}
_MENUS = {"navheader", "navfooter", "nav", "navbar", "breadcrumb", "footer", "sidebar", "menu", "share"}
_BODIES = {
    *("ucap-content", "trs_editor", "pages_content", "article_content", "article-content", "article_con"),
    *("zoom", "xl_con", "text_con", "news_content", "content_body", "view_content", "bookcontent"),
}
# An element that begins ends those of the same family that are still open, up to the one that holds them all.
_ENDS: dict[str, tuple[set[str], set[str]]] = {
    "li": ({"li", "p"}, {"ul", "ol"}),
    "dt": ({"dt", "dd", "p"}, {"dl"}),
    "dd": ({"dt", "dd", "p"}, {"dl"}),
    "tr": ({"tr", "td", "th", "p", "caption"}, {"table"}),
    "td": ({"td", "th", "p"}, {"table", "tr"}),
    "th": ({"td", "th", "p"}, {"table", "tr"}),
    **dict.fromkeys(
        ("tbody", "thead", "tfoot"), ({"tbody", "thead", "tfoot", "tr", "td", "th", "p"}, {"table"})
    ),
}
_SPACE = re.compile(r"[ \t\r\n\f\v\xa0]+")
_FRONT = " \t\r\n\u3000\xa0"

Address = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Page:
    """A page: what it calls itself, its text as HTML that is safe to show, and the same without any tag.

    ``text`` has a line a block. Headings of ``html`` begin at h2.
    """

    title: str
    html: str
    text: str


@dataclass(slots=True)
class _Open:
    tag: str
    written: str
    dropped: bool
    start: int
    words: int
    body: bool
    filled: bool = False


@dataclass(slots=True)
class _Body:
    length: int = 0
    html: str = ""
    text: str = ""


@dataclass(slots=True)
class _State:
    parts: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    length: int = 0


def clean(markup: str, picture: Address | None = None) -> Page:
    """Return a page's text. ``picture`` tells the address of a picture by its ``src``, None for none."""
    parser = _Parser(picture or (lambda _source: None))
    cut = markup[:MAX_CHARACTERS]
    with suppress(_Enough):
        for start in range(0, len(cut), _CHUNK):
            parser.feed(cut[start : start + _CHUNK])
            # A construct that does not end is looked at anew with each chunk: what never ends is left out.
            if len(parser.rawdata) > _MAX_PENDING:
                raise _Enough
        parser.close()
    return parser.page()


class _Enough(Exception):  # noqa: N818 - an end, not an error
    pass


class _Parser(HTMLParser):
    def __init__(self, picture: Address) -> None:
        super().__init__(convert_charrefs=True)
        self._picture = picture
        self._title: list[str] = []
        self._in_title = False
        self._out = _State()
        self._open: list[_Open] = []
        self._hidden = 0
        self._kept = 0
        self._tokens = 0
        self._best = _Body()

    def page(self) -> Page:
        """Close what is open, and return what was written."""
        while self._open:
            self._pop()
        title = " ".join("".join(self._title).split())
        whole = _Body(self._out.length, "".join(self._out.parts), "".join(self._out.words))
        # The part that calls itself the text is shown alone where it is the greater part, or long.
        best = self._best if self._best.length >= min(400, whole.length // 2) > 0 else whole
        return Page(title, best.html.strip(), _lines(best.text))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self.handle_starttag(tag, attrs)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._count()
        self._in_title = tag == "title" and not self._title
        if tag in _VOID:
            if not self._hidden:
                self._void(tag, dict(attrs))
            return
        if tag in {"html", "body", "head", "title"}:
            return
        named = dict(attrs)
        self._end_implied(tag)
        names = {*(named.get("class") or "").lower().split(), (named.get("id") or "").lower()}
        dropped = tag in _DROPPED or bool(names & _MENUS) or named.get("hidden", "no") != "no"
        self._hidden += dropped
        self._kept += tag == "pre"
        written = "" if self._hidden or len(self._open) >= _MAX_DEPTH else _as_written(tag)
        body = not self._hidden and (tag == "article" or bool(names & _BODIES))
        if tag in _BLOCKS or tag in _CELLS:
            self._line()
        out = self._out
        self._open.append(_Open(tag, written, dropped, len(out.parts), len(out.words), body))
        if written:
            out.parts.append(f"<{written}{_attributes(tag, named)}>")

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False
        if not any(opened.tag == tag for opened in self._open[-_MAX_DEPTH:]):
            return
        while self._open:
            if self._pop() == tag:
                return

    def handle_data(self, data: str) -> None:
        self._count()
        if self._in_title:
            self._title.append(data[:400])
            return
        if self._hidden:
            return
        kept = self._kept > 0
        text = data.replace("\0", "") if kept else _SPACE.sub(" ", data.replace("\0", ""))
        out = self._out
        if not kept and (not out.words or out.words[-1] == "\n"):
            text = text.lstrip(_FRONT)
        if not text:
            return
        out.parts.append(escape(text, quote=False))
        out.words.append(text)
        if not text.isspace():
            out.length += len(text)
            self._fill()

    def _count(self) -> None:
        self._tokens += 1
        if self._tokens > MAX_TOKENS:
            raise _Enough

    def _void(self, tag: str, named: dict[str, str | None]) -> None:
        if tag in {"br", "hr"}:
            self._out.parts.append(f"<{tag}>")
            self._line()
        elif tag == "img":
            address = self._picture((named.get("src") or "").strip())
            if address:
                told = (named.get("alt") or "")[:300]
                self._out.parts.append(f'<img src="{escape(address)}" alt="{escape(told)}">')
                self._fill()

    def _fill(self) -> None:
        for opened in reversed(self._open):
            if opened.filled:
                return
            opened.filled = True

    def _line(self) -> None:
        if self._out.words and self._out.words[-1] != "\n":
            self._out.words.append("\n")

    def _end_implied(self, tag: str) -> None:
        ended, holders = _ENDS.get(tag, ({"p"} if tag in _BLOCKS else set(), _BLOCKS | _CELLS - {"p"}))
        while ended:
            near = range(len(self._open) - 1, max(-1, len(self._open) - 1 - _MAX_DEPTH), -1)
            place = next(
                (n for n in near if self._open[n].tag in ended or self._open[n].tag in holders), None
            )
            if place is None or self._open[place].tag not in ended:
                return
            while len(self._open) > place:
                self._pop()

    def _pop(self) -> str:
        opened = self._open.pop()
        out = self._out
        self._hidden -= opened.dropped
        self._kept -= opened.tag == "pre"
        if opened.written:
            if opened.filled or opened.tag in {"td", "th"}:
                out.parts.append(f"</{opened.written}>")
            else:
                del out.parts[opened.start :]
        if opened.tag in _BLOCKS or opened.tag in _CELLS:
            self._line()
        if opened.body:
            text = "".join(out.words[opened.words :])
            if len(text) > self._best.length:
                self._best = _Body(len(text), "".join(out.parts[opened.start :]), text)
        return opened.tag


def _as_written(tag: str) -> str:
    if tag in _HEADINGS:
        return f"h{min(6, max(2, int(tag[1])))}"
    return _AS.get(tag, tag if tag in _WRITTEN else "")


def _attributes(tag: str, named: dict[str, str | None]) -> str:
    out = ""
    if tag in {"td", "th"}:
        for name in ("colspan", "rowspan"):
            value = named.get(name) or ""
            if value.isascii() and value.isdigit() and 1 < int(value[:4]) <= 100:
                out += f' {name}="{int(value[:4])}"'
    if (named.get("dir") or "").lower() == "rtl":
        out += ' dir="rtl"'
    return out


def _lines(text: str) -> str:
    return "\n".join(
        line for line in (" ".join(line.split(" ")).strip() for line in text.split("\n")) if line
    )
