"""Which prefecture a library lies in, by its code (GB/T 2260: province, prefecture, county)."""

from __future__ import annotations

from collections.abc import Mapping

_MUNICIPALITIES = {"11", "12", "31", "50"}
_SUFFIX = "图书馆"


def prefecture(code: str, names: Mapping[str, str]) -> str:
    """Name it: by the city library among ``names`` (by code), or by what the standard groups so."""
    number = code[2:4]
    if number == "00":
        return "省级"
    city = names.get(f"{code[:4]}00")
    if city:
        return city.removesuffix(_SUFFIX)
    if code[:2] in _MUNICIPALITIES and number in {"01", "02"}:
        return "市辖区" if number == "01" else "县"
    return "省直辖" if number == "90" else code[:4]
