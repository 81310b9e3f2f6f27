"""How a record's data is shown: its elements by name, its language, and where a query's words stand in it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote_plus

from flask import url_for
from markupsafe import Markup, escape

from shulu.catalogue.marks import marked
from shulu.portal.parts import clock, seconds

NAMES: dict[str, tuple[str, str]] = {
    "creator": ("责任者", "Creator"),
    "contributor": ("其他责任者", "Contributor"),
    "subject": ("主题", "Subject"),
    "publisher": ("出版者", "Publisher"),
    "date": ("日期", "Date"),
    "language": ("语种", "Language"),
    "source": ("来源", "Source"),
    "relation": ("关联", "Relation"),
    "coverage": ("时空范围", "Coverage"),
    "identifier": ("标识符", "Identifier"),
    "rights": ("权限", "Rights"),
    "series": ("系列", "Series"),
    "issue": ("期次", "Issue"),
    "place": ("地点", "Place"),
    "duration": ("时长", "Duration"),
}
"""The elements that are shown as a table; title and description have places of their own."""

_SEARCHABLE = {"creator", "contributor", "subject", "series", "place"}
_ELSEWHERE = {
    *NAMES,
    "id",
    "title",
    "description",
    "files",
    "type",
    "format",
    "parts",
    "direction",
    "licence",
}
LANGUAGES = {
    "zh": "中文",
    "en": "英文",
    "bo": "藏文",
    "ii": "彝文",
    "kk": "哈萨克文",
    "ko": "朝鲜文",
    "mn": "蒙古文",
    "ug": "维吾尔文",
    "za": "壮文",
}
_CHINA = timezone(timedelta(hours=8))
_NONE = {"zxx", "und", "mul", "mis"}
"""Codes of ISO 639 that name no language: no words, unknown, several, uncoded."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True, slots=True)
class Field:
    """An element of a record: its names, its values, and whether they are worth a search."""

    zh: str
    en: str
    values: tuple[str, ...]
    searchable: bool


def fields(record: Mapping[str, Any]) -> Iterator[Field]:
    """Yield the elements of a record that a table shows, unknown ones last and under their own names."""
    for name in (*NAMES, *sorted(set(record) - _ELSEWHERE)):
        value = record.get(name)
        if name == "duration":
            length = seconds(value)
            value = clock(length) if length else None
        values = tuple(item for item in (value if isinstance(value, list) else [value]) if item)
        if name == "language":
            values = tuple(LANGUAGES.get(item, item) for item in values if item not in _NONE)
        if values:
            zh, en = NAMES.get(name, (name, ""))
            yield Field(zh, en, values, name in _SEARCHABLE)


def language(record: Mapping[str, Any]) -> str:
    """Return a record's language for the attribute ``lang``, Chinese where it says none (BCP 47)."""
    return _tag(str(record.get("language", "")).strip())


@functools.lru_cache(maxsize=256)
def _tag(said: str) -> str:
    return said if _LANGUAGE.fullmatch(said) and said not in _NONE else "zh-CN"


def language_name(code: str) -> str:
    """Return the Chinese name of a language (BCP 47), its code where it has none here."""
    return LANGUAGES.get(code.partition("-")[0], code)


def mark(text: str, query: str) -> Markup:
    """Return a text, escaped, with the words of a query marked where they stand as they were written."""
    shown = (f"<mark>{escape(piece.text)}</mark>" if piece.hit else escape(piece.text)
             for piece in marked(text, query))  # fmt: skip
    return Markup("".join(shown))  # noqa: S704 - every piece is escaped


def query_string(values: Mapping[str, str | None]) -> str:
    """Return the part of an address after ``?`` for the values that are there, ready for one more."""
    return "".join(_pair(name, value) for name, value in values.items() if value)


@functools.lru_cache(maxsize=1024)
def _pair(name: str, value: str) -> str:
    """Return a value as addresses have it: a page of hits says the same again and again."""
    return f"{quote_plus(name)}={quote_plus(value)}&"


def but(values: Mapping[str, str | None], name: str, value: str | None) -> str:
    """Return the part of an address after ``?`` for the values, one of them another one."""
    return query_string({**values, name: value}).rstrip("&")


def china(moment: object) -> str:
    """Return a moment (ISO 8601) as the clock on a library's wall shows it; what is none as it is."""
    try:
        return f"{datetime.fromisoformat(str(moment)).astimezone(_CHINA):%Y-%m-%d %H:%M}"
    except ValueError:
        return str(moment)


@dataclass(frozen=True, slots=True)
class Asset:
    """Addresses of the portal's own files; they change with the content, so that browsers may keep them."""

    digests: Mapping[str, str]
    _known: dict[str, str] = field(default_factory=dict)

    def __call__(self, name: str) -> str:
        """Return the address of a file below ``static/``."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = url_for("static", filename=name, v=self.digests.get(name, "0"))
        return found
