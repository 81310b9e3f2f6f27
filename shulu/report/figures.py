"""The figures of a province's report as plain data; each names by number the receipts that it rests on.

docs/report.md describes the document, ``report.schema.json`` is its form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shulu.content.release import Release
from shulu.programme import COLLECTIONS, RESOURCES, collection, place
from shulu.registry import ROUTES, Library
from shulu.registry.model import TIERS
from shulu.report.evidence import KINDS, Counted, Rejected
from shulu.report.sources import Planned, Trouble
from shulu.report.usage import Usage

FORMAT = 1
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
Row = dict[str, Any]


@dataclass(frozen=True)
class Inputs:
    """All that a report is made from. ``records`` are counts by bag (id, version), None where unknown."""

    province: str
    libraries: Sequence[Library]
    receipts: Sequence[Counted]
    rejected: Sequence[Rejected]
    release: Release | None
    as_of: str
    records: Mapping[tuple[str, str], int | None]
    plan: Planned | None = None
    status: tuple[str, Sequence[Trouble]] | None = None
    usage: Sequence[Usage] | None = None
    sources: Sequence[Row] = ()
    notes: Sequence[str] = ()


def build(inputs: Inputs) -> Row:
    """Return the report's document."""
    known = _Known(inputs)
    hub = next(each for each in inputs.libraries if each.tier == "province")
    release = inputs.release
    return {
        "format": FORMAT,
        "kind": "province",
        "province": {"code": hub.code, "name": inputs.province},
        "as_of": inputs.as_of,
        "release": release
        and {
            "name": release.name,
            "issued": f"{release.issued:{MOMENT}}",
            "bytes": release.bytes,
            "files": release.files,
        },
        "notes": list(inputs.notes),
        "coverage": known.coverage(),
        "collections": known.collections(),
        "routes": known.routes(),
        "dates": known.dates(),
        "plan": inputs.plan
        and {
            "disks": {size: inputs.plan.disks[size] for size in sorted(inputs.plan.disks, key=float)},
            "costs": inputs.plan.costs,
            "late": inputs.plan.late,
        },
        "failures": known.failures(),
        "usage": known.usage(),
        "libraries": known.rows(),
        "receipts": [_receipt(each) for each in inputs.receipts],
        "rejected": [
            {
                "kind": each.kind,
                "library": each.library,
                "file": each.file,
                "sha256": each.digest,
                "zh": each.zh,
                "en": each.en,
            }
            for each in inputs.rejected
        ],
        "rejected_by_kind": [
            {"kind": kind, "name": name, "receipts": count}
            for kind, name in KINDS.items()
            if (count := sum(each.kind == kind for each in inputs.rejected))
        ],
        "sources": list(inputs.sources),
    }


