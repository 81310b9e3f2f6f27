"""A reader at work: follows the links of the pages as a browser does, with pauses to read and look."""

from __future__ import annotations

import html
import http.client
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

_LINK = re.compile(r'(?:href|src|data-url|data-book|poster)="(/[^"]*)"')
_KINDS = (
    (re.compile(r"/$"), "home"),
    (re.compile(r"/collections/|/children|/topics"), "collection"),
    (re.compile(r"/search"), "search"),
    (re.compile(r"/suggest"), "suggestions"),
    (re.compile(r"/items/.*/read"), "reader's page"),
    (re.compile(r"/items/"), "item"),
    (re.compile(r"/static/"), "static file"),
    (re.compile(r"/content/.*\.(?:jpe?g|png|gif|webp|svg)$"), "picture"),
    (re.compile(r"/content/.*\.(?:mp4|webm|m4v|ogv)$"), "film, a range"),
    (re.compile(r"/content/.*\.(?:mp3|ogg|opus|wav|m4a|flac)$"), "sound"),
    (re.compile(r"/content/.*\.(?:epub|pdf|txt)$"), "book's file"),
    (re.compile(r"/content/"), "other file"),
)
RANGE = 1 << 20
_VERSIONED = re.compile(r"[?&]v=")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its kind, seconds from the question to the last byte, its bytes, what was wrong with it."""

    kind: str
    seconds: float
    bytes: int
    wrong: str = ""


@dataclass
class Reader:
    """One reader on an address of its own, one connection, with a browser's cache; until ``end``."""

    port: int
    address: str
    end: float
    chance: random.Random
    queries: Sequence[str]
    answers: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._kept: set[str] = set()
        self._wire: http.client.HTTPConnection | None = None

    def visit(self) -> None:
        """Read until the time is up."""
        self._pause(0, 6)
        ways = (self._browse, self._search)
        while time.monotonic() < self.end:
            page = self._page("/")
            self.chance.choices(ways, (3, 2))[0](page)
        if self._wire is not None:
            self._wire.close()

    def _browse(self, home: str) -> None:
        page = self._page(self._one(home, "/collections/"))
        if self.chance.random() < 0.4:
            page = self._page(self._one(page, "/collections/", "page=")) or page
        self._read(page)

    def _search(self, _home: str) -> None:
        query = self.chance.choice(self.queries)
        for length in range(1, min(len(query), 4) + 1):
            self._ask(f"/suggest?q={quote(query[:length])}")
            self._pause(0.2, 0.6)
        page = self._page(f"/search?q={quote(query)}")
        if self.chance.random() < 0.5:
            page = self._page(self._one(page, "/search?", "&")) or page
        self._read(page)

    def _read(self, listed: str) -> None:
        """Open some of what a page lists, and use it."""
        for _ in range(self.chance.randint(1, 3)):
            page = self._page(self._one(listed, "/items/"))
            films = [link for link in _links(page) if _kind(link).startswith("film")]
            if films:
                self._watch(self.chance.choice(films))
            elif sounds := [link for link in _links(page) if _kind(link) == "sound"]:
                self._ask(self.chance.choice(sounds))
                self._pause(5, 15)
            elif reader := self._one(page, "/items/", "/read"):
                self._page(reader)
                for link in _links(page):
                    if _kind(link) == "book's file":
                        self._ask(link)
                        break
                self._pause(5, 15)
            else:
                for link in [link for link in _links(page) if _kind(link) == "picture"][:8]:
                    self._ask(link)
                    self._pause(0.5, 2)

    def _watch(self, film: str) -> None:
        """Fetch a film as a player does: piece by piece, with a jump."""
        begin = 0
        for piece in range(self.chance.randint(3, 8)):
            size = self._ask(film, begin)
            if size <= 0 or begin >= size:
                return
            begin = self.chance.randrange(size) if piece == 2 else begin + RANGE
            if begin >= size:
                return
            self._pause(1, 4)

    def _page(self, address: str) -> str:
        """Open a page with all that it shows, then read it."""
        if not address or time.monotonic() >= self.end:
            return ""
        text = self._text(address)
        for link in _links(text):
            if _kind(link) in {"static file", "picture"} and link not in self._kept:
                self._ask(link)
        self._pause(2, 8)
        return text

    def _text(self, address: str) -> str:
        body: list[bytes] = []
        self._ask(address, keep=body.append)
        text = b"".join(body).decode()
        if body and "</html>" not in text:
            self.answers.append(Answer(_kind(address), 0, 0, f"{address} ends before its end"))
        return text

    def _one(self, page: str, *parts: str) -> str:
        found = [link for link in _links(page) if all(part in link for part in parts)]
        return self.chance.choice(found) if found else ""

    def _ask(self, address: str, begin: int = -1, keep: Callable[[bytes], object] | None = None) -> int:
        """Ask once; return the size of the whole file, 0 where there was no good answer."""
        if time.monotonic() >= self.end:
            return 0
        headers = {"Range": f"bytes={begin}-{begin + RANGE - 1}"} if begin >= 0 else {}
        began, kind = time.perf_counter(), _kind(address)
        try:
            size, got, wrong = self._answer(address, headers, keep)
        except (OSError, http.client.HTTPException) as error:
            size, got, wrong = 0, 0, f"{address}: {type(error).__name__} {error}"
            self._wire = None
        self.answers.append(Answer(kind, time.perf_counter() - began, got, wrong))
        if not wrong and (_VERSIONED.search(address) or kind == "picture"):
            self._kept.add(address)
        return size

    def _answer(
        self, address: str, headers: dict[str, str], keep: Callable[[bytes], object] | None
    ) -> tuple[int, int, str]:
        if self._wire is None:
            self._wire = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=30, source_address=(self.address, 0)
            )
        self._wire.request("GET", address, headers=headers)
        answer = self._wire.getresponse()
        body = answer.read()
        if answer.getheader("connection") == "close":
            self._wire.close()
        if answer.status not in {200, 206}:
            return 0, len(body), f"{address}: {answer.status}"
        if keep is not None:
            keep(body)
        told = answer.getheader("content-range", "")
        return int(told.rpartition("/")[2]) if told else len(body), len(body), ""

    def _pause(self, least: float, most: float) -> None:
        time.sleep(max(0.0, min(self.chance.uniform(least, most), self.end - time.monotonic())))


def _links(page: str) -> list[str]:
    return list(dict.fromkeys(html.unescape(link).partition("#")[0] for link in _LINK.findall(page)))


def _kind(address: str) -> str:
    path = urlsplit(address).path
    return next((kind for pattern, kind in _KINDS if pattern.match(path)), "other page")
