"""The plan as tables: for a terminal, for spreadsheets (CSV, XLSX), and as the registry's routes."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import openpyxl

from shulu.plan.answer import Line, Plan
from shulu.plan.case import MBIT, TB
from shulu.plan.disks import Packed
from shulu.plan.shipping import disks_of
from shulu.plan.tree import NEVER
from shulu.registry.routes import Chosen, encode
from shulu.workbook import Cell, saved, sheet

ROUTES = {"network": "网络", "disk": "硬盘", "remote": "远程", "": "—"}
SPEEDS = {"measured": "实测", "declared": "登记", "unknown": "不明"}
TIERS = {"province": "省", "city": "市", "county": "县", "station": "站"}
BY = {"line": "线路", "uplink": "出口带宽", "slots": "并发数", "writers": "硬盘复制", "date": "日期"}
COLUMNS = (
    "馆代码", "馆名", "级别", "上级馆", "推送方式", "批次", "数据量（GB）", "有效速率（Mbit/s）", "速率来源",
    "开始",
    "硬盘寄出", "完成", "是否按期", "硬盘", "硬盘与复制（元）", "运输（元）", "流量（元）", "培训（元）",
    "合计（元）", "理由", "办法", "备注",
)  # fmt: skip
_WIDTHS = (10, 24, 6, 10, 9, 6, 12, 14, 9, 17, 17, 17, 9, 16, 16, 10, 10, 10, 10, 34, 40, 40)


def rows(plan: Plan) -> list[list[Cell]]:
    """Return the plan's rows in the order of COLUMNS."""
    return [_row(plan, line) for line in plan.lines]


def _row(plan: Plan, line: Line) -> list[Cell]:
    site, cost = line.site, line.cost
    return [
        site.code,
        site.name,
        TIERS[site.tier],
        site.parent,
        ROUTES[line.route],
        line.wave,
        round(line.bytes / 1e9, 1),
        round(site.line / MBIT, 1) if site.line else "",
        SPEEDS[site.speed],
        moment(plan, line.begins) if line.bytes else "",
        "" if line.leaves is None else moment(plan, line.leaves),
        moment(plan, line.finish),
        "否" if line.late else "是",
        disks(line.disks),
        round(cost.disks, 2),
        round(cost.parcels, 2),
        round(cost.traffic, 2),
        round(cost.training, 2),
        round(cost.total, 2),
        line.reason.zh,
        line.help.zh,
        "；".join(part for part in (site.remark.zh, "待接入" if site.awaiting else "") if part),
    ]


def moment(plan: Plan, seconds: float) -> str:
    """Return a moment by the calendar, "" for never."""
    return "" if seconds == NEVER else f"{plan.moment(seconds):%Y-%m-%d %H:%M}"


def disks(packed: Sequence[Packed]) -> str:
    """Return disks as people order them: ``1×5 TB + 1×1 TB``."""
    counts: dict[int, int] = defaultdict(int)
    for disk in packed:
        counts[disk.kind.bytes] += 1
    return " + ".join(f"{counts[size]}×{size / TB:g} TB" for size in sorted(counts, reverse=True))


def proof(plan: Plan) -> list[tuple[str, str, str]]:
    """Return what the plan is and how far it lies above what no plan can beat: name, value, bound."""
    case, cost = plan.case, plan.cost
    return [
        ("下发批次", case.release, ""),
        ("开始与期限", f"{case.start} 至 {case.date}", ""),
        ("馆数", str(len(plan.lines) - 1), ""),
        ("不能按期", str(len(plan.late)), f"下界 {plan.late_at_least}"),
        (
            "全部完成",
            moment(plan, plan.finish),
            f"下界 {moment(plan, plan.bound.moment)}（{BY[plan.bound.by]}），高出 {plan.finish_above:.2%}",
        ),
        (
            "费用（元）",
            f"{cost.total:,.2f}",
            f"下界 {plan.cny_at_least:,.2f}，高出 {plan.cost_above:.2%}",
        ),
        ("其中硬盘与复制（元）", f"{cost.disks:,.2f}", ""),
        ("其中运输（元）", f"{cost.parcels:,.2f}", ""),
        ("其中流量（元）", f"{cost.traffic:,.2f}", ""),
        ("其中培训（元）", f"{cost.training:,.2f}", ""),
    ]


