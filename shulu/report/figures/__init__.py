"""The figures of a province's report as plain data; each names by number the receipts that it rests on.

docs/report.md describes the document, ``report.schema.json`` is its form.
"""

from __future__ import annotations

from shulu.report.evidence import KINDS, Counted
from shulu.report.figures.content import collections, routes
from shulu.report.figures.course import dates, failures
from shulu.report.figures.coverage import coverage, libraries
from shulu.report.figures.known import MOMENT, Inputs, Known, Row
from shulu.report.figures.used import used

FORMAT = 1

__all__ = ["FORMAT", "MOMENT", "Inputs", "Row", "build"]


def build(inputs: Inputs) -> Row:
    """Return the report's document."""
    known = Known(inputs)
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
        "coverage": coverage(known),
        "collections": collections(known),
        "routes": routes(known),
        "dates": dates(known),
        "plan": inputs.plan
        and {
            "disks": {size: inputs.plan.disks[size] for size in sorted(inputs.plan.disks, key=float)},
            "costs": inputs.plan.costs,
            "late": inputs.plan.late,
        },
        "failures": failures(known),
        "usage": None if inputs.usage is None else used(inputs.usage, known.names),
        "libraries": libraries(known),
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


def _receipt(receipt: Counted) -> Row:
    return {
        "no": receipt.no,
        "library": receipt.library.code,
        "name": receipt.library.name,
        "file": receipt.file,
        "sha256": receipt.digest,
        "release": receipt.release.name,
        "route": receipt.route,
        "started": f"{receipt.started:{MOMENT}}",
        "ended": f"{receipt.ended:{MOMENT}}",
        "bytes": receipt.bytes,
        "travelled_bytes": receipt.travelled_bytes,
        "bad_files": len(receipt.bad_files),
    }
