"""A web page's title and text, without its scripts, styles, links and pictures."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path

_HEADINGS = ("h2", "h3", "h4", "h5")
_TABLE = ("table", "thead", "tbody", "tr", "th", "td")
_LISTS = ("ul", "ol", "li", "dl", "dt", "dd")
_KEPT = frozenset((*_HEADINGS, *_TABLE, *_LISTS, "p", "pre", "code", "blockquote", "em", "strong"))
_DROPPED = frozenset(("script", "style", "h1"))  # the title is the page's heading already
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.parts: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        self._in_title = tag == "title"
        names = (dict(attrs).get("class") or "").split()
        dropped = tag in _DROPPED or "navheader" in names or "navfooter" in names
        self._open.append((tag, dropped))
        if tag in _KEPT and not self._hidden():
            self.parts.append(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False
        while any(name == tag for name, _ in self._open):
            hidden = self._hidden()
            name, _ = self._open.pop()
            if name in _KEPT and not hidden:
                self.parts.append(f"</{name}>")
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif not self._hidden():
            kept = data if any(name == "pre" for name, _ in self._open) else re.sub(r"\s+", " ", data)
            self.parts.append(escape(kept, quote=False))

    def _hidden(self) -> bool:
        return any(dropped for _, dropped in self._open)


def read_page(path: Path) -> tuple[str, str]:
    """Return a page's title, and its body as plain HTML."""
    parser = _Text()
    parser.feed(path.read_text(encoding="utf-8", errors="replace"))
    parser.close()
    return " ".join(parser.title.split()), "".join(parser.parts).strip()
