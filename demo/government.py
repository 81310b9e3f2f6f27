"""Government information: the towns of each county, of the statistics office, and guides to software."""

from __future__ import annotations

import json
from collections import defaultdict
from html import escape
from pathlib import Path
from typing import Any

from demo import packages
from demo.fetch import Cache
from demo.sizes import Size
from demo.source import SourceFolder
from demo.webtext import read_page

_PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<head><meta charset="utf-8"><title>{title}</title><meta name="viewport" content="width=device-width"></head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""
_GUIDES = (
    (packages.REFERENCE, "usr/share/debian-reference/*.zh-cn.html", "reference"),
    (packages.INSTALLATION, "usr/share/doc/*/zh_CN/*.html", "installation"),
)


def build(out: SourceFolder, size: Size, cache: Cache) -> None:
    """Write a page a county, the same share of every province, and the guides' pages."""
    _divisions(out, size, cache.tree(packages.DIVISIONS) / "package" / "dist")
    for package, pattern, folder in _GUIDES[:1] if size.name == "tiny" else _GUIDES:
        pages = [read_page(path) for path in sorted(cache.tree(package).glob(pattern))]
        for title, body in [page for page in pages if page[0] and len(page[1]) < 200_000][: size.documents]:
            name = f"{folder}/{len(out) + 1:04}.html"
            out.write(name, _PAGE.format(title=escape(title), body=body).encode())
            out.add(
                folder,
                title,
                [name],
                publisher="Debian计划",
                subject=["信息化", "办事指南"],
                language="zh",
                type="Text",
                format="text/html",
                rights=f"Debian软件包 {package.name}，{package.licence}；只留文字",
            )


def _divisions(out: SourceFolder, size: Size, root: Path) -> None:
    provinces = {row["code"]: row["name"] for row in _rows(root, "provinces")}
    cities = {row["code"]: row["name"] for row in _rows(root, "cities")}
    towns: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _rows(root, "streets"):
        towns[row["areaCode"]].append(row)
    # A 7 as the fifth digit is a development zone that a city made, not a county.
    counties = [row for row in _rows(root, "areas") if row["code"] in towns and row["code"][4] != "7"]
    step = max(1, len(counties) // size.counties)
    for row in counties[::step][: size.counties]:
        code, province = row["code"], provinces[row["provinceCode"]]
        city = cities.get(row["cityCode"], "")
        # Counties of a municipality, or right below their province, stand in a city that is none.
        above = province + (city if city.endswith(("市", "州", "盟", "地区")) and city != "市辖区" else "")
        title = f"{above}{row['name']}行政区划一览"
        listed = towns[code]
        cells = "\n".join(
            f"<tr><td>{town['code']}</td><td>{escape(town['name'])}</td></tr>" for town in listed
        )
        intro = f"<p>{above}{row['name']}（代码{code}）辖乡镇、街道{len(listed)}个。</p>"
        body = f"{intro}\n<table>\n<tr><th>统计用区划代码</th><th>名称</th></tr>\n{cells}\n</table>"
        name = f"divisions/{code[:2]}/{code}.html"
        out.write(name, _PAGE.format(title=title, body=body).encode())
        out.add(
            f"divisions-{code}",
            title,
            [name],
            creator=["国家统计局"],
            subject=["行政区划", province],
            description=f"辖{'、'.join(town['name'] for town in listed)}。"[:300],
            date="2023-06-30",
            coverage=[above + row["name"]],
            identifier=code,
            language="zh",
            type="Text",
            format="text/html",
            rights=f"数据整理 {packages.DIVISIONS.name}，{packages.DIVISIONS.licence}",
        )


def _rows(root: Path, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((root / f"{name}.json").read_text(encoding="utf-8"))
    return sorted(rows, key=lambda row: str(row["code"]))