def as_csv(plan: Plan) -> bytes:
    """Return ``plan.csv``: UTF-8 with BOM, one row a library."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows(plan))
    return text.getvalue().encode("utf-8-sig")


def as_routes(plan: Plan) -> bytes:
    """Return ``routes.csv`` for the registry: every library that a route is open to, without the hub."""
    return encode(
        Chosen(line.site.code, line.route, line.wave)
        for line in plan.lines
        if line.site.parent and line.route
    )


def as_xlsx(plan: Plan) -> bytes:
    """Return ``plan.xlsx``: plan, disks and proof, a sheet each; the same bytes for the same plan."""
    book = openpyxl.Workbook()
    sheet(book.worksheets[0], "计划", COLUMNS, rows(plan), _WIDTHS)
    heads = (
        "盘号（ship_disk）",
        "容量（TB）",
        "份数",
        "数据量（GB）",
        "馆代码",
        "馆名",
        "每馆寄出",
        "资源包",
    )
    copies: list[list[Cell]] = [
        [
            disk.name, disk.size / TB, len(disk.lines), round(disk.bytes / 1e9, 1),
            line.site.code, line.site.name, moment(plan, line.leaves or 0.0), " ".join(disk.names),
        ]
        for disk in disks_of(plan)
        for line in disk.lines
    ]  # fmt: skip
    sheet(book.create_sheet(), "硬盘", heads, copies, (16, 10, 6, 12, 10, 24, 17, 60))
    sheet(book.create_sheet(), "费用与下界", ("项目", "本计划", "下界"), proof(plan), (24, 28, 52))
    return saved(book)


def shown(plan: Plan) -> list[Mapping[str, object]]:
    """Return the rows of the table in the run."""
    return [
        {
            "library": line.site.code,
            "name": line.site.name,
            "route": line.route or ("none" if line.late else ""),
            "wave": line.wave,
            "GB": f"{line.bytes / 1e9:.1f}",
            "Mbit/s": f"{line.site.line / MBIT:.0f} {line.site.speed}" if line.site.line else "unknown",
            "begins": moment(plan, line.begins) if line.bytes else "",
            "done": moment(plan, line.finish),
            "late": "LATE" if line.late else "",
            "disks": disks(line.disks),
            "CNY": f"{line.cost.total:.0f}",
            "why, and what would help": "; ".join(
                map(str, filter(None, (line.reason.en, line.help.en, line.site.remark.en)))
            ),
        }
        for line in sorted(
            plan.lines, key=lambda line: (not line.late, line.wave, line.begins, line.site.code)
        )
    ]


def summary(plan: Plan) -> str:
    """Return the proof in a few lines."""
    case, cost = plan.case, plan.cost
    counts = {word: sum(line.route == word for line in plan.lines) for word in ("network", "disk", "remote")}
    speeds = Counter(line.site.speed for line in plan.lines)
    return "\n".join([
        f"{case.province}: release {case.release}, {len(plan.lines) - 1} libraries below the hub, "
        + ", ".join(f"{count} by {word}" for word, count in counts.items()),
        "lines: " + ", ".join(f"{speeds[speed]} {speed}" for speed in SPEEDS),
        f"late: {len(plan.late)}; no plan has fewer than {plan.late_at_least}",
        f"done: {moment(plan, plan.finish)}, date {case.date}; with these routes not before "
        f"{moment(plan, plan.bound.moment)} ({plan.bound.by}); the plan: {plan.finish_above:.2%} above",
        f"cost: CNY {cost.total:,.2f} (disks {cost.disks:,.2f}, transport {cost.parcels:,.2f}, traffic "
        f"{cost.traffic:,.2f}, training {cost.training:,.2f}); no plan costs less than "
        f"{plan.cny_at_least:,.2f}, the plan: {plan.cost_above:.2%} above",
    ])  # fmt: skip
