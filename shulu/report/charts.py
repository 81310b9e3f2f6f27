"""Charts as SVG that browsers and the PDF's maker draw alike: plain shapes, every style an attribute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from math import ceil, log10

FONT = "Noto Sans CJK SC, Microsoft YaHei, sans-serif"
WIDE = 760
_LEFT, _ROW, _PAIR = 190, 22, 38
Part = tuple[str, str]
"""A series: its name and colour."""


def bars(rows: Sequence[tuple[str, Sequence[float]]], parts: Sequence[Part], unit: str, name: str) -> str:
    """Draw a bar a row, stacked of parts; the numbers stand at its end."""
    most = max((sum(values) for _, values in rows), default=0) or 1
    scale = (WIDE - _LEFT - 170) / most
    found = [_key(parts)]
    for place, (label, values) in enumerate(rows):
        y, x = 34 + place * _ROW, float(_LEFT)
        found.append(_text(_LEFT - 10, y + 14, label, anchor="end"))
        for value, (_, colour) in zip(values, parts, strict=True):
            if value:
                found.append(_box(x, y + 2, value * scale, _ROW - 8, colour))
                x += value * scale
        told = " / ".join(f"{value:,.4g}" if value % 1 else f"{value:,.0f}" for value in values)
        found.append(_text(x + 8, y + 14, f"{told}{unit}", colour="#555"))
    return _svg(40 + len(rows) * _ROW, found, name)


def pairs(rows: Sequence[tuple[str, float, float]], parts: Sequence[Part], unit: str, name: str) -> str:
    """Draw two bars a row on a scale of powers of ten, since the greatest is a thousand times the least."""
    values = [value for _, *both in rows for value in both if value > 0]
    if not values:
        return ""
    least, most = 10 ** (ceil(log10(min(values))) - 1), max(values)
    scale = (WIDE - _LEFT - 120) / max(log10(most / least), 1)
    found = [_key(parts)]
    decade = least
    bottom = 34 + len(rows) * _PAIR
    while decade <= most:
        x = _LEFT + log10(decade / least) * scale
        found.append(_line(x, 30, x, bottom, "#e3e8ee"))
        found.append(_text(x, bottom + 14, f"{decade:.12g}", anchor="middle", colour="#777"))
        decade *= 10
    for place, (label, *both) in enumerate(rows):
        y = 34 + place * _PAIR
        found.append(_text(_LEFT - 10, y + 22, label, anchor="end"))
        for lower, (value, (_, colour)) in enumerate(zip(both, parts, strict=True)):
            wide = max(log10(value / least) * scale, 1.5) if value > 0 else 0.0
            if wide:
                found.append(_box(_LEFT, y + 3 + 16 * lower, wide, 14, colour))
            if value > 0:
                found.append(_text(_LEFT + wide + 6, y + 14 + 16 * lower, f"{value:,.3g}{unit}", "#555"))
    return _svg(bottom + 22, found, name)


def steps(days: Sequence[tuple[str, int]], goal: int, part: Part, name: str) -> str:
    """Draw how many there were day by day, and the goal as a line. Days are ``YYYY-MM-DD``, sorted."""
    if not days:
        return ""
    high, top, bottom, left, right = 200, 30, 230, 70, WIDE - 30
    begin = date.fromisoformat(days[0][0])
    span = max((date.fromisoformat(days[-1][0]) - begin).days, 1)
    most = max(goal, days[-1][1], 1)

    def x(day: str) -> float:
        return left + (date.fromisoformat(day) - begin).days / span * (right - left)

    def y(count: float) -> float:
        return bottom - count / most * high

    found = []
    for quarter in range(5):
        count = most * quarter / 4
        found.append(_line(left, y(count), right, y(count), "#e3e8ee"))
        found.append(_text(left - 8, y(count) + 4, f"{count:,.0f}", anchor="end", colour="#777"))
    points, before = [f"{left:.1f},{y(0):.1f}"], 0
    for day, count in days:
        points += [f"{x(day):.1f},{y(before):.1f}", f"{x(day):.1f},{y(count):.1f}"]
        before = count
    area = [*points, f"{right:.1f},{y(before):.1f}"]
    found.append(
        f'<polygon points="{" ".join([*area, f"{right:.1f},{bottom}", f"{left:.1f},{bottom}"])}" '
        f'fill="{part[1]}" fill-opacity="0.15"/>'
    )
    found.append(f'<polyline points="{" ".join(area)}" fill="none" stroke="{part[1]}" stroke-width="2"/>')
    found.append(_line(left, y(goal), right, y(goal), "#c53030", dash="5 4"))
    found.append(_text(right, top - 10, f"应覆盖 {goal:,} 家", "#c53030", anchor="end"))
    marked = [days[place][0] for place in range(0, len(days), ceil(len(days) / 8))]
    for day in marked:
        found.append(_text(x(day), bottom + 18, day[5:], colour="#777", anchor="middle"))
    return _svg(bottom + 28, found, name)


def _svg(height: float, parts: Sequence[str], name: str) -> str:
    return (
        f'<figure><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {height:.0f}" '
        f'role="img" aria-label="{escape(name)}">{"".join(parts)}</svg></figure>'
    )


def _key(parts: Sequence[Part]) -> str:
    found, x = [], float(_LEFT)
    for name, colour in parts:
        found += [_box(x, 8, 14, 11, colour), _text(x + 20, 18, name)]
        x += 40 + 18 * len(name)
    return "".join(found)


def _box(x: float, y: float, wide: float, high: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="{colour}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{dashed}/>'


def _text(
    x: float, y: float, text: str, colour: str = "#333", size: int = 12, *, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" text-anchor="{anchor}" '
        f'font-family="{FONT}">{escape(text)}</text>'
    )
