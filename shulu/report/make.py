"""From a province's folders to its report: document, page, workbook and PDF."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shulu.content.release import RELEASE_FILE, Release
from shulu.content.signature import NAMESPACE_REPORT, Trust, signature_of
from shulu.findings import refuse
from shulu.registry import Library, read
from shulu.registry.province import of_folder
from shulu.report.evidence import PATIENCE, Counted, Judge
from shulu.report.figures import MOMENT, Inputs, build
from shulu.report.page import page
from shulu.report.paper import as_pdf
from shulu.report.sheets import as_xlsx
from shulu.report.sources import digest_of, moment, read_plan, read_releases, read_status, records_of
from shulu.report.usage import used

FILE, SIGNATURE = "report.json", "report.json.sig"


@dataclass(frozen=True)
class Places:
    """Where a report's sources lie; all but inventory, release, trust and receipts may be missing.

    ``date`` is the day or moment that the report speaks of; "" takes all receipts, and the newest one's.
    """

    inventory: Path
    release: Path
    trust: Path
    receipts: Path
    plan: Path
    status: Path
    usage: Path
    date: str = ""

    @property
    def gathered(self) -> Path:
        """The usage that ``status.yml`` gathered, beside what else it wrote."""
        return self.status.with_name("usage.csv")


def check_sources(places: Places) -> None:
    """Refuse what no receipt would mend: the day, and sources that cannot be read. Raises Refused."""
    _until(places.date)
    registry = read(*of_folder(places.inventory))
    read_releases(places.release, Trust.at(places.trust))
    read_plan(places.plan)
    read_status(places.status)
    used(places.usage, places.gathered, _names(registry.libraries))


def make(places: Places, notes: Sequence[str] = ()) -> dict[str, Any]:
    """Judge the receipts, read the rest, and return the document. Raises Refused."""
    file, settings = of_folder(places.inventory)
    registry = read(file, settings)
    releases = read_releases(places.release, Trust.at(places.trust))
    until = _until(places.date)
    libraries = {each.code: each for each in registry.libraries}
    judge = Judge(libraries, releases.known, until, given=bool(places.date))
    receipts, rejected = judge.all(places.receipts)
    if rejected and not receipts and all(each.kind == "province" for each in rejected):
        raise refuse(
            "receipts",
            "are all of another province",
            "name this province's own work folder in SHULU_WORK, and run again",
        )
    newest = releases.newest
    if places.date:
        newest = max((e for e in releases.known.values() if e.issued <= until), key=_mark, default=None)
    sources = [
        ("馆名录", file),
        ("推送方式", file.with_name("routes.csv")),
        *(("下发批次", each) for each in releases.files),
        ("下发计划", places.plan),
        ("最近状态", places.status),
        ("使用情况（填报）", places.usage),
        ("使用情况（汇集）", places.gathered),
    ]
    return build(Inputs(
        province=settings.province or registry.hub.name,
        libraries=registry.libraries,
        receipts=receipts,
        rejected=rejected,
        release=newest,
        as_of=_as_of(places, receipts, newest),
        records={
            (bag.id, bag.version): records_of(places.release, bag) for bag in (newest.bags if newest else ())
        },
        plan=read_plan(places.plan),
        status=read_status(places.status),
        usage=used(places.usage, places.gathered, _names(registry.libraries)),
        sources=[
            {"what": what, "file": path.name, "sha256": digest_of(path)}
            for what, path in sources
            if path.is_file()
        ],
        notes=[*notes, *releases.problems, *_missing(places)],
    ))  # fmt: skip


def files(document: dict[str, Any], folder: Path, key: Path | None = None) -> dict[Path, bytes]:
    """Return what a report's folder holds, signed where a key is named. Raises Refused."""
    html, text = page(document), dump(document)
    signature = {} if key is None else {folder / SIGNATURE: signature_of(text, key, NAMESPACE_REPORT)}
    return {
        folder / FILE: text,
        **signature,
        folder / "report.html": html.encode(),
        folder / "report.pdf": as_pdf(html, document["as_of"]),
        folder / "report.xlsx": as_xlsx(document),
    }


def dump(document: dict[str, Any]) -> bytes:
    """Return ``report.json``: UTF-8, indented by one."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _mark(release: Release) -> tuple[int, int]:
    return release.mark


def _until(date: str) -> datetime:
    if not date:
        return datetime.now(UTC) + PATIENCE
    try:
        return moment(date)
    except ValueError as error:
        raise refuse("report_date", f"{date!r} is no day", "write it as 2026-12-31") from error


def _as_of(places: Places, receipts: Sequence[Counted], newest: Release | None) -> str:
    if places.date:
        return f"{moment(places.date):{MOMENT}}"
    last = max((receipt.ended for receipt in receipts), default=newest.issued if newest else None)
    return f"{last:{MOMENT}}" if last else ""


def _names(libraries: Sequence[Library]) -> dict[str, str]:
    return {each.code: each.name for each in libraries}


def _missing(places: Places) -> list[str]:
    usage = places.gathered if places.gathered.is_file() else places.usage
    words = {
        places.release / RELEASE_FILE: "本机没有已签名的下发批次，无法对照资源表，回执均不能计入",
        places.plan: "未见下发计划（plan.csv），硬盘与费用暂缺",
        places.status: "未见状态记录（status.json），当前问题暂缺",
        usage: "未见使用数据（usage.csv），使用情况暂缺",
    }
    return [word for path, word in words.items() if not path.is_file()]
