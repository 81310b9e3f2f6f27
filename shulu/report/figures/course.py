"""How it went: when libraries first had something, and what went wrong, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from shulu.report.figures.known import MOMENT, Known, Row
from shulu.report.words import BEIJING, line


def dates(known: Known) -> Row:
    """Tell when libraries first had something: all, wave by wave, and day by day."""
    waves: dict[int, list[str]] = {}
    for each in known.inputs.libraries:
        waves.setdefault(each.wave, []).append(each.code)
    days = Counter(f"{receipt.ended.astimezone(BEIJING):%Y-%m-%d}" for receipt in known.first.values())
    plan, total, daily = known.inputs.plan, 0, []
    for day in sorted(days):
        total += days[day]
        daily.append({"day": day, "live": total})
    return {
        **_span(known, known.first),
        "waves": [
            {
                "wave": wave,
                "libraries": len(codes),
                "live": sum(code in known.live for code in codes),
                **_span(known, codes),
                "planned": max((plan.ends.get(code, "") for code in codes), default="") if plan else "",
            }
            for wave, codes in sorted(waves.items())
        ],
        "daily": daily,
    }


def _span(known: Known, codes: Iterable[str]) -> Row:
    first = [known.first[code] for code in codes if code in known.first]
    moments = sorted(f"{receipt.ended:{MOMENT}}" for receipt in first)
    return {
        "first": moments[0] if moments else "",
        "last": moments[-1] if moments else "",
        "receipts": sorted(receipt.no for receipt in first),
    }


def failures(known: Known) -> Row:
    """Tell what went wrong and why: damaged files, the last status, libraries without a receipt."""
    damaged = []
    for code in sorted(known.by):
        bad = [each for each in known.by[code] if each.bad_files]
        files = Counter(each.route for each in bad for _ in each.bad_files)
        if bad:
            damaged.append({
                "library": code,
                "name": known.names[code],
                "routes": dict(sorted(files.items())),
                "files": files.total(),
                "examples": sorted({line(file) for each in bad for file in each.bad_files})[:3],
                "receipts": sorted(each.no for each in bad),
            })  # fmt: skip
    written, troubles = known.inputs.status or ("", ())
    return {
        "damaged": damaged,
        "status_written": written,
        "status": [
            {
                "library": each.library,
                "name": known.names.get(each.library, ""),
                "kind": each.kind,
                "problem": each.problem,
            }
            for each in sorted(troubles, key=lambda each: (each.kind, each.library))
        ],
        "silent": [
            {"library": each.code, "name": each.name}
            for each in sorted(known.inputs.libraries, key=lambda each: each.code)
            if each.address and each.code not in known.newest
        ],
    }
