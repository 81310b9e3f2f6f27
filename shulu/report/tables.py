"""A province's report as tables, which page, PDF and workbook show alike; each row ends with its receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shulu.report.words import ROUTES, STATES, TIERS, minute, numbers

Document = Mapping[str, Any]
GROUNDS = "依据（回执号）"


class Size(int):
    """Bytes: pages show a fitting unit, workbooks TB."""


class Share(float):
    """A part of 1, shown in percent."""


Value = str | int | float | None


@dataclass(frozen=True)
class Table:
    """Rows under a title. ``sheet`` is its name in the workbook, ``widths`` are characters."""

    title: str
    sheet: str
    heads: tuple[str, ...]
    widths: tuple[int, ...]
    rows: Sequence[Sequence[Value]]
    note: str = ""


def share(part: float, whole: float) -> Share | None:
    """Return a share; None of nothing."""
    return Share(part / whole) if whole else None


def summary(document: Document) -> list[tuple[str, Value, str]]:
    """Return the report in a few figures: name, value, what it is of."""
    total, release = document["coverage"]["total"], document["release"]
    dates = document["dates"]
    live = sum(each["live_bytes"] for each in document["collections"])
    return [
        ("馆名录", total["registered"], "馆"),
        ("已上线", total["live"], f"馆，{_percent(total['live'], total['registered'])}"),
        ("本批次已上线", total["current"], f"馆，批次 {release['name'] if release else '—'}"),
        ("已接入未上线", total["pending"], "馆"),
        ("待接入", total["awaiting"], "馆"),
        ("在线资源总量", Size(live), "各馆合计"),
        ("计入的回执", len(document["receipts"]), f"另有 {len(document['rejected'])} 份未计入"),
        (
            "首馆上线",
            dates["first"][:10] or "—",
            dates["first"][11:16] and f"{dates['first'][11:16]}（世界时）",
        ),
        ("末馆上线", dates["last"][:10] or "—", dates["last"][11:16] and f"{dates['last'][11:16]}（世界时）"),
    ]


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "—"


_COVERED = ("馆名录", "已接入", "已上线", "其中本批次", "已接入未上线", "待接入", "上线率", GROUNDS)


def _covered(row: Document) -> list[Value]:
    counts = [row[key] for key in ("registered", "enrolled", "live", "current", "pending", "awaiting")]
    return [*counts, share(row["live"], row["registered"]), numbers(row["receipts"])]


def coverage(document: Document) -> list[Table]:
    """Coverage by tier and by prefecture."""
    covered = document["coverage"]
    widths = (16, 8, 8, 8, 11, 13, 8, 8, 40)
    return [
        Table(
            "按级别",
            "覆盖（级别）",
            ("级别", *_COVERED),
            widths,
            [[TIERS[row["id"]], *_covered(row)] for row in covered["tiers"]]
            + [["合计", *_covered(covered["total"])]],
        ),
        Table(
            "按地市",
            "覆盖（地市）",
            ("地市", *_COVERED),
            widths,
            [[row["name"], *_covered(row)] for row in covered["prefectures"]],
            "地市馆及所辖县级馆、基层站点；省级馆不在其中。",
        ),
    ]


def collections(document: Document) -> Table:
    """What the release has against the resource table, and what is live."""
    rows: list[list[Value]] = []
    for row in document["collections"]:
        tb, joint = row["table_tb"], row["table_shared"]
        count = row["table_count"]
        rows.append([
            row["name"],
            "与上行合计" if joint else tb,
            f"{count:,} {row['unit']}{'以上' if row['table_at_least'] else ''}" if count else "",
            Size(row["release_bytes"]),
            None if not tb or joint else share(_joint(document, row), tb * 1e12),
            row["records"],
            row["release_files"],
            row["libraries"],
            Size(row["live_bytes"]),
            numbers(row["receipts"]),
        ])  # fmt: skip
    total = sum(row["table_tb"] or 0 for row in document["collections"])
    release = sum(row["release_bytes"] for row in document["collections"] if row["table_count"])
    rows.append([
        "合计（十四库）", round(total, 3), "", Size(release), share(release, total * 1e12), None,
        sum(row["release_files"] for row in document["collections"] if row["table_count"]), None,
        Size(sum(row["live_bytes"] for row in document["collections"] if row["table_count"])), "",
    ])  # fmt: skip
    return Table(
        "各资源库与资源表对照",
        "资源库",
        ("资源库", "资源表（TB）", "资源表数量", "本批次（TB）", "占资源表", "本批次条目", "本批次文件",
         "已上线馆数", "各馆合计（TB）", GROUNDS),
        (20, 11, 14, 12, 9, 11, 11, 11, 14, 40),
        rows,
        "条目是资源包描述记录的条数，一条可含多个文件（如一部多集），与资源表的册、集、幅并非同一单位；"
        "“—”表示本机没有该资源包或其摘要不符。各馆合计以各馆最近一份回执所列资源包计。",
    )  # fmt: skip


def _joint(document: Document, row: Document) -> int:
    """Return the release's bytes of all collections that share one cell of the resource table."""
    return sum(
        each["release_bytes"]
        for each in document["collections"]
        if row["id"] in {each["id"], each["table_shared"]}
    )


