"""Registries and sheets for the tests of this folder."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import openpyxl

CONFIGURATION = (
    "plugin: library_registry\nprovince: 安徽省\nvpn: [10.34.0.0/16]\nlan_ranges: [172.16.0.0/12]\n"
)
REGISTRY = """\
馆代码,馆名,级别,上级馆,虚拟网地址,推送方式,线路速率,#负责,备注
340000,安徽省图书馆,省,,10.34.0.1,,,"王, 三",
340100,合肥市图书馆,市,340000,10.34.1.1,,1000, 李 ,"两行
备注"

340103,庐阳区图书馆,县,340100,,,,,
340104,"蜀山区图书馆",县,340100,,,100,,
"""


def province(folder: Path, data: bytes | str = REGISTRY) -> Path:
    """Write a small province; return its inventory."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "anhui.library_registry.yml").write_text(CONFIGURATION)
    (folder / "libraries.csv").write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def book(rows: Sequence[Sequence[object]], *merged: str) -> bytes:
    """Return a workbook of one sheet."""
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    for reference in merged:
        sheet.merge_cells(reference)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()
