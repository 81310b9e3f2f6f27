"""Topic pages (专题): what a librarian writes as a small text file, read and checked.

The file's form is told in the handbook, section "Topic pages". Whatever editor wrote it, the text is taken
as it is: no markup of it is believed, and a line that makes no sense is told to the librarian and left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from shulu.findings import Finding
from shulu.texts.decode import decode

MOST_FILES = 100
MOST_BYTES = 64 << 10
MOST_ENTRIES = 200
"""Lines of a topic that name something; a page with more is no page any more."""
MOST_SEARCHES = 12
"""Searches of a topic: each is one that the server makes whenever the page is opened."""

_NAME = re.compile(r"\w[\w-]{0,59}")
_KEYS = {"题目": "title", "标题": "title", "title": "title", "日期": "dates", "dates": "dates"}
_HEAD = re.compile(r"([^:：]{1,12})[:：]\s*(.*)")
_DATES = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})\s*(?:至|到|~|—+|to)\s*(\d{4}-\d{1,2}-\d{1,2})", re.IGNORECASE)
_SEARCH = re.compile(r"(?:检索|search)\s*[:：]\s*(.+)", re.IGNORECASE)
_ITEM = re.compile(r"/items/([^/]+)/([^/]+)(?:/read)?/?")
_COLLECTION = re.compile(r"/collections/([^/]+)/?")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line that names something: an item, a search (maybe within a collection), or a whole collection."""

    line: int
    bag: str = ""
    id: str = ""
    query: str = ""
    collection: str = ""
    note: str = ""