class _Known:
    """The receipts by library, and what follows from them."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.by: dict[str, list[Counted]] = {each.code: [] for each in inputs.libraries}
        for receipt in inputs.receipts:
            self.by[receipt.library.code].append(receipt)
        self.newest = {code: receipts[-1] for code, receipts in self.by.items() if receipts}
        self.live = {code: receipt for code, receipt in self.newest.items() if receipt.live}
        self.first = {code: next(receipt for receipt in self.by[code] if receipt.live) for code in self.live}
        self.names = {each.code: each.name for each in inputs.libraries}
        self.cities = {each.code for each in inputs.libraries if each.tier == "city"}

    def is_current(self, code: str) -> bool:
        """Whether the newest release is what is live there."""
        release = self.inputs.release
        return code in self.live and release is not None and self.live[code].release.mark == release.mark

    def prefecture(self, library: Library) -> str:
        """Return the code of the prefecture that a library lies in, "" for those right below the province."""
        by_code = f"{library.code[:4]}00"
        above = by_code if by_code in self.cities else library.parent
        return above if above in self.cities else ""

    def coverage(self) -> Row:
        """Count libraries by tier and by prefecture against the registry."""
        libraries = self.inputs.libraries
        groups: dict[str, list[Library]] = {}
        for each in sorted(libraries, key=lambda each: each.code):
            if each.tier != "province":
                groups.setdefault(self.prefecture(each), []).append(each)
        names = {code: self.names[code].removesuffix("图书馆") for code in groups if code}
        return {
            "total": self._covered("total", "合计", libraries),
            "tiers": [
                self._covered(tier, "", found)
                for tier in TIERS
                if (found := [each for each in libraries if each.tier == tier])
            ],
            "prefectures": [
                self._covered(code, names.get(code, "省直属"), groups[code])
                for code in sorted(groups, key=lambda code: (not code, code))
            ],
        }

    def _covered(self, id_: str, name: str, libraries: Iterable[Library]) -> Row:
        codes = [each.code for each in libraries]
        enrolled = {each.code for each in libraries if each.address}
        live = [code for code in codes if code in self.live]
        return {
            "id": id_,
            "name": name,
            "registered": len(codes),
            "enrolled": len(enrolled),
            "live": len(live),
            "current": sum(map(self.is_current, codes)),
            "pending": len(enrolled - set(live)),
            "awaiting": len(set(codes) - enrolled - set(live)),
            "receipts": self._numbers(live),
        }

    def _numbers(self, codes: Iterable[str]) -> list[int]:
        return sorted(self.live[code].no for code in codes)

    def collections(self) -> list[Row]:
        """Hold what the release has and what is live against the programme's resource table."""
        release = self.inputs.release
        bags = release.bags if release else ()
        live_ids = {bag.collection for receipt in self.live.values() for bag in receipt.bags}
        ids = {each.id for each in COLLECTIONS} | {bag.collection for bag in bags} | live_ids
        found = []
        for id_ in sorted(ids, key=place):
            table = RESOURCES.get(id_)
            own = [bag for bag in bags if bag.collection == id_]
            counts = [self.inputs.records.get((bag.id, bag.version)) for bag in own]
            holders = {
                code: sum(bag.bytes for bag in receipt.bags if bag.collection == id_)
                for code, receipt in self.live.items()
                if any(bag.collection == id_ for bag in receipt.bags)
            }
            found.append({
                "id": id_,
                "name": collection(id_).zh if id_ != "kit" else "部署套件",
                "table_tb": table and table.tb,
                "table_shared": table.shared if table else "",
                "table_count": table and table.count,
                "table_at_least": bool(table and table.at_least),
                "unit": table.unit if table else "",
                "release_bytes": sum(bag.bytes for bag in own),
                "release_files": sum(bag.files for bag in own),
                "records": None if not own or None in counts else sum(filter(None, counts)),
                "libraries": len(holders),
                "live_bytes": sum(holders.values()),
                "receipts": self._numbers(holders),
            })  # fmt: skip
        return found

    def routes(self) -> list[Row]:
        """Count libraries by route, as planned and as their receipts have it, and what travelled."""
        found = []
        for route in ROUTES:
            deliveries = [each for each in self.inputs.receipts if each.route == route]
            live = [code for code, receipt in self.live.items() if receipt.route == route]
            found.append({
                "id": route,
                "planned": sum(each.route == route for each in self.inputs.libraries),
                "live": len(live),
                "live_bytes": sum(self.live[code].bytes for code in live),
                "deliveries": len(deliveries),
                "travelled_bytes": sum(each.document["travelled_bytes"] for each in deliveries),
                "travelled_files": sum(each.document["travelled_files"] for each in deliveries),
                "receipts": [each.no for each in deliveries],
            })  # fmt: skip
        return found

    def dates(self) -> Row:
        """Tell when libraries first had something: all, wave by wave, and day by day."""
        waves: dict[int, list[str]] = {}
        for each in self.inputs.libraries:
            waves.setdefault(each.wave, []).append(each.code)
        days = Counter(f"{receipt.ended:%Y-%m-%d}" for receipt in self.first.values())
        plan, total, daily = self.inputs.plan, 0, []
        for day in sorted(days):
            total += days[day]
            daily.append({"day": day, "live": total})
        return {
            **self._span(self.first),
            "waves": [
                {
                    "wave": wave,
                    "libraries": len(codes),
                    "live": sum(code in self.live for code in codes),
                    **self._span(codes),
                    "planned": max((plan.ends.get(code, "") for code in codes), default="") if plan else "",
                }
                for wave, codes in sorted(waves.items())
            ],
            "daily": daily,
        }

    def _span(self, codes: Iterable[str]) -> Row:
        first = [self.first[code] for code in codes if code in self.first]
        moments = sorted(f"{receipt.ended:{MOMENT}}" for receipt in first)
        return {
            "first": moments[0] if moments else "",
            "last": moments[-1] if moments else "",
            "receipts": sorted(receipt.no for receipt in first),
        }

    def failures(self) -> Row:
        """Tell what went wrong and why: damaged files, the last status, libraries without a receipt."""
        damaged = []
        for code in sorted(self.by):
            bad = [each for each in self.by[code] if each.document["bad_files"]]
            files = Counter(each.route for each in bad for _ in each.document["bad_files"])
            if bad:
                damaged.append({
                    "library": code,
                    "name": self.names[code],
                    "routes": dict(sorted(files.items())),
                    "files": files.total(),
                    "examples": sorted({file for each in bad for file in each.document["bad_files"]})[:3],
                    "receipts": [each.no for each in bad],
                })  # fmt: skip
        written, troubles = self.inputs.status or ("", ())
        return {
            "damaged": damaged,
            "status_written": written,
            "status": [
                {
                    "library": each.library,
                    "name": self.names.get(each.library, ""),
                    "kind": each.kind,
                    "problem": each.problem,
                }
                for each in sorted(troubles, key=lambda each: (each.kind, each.library))
            ],
            "silent": [
                {"library": each.code, "name": each.name}
                for each in sorted(self.inputs.libraries, key=lambda each: each.code)
                if each.address and each.code not in self.newest
            ],
        }

    def usage(self) -> Row | None:
        """Add usage up by month, collection and library; a library's own total stands above its parts."""
        rows = self.inputs.usage
        if rows is None:
            return None
        whole = {(each.library, each.month) for each in rows if not each.collection}
        counted = [each for each in rows if not each.collection or (each.library, each.month) not in whole]
        parts = [each for each in rows if each.collection]
        by_month, by_id, by_library = (
            _grouped(each, key)
            for each, key in ((counted, "month"), (parts, "collection"), (counted, "library"))
        )
        return {
            "total": _counts("合计", counted),
            "months": [_counts(month, by_month[month]) for month in sorted(by_month)],
            "collections": [_counts(collection(id_).zh, by_id[id_]) for id_ in sorted(by_id, key=place)],
            "libraries": [
                {"library": code} | _counts(self.names[code], by_library[code]) for code in sorted(by_library)
            ],
        }

    def rows(self) -> list[Row]:
        """Return a row for each library, sorted by code."""
        found = []
        for each in sorted(self.inputs.libraries, key=lambda each: each.code):
            live = self.live.get(each.code)
            state = "current" if self.is_current(each.code) else "live" if live else ""
            found.append({
                "code": each.code,
                "name": each.name,
                "tier": each.tier,
                "prefecture": self.prefecture(each) if each.tier != "province" else "",
                "wave": each.wave,
                "state": state or ("pending" if each.address else "awaiting"),
                "release": live.release.name if live else "",
                "route": live.route if live else "",
                "bytes": live.bytes if live else 0,
                "first": f"{self.first[each.code].ended:{MOMENT}}" if live else "",
                "last": f"{live.ended:{MOMENT}}" if live else "",
                "receipts": [receipt.no for receipt in self.by[each.code]],
            })  # fmt: skip
        return found


def _grouped(rows: Iterable[Usage], key: str) -> dict[str, list[Usage]]:
    found: dict[str, list[Usage]] = {}
    for each in rows:
        found.setdefault(getattr(each, key), []).append(each)
    return found


def _counts(name: str, rows: Iterable[Usage]) -> Row:
    visits, views, downloads = (sum(each.counts[place] for each in rows) for place in range(3))
    return {"name": name, "visits": visits, "views": views, "downloads": downloads}


def _receipt(receipt: Counted) -> Row:
    said = receipt.document
    return {
        "no": receipt.no,
        "library": receipt.library.code,
        "name": receipt.library.name,
        "file": receipt.file,
        "sha256": receipt.digest,
        "release": receipt.release.name,
        "route": receipt.route,
        "started": said["started"],
        "ended": said["ended"],
        "bytes": receipt.bytes,
        "travelled_bytes": said["travelled_bytes"],
        "bad_files": len(said["bad_files"]),
    }
