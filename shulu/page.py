"""Pages as every room writes them: nothing beside them, no script, no outside request. Chinese first."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from html import escape

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
"""Content Security Policy Level 3: what a page that somebody mails around may do."""

Head = tuple[str, str]
"""A column's heading, Chinese and English; "" where the page has no English."""


def document(title: str, style: str, parts: Iterable[str]) -> str:
    """Return the page. ``title`` and ``parts`` are HTML already."""
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f"<style>{style}</style></head>\n<body>" + "\n".join(parts) + "\n</body></html>\n"
    )


def table(heads: Iterable[Head], body: Iterable[str], numbers: Collection[int] = ()) -> str:
    """Return a table of rows; the columns whose places are in ``numbers`` stand to the right."""
    cells = "".join(
        f"<th{' class=n' if place in numbers else ''}>{zh}{f'<small>{en}</small>' if en else ''}</th>"
        for place, (zh, en) in enumerate(heads)
    )
    return f"<table><thead><tr>{cells}</tr></thead><tbody>" + "\n".join(body) + "</tbody></table>"


def cells(heads: Iterable[Head], values: Iterable[object], numbers: Collection[int] = ()) -> str:
    """Return the cells of a row; each knows its heading, for narrow screens."""
    return "".join(
        f'<td data-head="{zh}"{" class=n" if place in numbers else ""}>{escape(str(value))}</td>'
        for place, ((zh, _), value) in enumerate(zip(heads, values, strict=True))
    )
