"""The provinces' reports added up: each is checked first, and told by its file what is wrong with it."""

from __future__ import annotations

import functools
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from shulu.content.signature import NAMESPACE_REPORT, Trust, read_regular, verify
from shulu.findings import Finding, Refused, refuse
from shulu.programme import place
from shulu.registry import ROUTES
from shulu.registry.model import TIERS
from shulu.report.figures import FORMAT
from shulu.report.make import FILE, SIGNATURE
from shulu.report.sources import COSTS
from shulu.report.words import line, minute

MOST_BYTES = 1 << 30
"""Bytes of one province's report; of 30,000 libraries it has some fifty million."""
_COVERED = ("registered", "enrolled", "live", "current", "pending", "awaiting")
_DIGITS = 18
_REMEDY = "have the province run report.yml again"
Row = dict[str, Any]


def gather(folders: Sequence[Path], trust: Path | None = None) -> Row:
    """Read the report in each folder and return the nation's document.

    With a folder of trust each must be signed by a key that it lists for the province's code. Raises Refused
    with what is wrong with each: missing, no report, sums that do not hold, unsigned, a province twice.
    """
    reports: dict[str, tuple[str, Row]] = {}
    sources: list[Row] = []
    findings: list[Finding] = []
    for folder in folders:
        file = folder / FILE
        try:
            text, report = _read(file)
            if trust is not None:
                verify(text, folder / SIGNATURE, Trust.at(trust), principal=report["province"]["code"],
                       namespace=NAMESPACE_REPORT)  # fmt: skip
        except Refused as refused:
            findings.extend(refused.findings)
            continue
        code, name = report["province"]["code"][:2], report["province"]["name"]
        if code in reports:
            problem = f"is of {name}, and so is {reports[code][0]}"
            findings.append(Finding(str(file), problem, "name one report a province"))
            continue
        reports[code] = (str(file), report)
        digest = f"sha256:{hashlib.sha256(text).hexdigest()}"
        signed = trust is not None
        sources.append(
            {"province": report["province"]["code"], "what": name, "sha256": digest, "signed": signed}
        )
    if not folders:
        findings.append(Finding("FOLDER", "no report is named", "name the folders of provinces' reports"))
    if findings:
        raise Refused(findings)
    found = [reports[code][1] for code in sorted(reports)]
    return _add(found, sorted(sources, key=lambda each: each["province"]))


def _read(file: Path) -> tuple[bytes, Row]:
    text = read_regular(file, MOST_BYTES)
    try:
        report = json.loads(text, parse_int=_integer, parse_float=_number, parse_constant=_number)
    except (ValueError, RecursionError) as error:
        raise refuse(str(file), f"is no JSON: {line(str(error))}", _REMEDY) from error
    wrong = next(_validator().iter_errors(report), None)
    if wrong is not None:
        at = "/".join(map(str, wrong.absolute_path)) or "whole"
        raise refuse(
            str(file), f"is no report of a province: {line(at)}: {line(wrong.message, 120)}", _REMEDY
        )
    if problem := next(_unsound(report), ""):
        raise refuse(str(file), f"does not add up: {problem}", _REMEDY)
    return text, dict(report)


def _integer(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError(f"{text[:_DIGITS]}... is no count")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not abs(number) < 10**_DIGITS:
        raise ValueError(f"{text[:_DIGITS]} is no figure")
    return number


def _unsound(report: Mapping[str, Any]) -> Iterator[str]:
    """Find sums that do not hold: nobody's hand may have been in it since."""
    covered, libraries = report["coverage"], report["libraries"]
    named = (report["province"]["name"], report["release"]["name"] if report["release"] else "")
    if any(line(name) != name for name in (*named, *(row["name"] for row in report["collections"]))):
        yield "a name is no single line"
    try:
        for each in (report["as_of"], report["dates"]["first"], report["dates"]["last"]):
            minute(each)
    except ValueError:
        yield "a moment that is none"
    states = Counter(each["state"] for each in libraries)
    total = covered["total"]
    for key in _COVERED:
        if total[key] != sum(row[key] for row in covered["tiers"]):
            yield f"coverage of the tiers, {key}"
    if total["registered"] != len(libraries) or total["current"] != states["current"]:
        yield "coverage against the libraries"
    if total["live"] != states["current"] + states["live"] or total["pending"] != states["pending"]:
        yield "coverage against the libraries"
    numbers = [each["no"] for each in report["receipts"]]
    if numbers != list(range(1, len(numbers) + 1)):
        yield "the receipts are not numbered one by one"
    rows = [*covered["tiers"], *report["collections"], *report["routes"], *libraries]
    if any(not 1 <= no <= len(numbers) for row in rows for no in row["receipts"]):
        yield "a figure rests on a receipt that is not there"
    if any(len(row["receipts"]) != row["live"] for row in (total, *covered["tiers"])):
        yield "a library counts as live without a receipt"
    if sum(row["receipts"] for row in report["rejected_by_kind"]) != len(report["rejected"]):
        yield "the receipts that do not count"


@functools.cache
def _validator() -> Validator:
    text = resources.files("shulu.report").joinpath("report.schema.json").read_bytes()
    checker = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)
    strict: type[Validator] = extend(Draft202012Validator, type_checker=checker)  # type: ignore[no-untyped-call]
    return strict(json.loads(text))