@dataclass(slots=True)
class Part:
    """A part of a topic: its heading, "" for the first one, its paragraphs, and what it names."""

    title: str
    text: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: ``name`` is in its address; without dates it is always on."""

    name: str
    file: str
    title: str
    first: date | None
    last: date | None
    parts: tuple[Part, ...]
    of_province: bool = False

    @property
    def introduction(self) -> list[str]:
        """The paragraphs before the first heading."""
        return self.parts[0].text

    @property
    def dates(self) -> str:
        """The days of the topic as they are shown, "" where it has none."""
        return "" if self.first is None else f"{self.first} 至 {self.last}"

    def is_on(self, today: date) -> bool:
        """Tell whether the topic belongs on the home page on a day."""
        return self.first is None or self.last is None or self.first <= today <= self.last

    def is_to_come(self, today: date) -> bool:
        """Tell whether the topic has not begun yet."""
        return self.first is not None and today < self.first


@dataclass(frozen=True, slots=True)
class Topics:
    """What a folder holds: the topics that can be shown, latest beginning first, and what is to be mended."""

    topics: tuple[Topic, ...]
    findings: tuple[Finding, ...]

    def named(self, name: str) -> Topic | None:
        """Return the topic of a name."""
        return next((topic for topic in self.topics if topic.name == name), None)


class TopicFolder:
    """The librarian's folder of topics and the province's, read again when a file of them has changed."""

    def __init__(self, folder: Path, of_province: Path | None = None) -> None:
        self.folder = folder
        self._of_province = of_province
        self._held: tuple[object, Topics] | None = None

    def read(self) -> Topics:
        """Return what the folders hold now: the librarian's topics, and the province's of other names."""
        stamp = (_stamp(self.folder), self._of_province and _stamp(self._of_province))
        held = self._held
        if held is None or held[0] != stamp:
            held = self._held = (stamp, self._read())
        return held[1]

    def _read(self) -> Topics:
        own = read_topics(self.folder)
        if self._of_province is None:
            return own
        given = read_topics(self._of_province)
        names = {topic.name for topic in own.topics}
        others = [replace(topic, of_province=True) for topic in given.topics if topic.name not in names]
        findings = [replace(finding, where=f"省馆 {finding.where}") for finding in given.findings]
        return Topics(_by_date([*own.topics, *others]), (*own.findings, *findings))


def _by_date(topics: Iterable[Topic]) -> tuple[Topic, ...]:
    return tuple(sorted(topics, key=lambda topic: (topic.first or date.min, topic.name), reverse=True))


def _stamp(folder: Path) -> object:
    """Return what is another whenever a file is: contents, rights, names."""
    found: list[tuple[str, ...]] = []
    try:
        with os.scandir(folder) as entries:
            found.extend(_stamp_of(entry) for entry in entries)
    except OSError as error:
        return str(error)
    return sorted(found)


def _stamp_of(entry: os.DirEntry[str]) -> tuple[str, ...]:
    try:
        status = entry.stat()
    except OSError as error:
        return (entry.name, str(error))
    return (entry.name, *map(str, (status.st_mtime_ns, status.st_ctime_ns, status.st_size)))


def read_topics(folder: Path) -> Topics:
    """Read the ``*.txt`` of a folder; one that is not there holds none. Raises nothing for what it holds."""
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".txt")
    except OSError:
        return Topics((), ())
    findings: list[Finding] = []
    if len(files) > MOST_FILES:
        problem = f"这里有{len(files)}个专题文件，只读前{MOST_FILES}个"
        findings.append(Finding(str(folder), problem, "删去不再需要的"))
    read = [_read(path, findings) for path in files[:MOST_FILES]]
    return Topics(_by_date(topic for topic in read if topic is not None), tuple(findings))


def _read(path: Path, findings: list[Finding]) -> Topic | None:
    if not _NAME.fullmatch(path.stem):
        findings.append(
            Finding(
                path.name, "文件名不能用作网址", "文件名只用汉字、字母、数字和“-”，不要空格，例如 duanwu.txt"
            )
        )
        return None
    try:
        if not path.is_file():
            raise OSError(0, "不是普通文件")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        findings.append(Finding(path.name, f"读不了：{error.strerror}", "检查文件的权限，应当人人可读"))
        return None
    if len(content) > MOST_BYTES:
        findings.append(Finding(path.name, "超过64 KB", "分成几个专题"))
        return None
    return parse(path.name, decode(content), findings)


def parse(file: str, text: str, findings: list[Finding]) -> Topic | None:
    """Read a topic's text; what is wrong is added to the findings, each with its line.

    Returns None where there is nothing to show: no title.
    """
    reader = _Reader(file, findings)
    for number, line in enumerate(text.splitlines(), 1):
        reader.take(number, line.strip())
    if not reader.title:
        findings.append(Finding(f"{file}:1", "没有题目", "第一行写“题目：……”"))
        return None
    if not any(part.entries for part in reader.parts):
        findings.append(
            Finding(file, "没有列出任何资源", "另起一行写“- ”和一个地址，例如“- /items/ebooks-001/…”")
        )
    return Topic(Path(file).stem, file, reader.title, reader.first, reader.last, tuple(reader.parts))


class _Reader:
    """Takes a topic line by line."""

    def __init__(self, file: str, findings: list[Finding]) -> None:
        self.file = file
        self.findings = findings
        self.title = ""
        self.first: date | None = None
        self.last: date | None = None
        self.parts = [Part("")]
        self._in_head = True
        self._open = False
        self._entries = 0
        self._searches = 0

    def take(self, number: int, line: str) -> None:
        if self._in_head and line and self._take_head(number, line):
            return
        part = self.parts[-1]
        if not line:
            self._open = False
        elif line.startswith("#"):
            self._in_head = False
            self._open = False
            self.parts.append(Part(line.lstrip("#").strip()))
        elif line.startswith(("- ", "-　", "* ", "-/", "-http")):
            self._in_head = False
            self._open = False
            if entry := self._entry(number, line[1:].strip()):
                part.entries.append(entry)
        else:
            self._in_head = False
            if self._open:
                part.text[-1] += "\n" + line
            else:
                part.text.append(line)
            self._open = True

    def _note(self, number: int, problem: str, remedy: str) -> None:
        self.findings.append(Finding(f"{self.file}:{number}", problem, remedy))

    def _take_head(self, number: int, line: str) -> bool:
        found = _HEAD.fullmatch(line)
        key = _KEYS.get(found[1].strip().lower()) if found else None
        if found is None or key is None:
            return False
        value = found[2].strip()
        if key == "title":
            self.title = value[:60]
        else:
            self._take_dates(number, value)
        return True

    def _take_dates(self, number: int, value: str) -> None:
        found = _DATES.fullmatch(value)
        try:
            if found is None:
                raise ValueError
            first, last = (date(*map(int, day.split("-"))) for day in found.groups())
            if last < first:
                raise ValueError
        except ValueError:
            self._note(number, f"日期读不懂：{value}", "写成“日期：2027-06-01 至 2027-06-30”")
            return
        self.first, self.last = first, last

    def _entry(self, number: int, said: str) -> Entry | None:
        self._entries += 1
        if self._entries > MOST_ENTRIES:
            if self._entries == MOST_ENTRIES + 1:
                self._note(number, f"超过{MOST_ENTRIES}条，以下不显示", "分成几个专题")
            return None
        entry = self._named(number, said)
        if entry is None:
            self._note(
                number,
                f"不是本馆的地址：{said[:40]}",
                "打开要推荐的资源，从地址栏复制以 /items/ 开头的部分；或者写“检索：词”",
            )
        elif entry.query:
            self._searches += 1
            if self._searches > MOST_SEARCHES:
                self._note(number, f"检索超过{MOST_SEARCHES}个，这一个不显示", "直接列出资源的地址")
                return None
        return entry

    def _named(self, number: int, said: str) -> Entry | None:
        if search := _SEARCH.fullmatch(said):
            return Entry(number, query=search[1].strip()[:100])
        written, _, note = said.replace("　", " ").partition(" ")
        note = note.strip()
        try:
            address = urlsplit(written)
            values = {name: one[0] for name, one in parse_qs(address.query).items()}
        except ValueError:
            return None
        path = address.path
        if item := _ITEM.fullmatch(path):
            return Entry(number, bag=unquote(item[1]), id=unquote(item[2]), note=note)
        if path.rstrip("/") == "/search" and values.get("q", "").strip():
            query = values["q"].strip()[:100]
            return Entry(number, query=query, collection=values.get("in", ""), note=note)
        if collection := _COLLECTION.fullmatch(path):
            return Entry(number, collection=unquote(collection[1]), note=note)
        return None


def entries(topic: Topic) -> Iterator[Entry]:
    """Yield all that a topic names, in order."""
    for part in topic.parts:
        yield from part.entries
