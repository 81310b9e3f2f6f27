"""What a report is made from beside receipts: releases, what their bags hold, the plan, the last status."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shulu.chinese import chinese
from shulu.content import release as releases
from shulu.content.bag import MAX_TAG_BYTES, TAG_MANIFEST
from shulu.content.manifest import parse_manifest
from shulu.content.release import RELEASE_FILE, SIGNATURE_FILE, BagEntry, Release
from shulu.content.signature import Trust, parse_signed, read_regular
from shulu.findings import Refused, refuse
from shulu.registry.table import decode
from shulu.report.words import BEIJING, line

_RECORDS = "data/records.jsonl"
_MANIFEST = "manifest-sha256.txt"
_DISKS = re.compile(r"([0-9]{1,6})×([0-9]{1,6}(?:\.[0-9]{1,6})?) TB", re.ASCII)
_MOST_CNY = 1e12
COSTS = ("硬盘与复制（元）", "运输（元）", "流量（元）", "培训（元）", "合计（元）")


@dataclass(frozen=True)
class Releases:
    """Releases whose signature holds, by mark; why others do not count; the files they came from."""

    known: Mapping[tuple[int, int], Release]
    problems: list[str]
    files: list[Path]

    @property
    def newest(self) -> Release | None:
        """The release that libraries ought to have."""
        return self.known[max(self.known)] if self.known else None


def read_releases(folder: Path, trust: Trust) -> Releases:
    """Read the release in a folder in export layout, and those before it in ``releases/``."""
    candidates = (
        [(folder / RELEASE_FILE, folder / SIGNATURE_FILE)] if (folder / RELEASE_FILE).exists() else []
    )
    candidates += [
        (file, file.with_name(f"{file.name}.sig")) for file in sorted(folder.glob("releases/*.json"))
    ]
    known: dict[tuple[int, int], Release] = {}
    problems, files = [], []
    for file, signature in candidates:
        try:
            release = parse_signed(read_regular(file, releases.MAX_BYTES), signature, trust)
        except Refused as refused:
            problems.append(f"批次文件 {file.name} 不采用：{refused.findings[0]}")
            continue
        known.setdefault(release.mark, release)
        files.append(file)
    return Releases(known, problems, files)


def records_of(folder: Path, bag: BagEntry) -> int | None:
    """Count a bag's records, believed by the chain of digests from the release; None where it is not here."""
    place = folder / "bags" / bag.id / bag.version
    try:
        tags = read_regular(place / TAG_MANIFEST, MAX_TAG_BYTES)
        if f"sha256:{hashlib.sha256(tags).hexdigest()}" != bag.digest:
            return None
        manifest = read_regular(place / _MANIFEST, MAX_TAG_BYTES)
        if parse_manifest(tags).get(_MANIFEST) != hashlib.sha256(manifest).hexdigest():
            return None
        wanted = parse_manifest(manifest).get(_RECORDS)
        digest, count = hashlib.sha256(), 0
        with (place / _RECORDS).open("rb") as stream:
            for record in stream:
                digest.update(record)
                count += bool(record.strip())
    except (OSError, Refused):
        return None
    return count if wanted == digest.hexdigest() else None


@dataclass(slots=True)
class Planned:
    """What ``plan.csv`` says: disks by TB as sold, CNY by column, late ones; end by library."""

    disks: Counter[str] = field(default_factory=Counter)
    costs: dict[str, float] = field(default_factory=lambda: dict.fromkeys(COSTS, 0.0))
    late: int = 0
    ends: dict[str, str] = field(default_factory=dict)


def read_plan(file: Path) -> Planned | None:
    """Read the plan's table; None where there is none. Raises Refused where it is another table."""
    if not file.is_file():
        return None
    plan = Planned()
    remedy = "run plan.yml again, or remove it"
    try:
        for row in csv.DictReader(io.StringIO(decode(file.read_bytes(), file.name))):
            plan.disks.update({size: int(count) for count, size in _DISKS.findall(row["硬盘"])})
            for name in COSTS:
                plan.costs[name] += _cost(row[name])
            plan.late += row["是否按期"] == "否"
            plan.ends[row["馆代码"]] = line(row["完成"])
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise refuse(
            str(file), f"is no plan.csv as plan.yml writes it: {line(repr(error))}", remedy
        ) from error
    plan.costs = {name: round(value, 2) for name, value in plan.costs.items()}
    return plan


def _cost(text: str) -> float:
    cost = float(text)
    if not 0 <= cost < _MOST_CNY:
        raise ValueError(f"{text} is no cost")
    return cost


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the last status says is wrong at a library."""

    library: str
    kind: str
    problem: str


_KINDS = {"silent": "连接不上", "broken": "服务器异常"}


def read_status(file: Path) -> tuple[str, list[Trouble]] | None:
    """Read what ``status.yml`` wrote last: its moment, and what is wrong; None where it never ran.

    Raises Refused where it is another file.
    """
    if not file.is_file():
        return None
    try:
        said: Any = json.loads(file.read_bytes())
        found = []
        for row in said["libraries"]:
            activity = row.get("activity") or {}
            if row["reach"] in _KINDS:
                found.append(_trouble(row, _KINDS[row["reach"]], row["problem"]))
            elif activity.get("state") == "failed":
                found.append(_trouble(row, "下发失败", activity.get("message") or ""))
        written = str(said["written"])
        moment(written)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise refuse(
            str(file), f"is no status as status.yml writes it: {line(repr(error))}", "run status.yml again"
        ) from error
    return written, found


def _trouble(row: Mapping[str, Any], kind: str, said: object) -> Trouble:
    english = line(str(said))
    return Trouble(line(str(row["library"])), kind, chinese(english) or english)


def digest_of(file: Path) -> str:
    """Return ``sha256:`` and the hex digest of a file."""
    with file.open("rb") as stream:
        return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"


def moment(text: str) -> datetime:
    """Read ``2026-12-31T00:00:00Z``, or a day as its last second in Beijing. Raises ValueError."""
    if len(text) == 10:
        return (
            datetime.strptime(text, "%Y-%m-%d")
            .replace(hour=23, minute=59, second=59, tzinfo=BEIJING)
            .astimezone(UTC)
        )
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
