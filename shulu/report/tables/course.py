"""How it went: when, with what disks and costs, and what went wrong."""

from __future__ import annotations

from shulu.report.tables.table import GROUNDS, Document, Table, Value
from shulu.report.words import ROUTES, minute, numbers


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