def routes(document: Document) -> Table:
    """By which way, and how much."""
    return Table(
        "推送方式与传送量",
        "推送方式",
        ("推送方式", "馆名录与计划（馆）", "已上线（馆）", "在线资源（TB）", "传送次数", "传送量（TB）",
         "传送文件", GROUNDS),
        (12, 12, 10, 14, 10, 12, 12, 40),
        [
            [
                ROUTES[row["id"]], row["planned"], row["live"], Size(row["live_bytes"]), row["deliveries"],
                Size(row["travelled_bytes"]), row["travelled_files"], numbers(row["receipts"]),
            ]
            for row in document["routes"]
        ],
        "已上线以各馆最近一份回执的方式计；传送量只计实际传来的内容，服务器上原有的不再传送。",
    )  # fmt: skip


def waves(document: Document) -> Table:
    """First and last, wave by wave."""
    return Table(
        "各批次上线时间（世界时）",
        "时间",
        ("批次", "馆数", "已上线", "首馆上线", "末馆上线", "计划完成", GROUNDS),
        (8, 8, 8, 18, 18, 18, 40),
        [
            [
                f"第 {row['wave']} 批", row["libraries"], row["live"], minute(row["first"]),
                minute(row["last"]), row["planned"], numbers(row["receipts"]),
            ]
            for row in document["dates"]["waves"]
        ],
        "上线时间是各馆第一份计入的回执所载完成时间。计划完成取自下发计划，为当地时间。",
    )  # fmt: skip


def plan(document: Document) -> Table | None:
    """Disks and costs, as planned."""
    said = document["plan"]
    if not said:
        return None
    rows: list[list[Value]] = [[f"{size} TB 硬盘", count, "块"] for size, count in said["disks"].items()]
    rows.append(["硬盘合计", sum(said["disks"].values()), "块"])
    rows += [[name.removesuffix("（元）"), value, "元"] for name, value in said["costs"].items()]
    rows.append(["计划中不能按期", said["late"], "馆"])
    return Table(
        "硬盘与费用（计划数）",
        "硬盘与费用",
        ("项目", "数量", "单位"),
        (20, 16, 8),
        rows,
        "取自下发计划 plan.csv（摘要见“依据文件”），是计划数，不是决算数，不以回执为据。",
    )


