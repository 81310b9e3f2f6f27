"""``routes.csv`` beside a registry: what the plan chose for libraries whose route and wave are left open.

What the registry itself says is stronger. Written by the plan, read like any other sheet; without the file
nothing changes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from shulu.findings import Finding, Refused, refuse
from shulu.registry import cells
from shulu.registry.model import ROUTES, Library, Registry
from shulu.registry.table import decode, rows

FILE = "routes.csv"
_HEADING = ("馆代码", "推送方式", "批次")
_WORDS = {"network": "网络", "disk": "硬盘", "remote": "远程"}
_REMEDY = "remove the file, then plan anew"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the plan says of one library."""

    code: str
    route: str
    wave: int


def encode(chosen: Iterable[Chosen]) -> bytes:
    """Write the file: UTF-8 with BOM, so that a spreadsheet shows it right."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADING)
    writer.writerows((each.code, _WORDS[each.route], each.wave) for each in chosen)
    return text.getvalue().encode("utf-8-sig")


def apply(registry: Registry, path: Path) -> Registry:
    """Give the libraries left open what the file says. Raises Refused with all that is wrong in it."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return registry
    except OSError as error:
        raise refuse(str(path), f"cannot be read ({error.strerror})", _REMEDY) from error
    chosen, findings = _read(data, path.name, {library.code for library in registry.libraries})
    libraries = [_with(library, chosen) for library in registry.libraries]

    if findings:
        raise Refused(findings)
    return Registry(tuple(libraries))


def _with(library: Library, chosen: dict[str, tuple[Chosen, int]]) -> Library:
    if library.code not in chosen or library.tier == "province":
        return library
    said = chosen[library.code][0]
    return replace(
        library,
        route=said.route if library.auto else library.route,
        wave=said.wave if library.any_wave else library.wave,
    )


def _read(data: bytes, where: str, known: set[str]) -> tuple[dict[str, tuple[Chosen, int]], list[Finding]]:
    table, findings = rows(decode(data, where), where)
    found: dict[str, tuple[Chosen, int]] = {}
    for row in table:
        here = f"{where}:{row.line}"
        try:
            chosen = Chosen(
                cells.code(row.cells.get("code", "")),
                cells.route(row.cells.get("route", "")),
                cells.wave(row.cells.get("wave", "")),
            )
        except cells.Unclear as unclear:
            findings.append(Finding(here, unclear.problem, unclear.remedy))
            continue
        if chosen.route not in ROUTES:
            findings.append(Finding(here, "chooses no route", _REMEDY))
        elif chosen.code not in known:
            findings.append(Finding(here, f"no library has the code {chosen.code}", _REMEDY))
        elif chosen.code in found:
            findings.append(Finding(here, f"{chosen.code} is there twice", _REMEDY))
        else:
            found[chosen.code] = (chosen, row.line)
    return found, findings