def _is_integer(_: Any, value: object) -> bool:
    # JSON Schema takes 1.0 for one.
    return type(value) is int


def _add(reports: Sequence[Row], sources: Sequence[Row]) -> Row:
    tiers = [row for each in reports for row in each["coverage"]["tiers"]]
    return {
        "format": FORMAT,
        "kind": "national",
        "as_of": max(each["as_of"] for each in reports),
        "provinces": [_province(each) for each in reports],
        "coverage": {
            "total": _covered("total", [each["coverage"]["total"] for each in reports]),
            "tiers": [
                _covered(tier, found)
                for tier in TIERS
                if (found := [row for row in tiers if row["id"] == tier])
            ],
        },
        "collections": _collections(reports),
        "routes": [
            _sum(
                [row for each in reports for row in each["routes"] if row["id"] == route],
                ("planned", "live", "live_bytes", "deliveries", "travelled_bytes", "travelled_files"),
            )
            | {"id": route}
            for route in ROUTES
        ],
        "plan": _plan([each["plan"] for each in reports if each["plan"]]),
        "sources": list(sources),
    }


def _sum(rows: Sequence[Mapping[str, Any]], keys: Iterable[str]) -> Row:
    return {key: sum(row[key] for row in rows) for key in keys}


def _covered(id_: str, rows: Sequence[Mapping[str, Any]]) -> Row:
    return {"id": id_} | _sum(rows, _COVERED)


def _province(report: Mapping[str, Any]) -> Row:
    failures, usage = report["failures"], report["usage"]
    return {
        "id": report["province"]["code"],
        "name": report["province"]["name"],
        "as_of": report["as_of"],
        "release": report["release"]["name"] if report["release"] else "",
        **{key: report["coverage"]["total"][key] for key in _COVERED},
        "live_bytes": sum(row["live_bytes"] for row in report["collections"]),
        "first": report["dates"]["first"],
        "last": report["dates"]["last"],
        "receipts": len(report["receipts"]),
        "rejected": len(report["rejected"]),
        "damaged_files": sum(row["files"] for row in failures["damaged"]),
        "troubles": len(failures["status"]),
        "cost": report["plan"]["costs"].get(COSTS[-1]) if report["plan"] else None,
        "visits": usage["total"]["visits"] if usage else None,
        "views": usage["total"]["views"] if usage else None,
        "downloads": usage["total"]["downloads"] if usage else None,
    }


def _collections(reports: Sequence[Row]) -> list[Row]:
    by: dict[str, list[Row]] = {}
    for report in reports:
        for row in report["collections"]:
            by.setdefault(row["id"], []).append(row)
    return [
        {key: by[id_][0][key] for key in ("id", "name", "table_tb", "table_shared", "table_count")}
        | {
            "release_bytes": max(row["release_bytes"] for row in by[id_]),
            "provinces": sum(bool(row["libraries"]) for row in by[id_]),
        }
        | _sum(by[id_], ("libraries", "live_bytes"))
        for id_ in sorted(by, key=place)
    ]


def _plan(plans: Sequence[Row]) -> Row | None:
    if not plans:
        return None
    disks: Counter[str] = Counter()
    for each in plans:
        disks.update(each["disks"])
    return {
        "provinces": len(plans),
        "disks": {size: disks[size] for size in sorted(disks, key=float)},
        "costs": {name: round(sum(each["costs"].get(name, 0) for each in plans), 2) for name in COSTS},
        "late": sum(each["late"] for each in plans),
    }