def failures(document: Document) -> list[Table]:
    """What went wrong, and why."""
    said = document["failures"]
    written = minute(said["status_written"])
    return [
        Table(
            "传来时损坏、已重取的文件",
            "损坏文件",
            ("馆代码", "馆名", "文件数", "推送方式", "例", GROUNDS),
            (10, 24, 8, 16, 60, 24),
            [
                [
                    row["library"], row["name"], row["files"],
                    "，".join(f"{ROUTES[name]} {count}" for name, count in row["routes"].items()),
                    "；".join(row["examples"]), numbers(row["receipts"]),
                ]
                for row in said["damaged"]
            ],
            "摘要不符的文件不会上线：校验发现后重新取得，再次校验后才上线。",
        ),
        Table(
            "最近状态中的问题",
            "当前问题",
            ("馆代码", "馆名", "原因", "说明"),
            (10, 24, 12, 70),
            [[row["library"], row["name"], row["kind"], row["problem"]] for row in said["status"]],
            f"取自 {written}（世界时）的 status.json，不以回执为据。" if written else "",
        ),
        Table(
            "已接入但没有可计入回执的馆",
            "无回执",
            ("馆代码", "馆名"),
            (10, 24),
            [[row["library"], row["name"]] for row in said["silent"]],
        ),
    ]  # fmt: skip


def usage(document: Document) -> list[Table]:
    """How much it is used, as the province noted it down."""
    said = document["usage"]
    if not said:
        return []
    heads, widths = ("访问次数", "阅览次数", "下载次数"), (24, 12, 12, 12)

    def rows(of: Sequence[Document]) -> list[list[Value]]:
        return [[row["name"], row["visits"], row["views"], row["downloads"]] for row in of]

    note = "取自本省填报的 usage.csv（摘要见“依据文件”），不以回执为据。"
    return [
        Table("按月", "使用（月）", ("月份", *heads), widths, rows([*said["months"], said["total"]]), note),
        Table("按资源库", "使用（资源库）", ("资源库", *heads), widths, rows(said["collections"])),
        Table("按馆", "使用（馆）", ("馆名", *heads), widths, rows(said["libraries"])),
    ]


def libraries(document: Document) -> Table:
    """A row for each library."""
    return Table(
        "各馆情况",
        "各馆",
        ("馆代码", "馆名", "级别", "批次", "状态", "下发批次", "推送方式", "资源量（TB）", "首次上线",
         "最近回执", GROUNDS),
        (10, 26, 10, 6, 18, 9, 9, 12, 17, 17, 20),
        [
            [
                row["code"], row["name"], TIERS[row["tier"]], row["wave"], STATES[row["state"]],
                row["release"], ROUTES.get(row["route"], ""), Size(row["bytes"]) if row["bytes"] else None,
                minute(row["first"]), minute(row["last"]), numbers(row["receipts"]),
            ]
            for row in document["libraries"]
        ],
    )  # fmt: skip


def receipts(document: Document) -> list[Table]:
    """The receipts that count, those that do not, and the other files."""
    counted = [
        [
            row["no"], row["library"], row["name"], row["release"], ROUTES[row["route"]],
            minute(row["ended"]), Size(row["bytes"]), row["bad_files"], row["file"], _hex(row["sha256"]),
        ]
        for row in document["receipts"]
    ]  # fmt: skip
    names = {row["kind"]: row["name"] for row in document["rejected_by_kind"]}
    return [
        Table(
            "计入的回执",
            "回执",
            ("号", "馆代码", "馆名", "下发批次", "推送方式", "完成（世界时）", "在线（TB）", "损坏文件",
             "文件名", "SHA-256"),
            (6, 10, 24, 9, 9, 17, 12, 9, 60, 68),
            counted,
            "签名经该馆公钥验证，所列资源包、数量与已签名的批次一致。",
        ),
        Table(
            "未计入的回执（按原因）",
            "未计入（原因）",
            ("原因", "份数"),
            (28, 8),
            [[row["name"], row["receipts"]] for row in document["rejected_by_kind"]],
        ),
        Table(
            "未计入的回执",
            "未计入",
            ("馆代码", "原因", "说明", "文件名", "SHA-256"),
            (10, 20, 60, 60, 68),
            [
                [row["library"], names[row["kind"]], row["zh"], row["file"], _hex(row["sha256"])]
                for row in document["rejected"]
            ],
        ),
        Table(
            "依据文件",
            "依据文件",
            ("内容", "文件名", "SHA-256"),
            (12, 30, 68),
            [[row["what"], row["file"], _hex(row["sha256"])] for row in document["sources"]],
        ),
    ]  # fmt: skip


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")
