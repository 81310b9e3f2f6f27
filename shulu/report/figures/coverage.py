"""Who is reached: libraries by tier and by prefecture against the registry, and one by one."""

from __future__ import annotations

from collections.abc import Iterable

from shulu.registry import Library
from shulu.registry.model import TIERS
from shulu.registry.prefecture import prefecture
from shulu.report.figures.known import MOMENT, Known, Row


def coverage(known: Known) -> Row:
    """Count libraries by tier and by prefecture against the registry."""
    every = known.inputs.libraries
    groups: dict[str, list[Library]] = {}
    for each in every:
        if each.tier != "province":
            groups.setdefault(_group(each), []).append(each)
    return {
        "total": _covered(known, "total", "合计", every),
        "tiers": [
            _covered(known, tier, "", found)
            for tier in TIERS
            if (found := [each for each in every if each.tier == tier])
        ],
        "prefectures": [
            _covered(known, code, prefecture(groups[code][0].code, known.names), groups[code])
            for code in sorted(groups)
        ],
    }


def _group(library: Library) -> str:
    return f"{library.code[:4]}00"


def _covered(known: Known, id_: str, name: str, libraries: Iterable[Library]) -> Row:
    codes = [each.code for each in libraries]
    enrolled = {each.code for each in libraries if each.address}
    live = [code for code in codes if code in known.live]
    return {
        "id": id_,
        "name": name,
        "registered": len(codes),
        "enrolled": len(enrolled),
        "live": len(live),
        "current": sum(map(known.is_current, codes)),
        "pending": len(enrolled - set(live)),
        "awaiting": len(set(codes) - enrolled - set(live)),
        "receipts": known.numbers(live),
    }


def libraries(known: Known) -> list[Row]:
    """Return a row for each library, sorted by code."""
    found = []
    for each in sorted(known.inputs.libraries, key=lambda each: each.code):
        live = known.live.get(each.code)
        state = "current" if known.is_current(each.code) else "live" if live else ""
        found.append({
            "code": each.code,
            "name": each.name,
            "tier": each.tier,
            "prefecture": _group(each) if each.tier != "province" else "",
            "wave": each.wave,
            "state": state or ("pending" if each.address else "awaiting"),
            "release": live.release.name if live else "",
            "route": live.route if live else "",
            "bytes": live.bytes if live else 0,
            "first": f"{known.first[each.code].ended:{MOMENT}}" if live else "",
            "last": f"{live.ended:{MOMENT}}" if live else "",
            "receipts": sorted(receipt.no for receipt in known.by[each.code]),
        })  # fmt: skip
    return found
