"""Applications (申报) of townships and communities: filed, listed, accepted into a wave or refused.

They lie in ``inventory/<province>/applications/``: the form as it came, ``<number>.yml`` with what it says
and what became of it, ``<number>.txt`` with the answer. Numbers are the county's code and a count.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path

import yaml

from shulu.findings import Finding, Refused, refuse
from shulu.registry import forms, letters, sheets
from shulu.registry.enrolment import Proposal, propose
from shulu.registry.model import Library, Registry
from shulu.registry.province import of_folder
from shulu.registry.reader import read
from shulu.registry.replace import write
from shulu.registry.table import Row

STATES = ("received", "accepted", "refused")
_NUMBER = re.compile(r"[0-9]{6}-[0-9]{3,}")
# What of a form goes into the registry; who is to be called stays with the application.
_COLUMNS = ("name", "line", "lans", "route", "collections")


@dataclass(frozen=True, slots=True)
class Application:
    """One application. Days are ISO dates; once accepted it has a code and a wave, once refused a reason."""

    number: str
    state: str
    county: str
    received: str
    form: str
    sha256: str
    values: dict[str, str] = field(default_factory=dict)
    decided: str = ""
    reason: str = ""
    code: str = ""
    wave: int = 0


def folder_of(inventory: Path) -> Path:
    """Return where a province keeps its applications."""
    return inventory / "applications"


def load(inventory: Path) -> list[Application]:
    """Return all applications by number. Raises Refused with every record that is none."""
    found: list[Application] = []
    findings: list[Finding] = []
    for path in sorted(folder_of(inventory).glob("*.yml")):
        try:
            found.append(_record(path))
        except Refused as refused:
            findings.extend(refused.findings)
    sheets.refuse_if(findings)
    return found


def receive(inventory: Path, paths: Sequence[Path], today: date) -> list[tuple[Application, bytes]]:
    """Check forms and number them; those that were filed before are left out. Raises Refused."""
    registry = read(*of_folder(inventory))
    known = load(inventory)
    above = {each.code: each.name for each in registry.libraries if each.tier in {"city", "county"}}
    filed: list[tuple[Application, bytes]] = []
    findings: list[Finding] = []
    for path in paths:
        data = sheets.load(path)
        digest = hashlib.sha256(data).hexdigest()
        if digest in {each.sha256 for each in [*known, *(one for one, _ in filed)]}:
            continue
        try:
            values = forms.read(data, path.name)
            county = forms.county_of(values, path.name, above)
        except Refused as refused:
            findings.extend(refused.findings)
            continue
        others = [*known, *(one for one, _ in filed)]
        if twin := _twin(values["name"], county, others, registry):
            findings.append(Finding(f"{path.name}, 单位名称", f"“{values['name']}”{twin}", "不要重复申报"))
            continue
        numbers = [int(each.number[7:]) for each in others if each.county == county]
        number = f"{county}-{max(numbers, default=0) + 1:03}"
        suffix = ".xlsx" if data.startswith(b"PK") else ".csv"
        filed.append(
            (
                Application(number, "received", county, today.isoformat(), number + suffix, digest, values),
                data,
            )
        )
    sheets.refuse_if(findings)
    return filed


def file(inventory: Path, filed: Sequence[tuple[Application, bytes]]) -> None:
    """Write applications that were received: the form first, for the record names it."""
    folder_of(inventory).mkdir(exist_ok=True)
    for application, data in filed:
        write(folder_of(inventory) / application.form, data)
        save(inventory, application)


def save(inventory: Path, application: Application) -> None:
    """Write an application's record."""
    text = yaml.safe_dump(asdict(application), allow_unicode=True, sort_keys=False)
    write(folder_of(inventory) / f"{application.number}.yml", f"---\n{text}".encode())


def find(inventory: Path, number: str) -> Application:
    """Return the application of this number. Raises Refused."""
    path = folder_of(inventory) / f"{number}.yml"
    if not _NUMBER.fullmatch(number) or not path.is_file():
        raise refuse(
            number, "no application has this number", f"see shulu registry applications list {inventory}"
        )
    return _record(path)


def accept(
    inventory: Path, application: Application, wave: int, address: str, today: date
) -> tuple[Application, Proposal]:
    """Return the application accepted, and the registry with its station. Raises Refused."""
    if application.state == "refused":
        raise refuse(application.number, "was refused", "let the applicant send a new form")
    registry = read(*of_folder(inventory))
    code = application.code or application.values["code"] or _free(inventory, application.county, registry)
    there = next((each for each in registry.libraries if each.code == code), None)
    if there is not None and there.name != application.values["name"]:
        raise refuse(application.number, f"{code} is {there.name}", "correct the code in the form")
    said = {column: application.values[column] for column in _COLUMNS}
    said |= {"code": code, "tier": application.values["kind"], "parent": application.county}
    said |= {
        "tier": "社区" if said["tier"] in {"社区", "村"} else "乡镇",
        "wave": str(wave),
        "address": address,
    }
    sheet = sheets.Sheet(f"{application.number}.yml", (Row(1, said),), ())
    proposal = propose(inventory, sheet)
    day = today.isoformat()
    return replace(application, state="accepted", code=code, wave=wave, decided=day), proposal


def answer(application: Application, hub: Library) -> str:
    """Return the letter to the applicant."""
    case = letters.Case(
        application.values["name"],
        application.number,
        date.fromisoformat(application.received),
        date.fromisoformat(application.decided),
        hub.name,
    )
    if application.state == "accepted":
        return letters.accepted(case, application.code, application.wave)
    return letters.refused(case, application.reason)


def _free(inventory: Path, county: str, registry: Registry) -> str:
    # A code that an answer has named stays its applicant's, also while its row is out of the registry.
    taken = {each.code for each in registry.libraries} | {each.code for each in load(inventory)}
    return next(code for number in range(1, 10_000) if (code := f"{county}s{number:02}") not in taken)


def _twin(name: str, county: str, others: Sequence[Application], registry: Registry) -> str:
    for each in others:
        if each.state != "refused" and each.county == county and each.values.get("name") == name:
            return f"已申报，编号 {each.number}"
    row = next((each for each in registry.libraries if each.name == name and each.parent == county), None)
    return f"已在馆名录中，馆代码 {row.code}" if row else ""


def _record(path: Path) -> Application:
    remedy = "take the file out, and file the form anew"
    try:
        said = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise refuse(str(path), f"cannot be read: {' '.join(str(error).split())}", remedy) from error
    names = Application.__dataclass_fields__
    if not isinstance(said, Mapping) or set(said) != set(names):
        raise refuse(str(path), f"does not hold {', '.join(names)}", remedy)
    values = said["values"]
    texts = [said[name] for name in names if name not in {"values", "wave"}]
    sound = (
        isinstance(values, dict)
        and set(values) == {each.name for each in forms.FIELDS}
        and all(isinstance(text, str) for text in [*texts, *values.values()])
        and isinstance(said["wave"], int)
        and said["state"] in STATES
        and said["number"] == path.stem
        and _NUMBER.fullmatch(path.stem) is not None
        and _is_day(said["received"])
        and (said["state"] == "received" or _is_day(said["decided"]))
    )
    if not sound:
        raise refuse(str(path), "is no record of an application", remedy)
    return Application(**said)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
