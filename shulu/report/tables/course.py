"""How it went: when, with what disks and costs, and what went wrong."""

from __future__ import annotations

from shulu.report.tables.table import GROUNDS, Document, Table, Value
from shulu.report.words import ROUTES, minute, numbers


def waves(document: Document) -> Table:
    """First and last, wave by wave."""
    return Table(
        "各批次上线时间（北京时间）",
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
        "上线时间为各馆首份计入的回执所载完成时间；计划完成时间取自下发计划。",
    )  # fmt: skip


def plan(document: Document) -> Table | None:
    """Disks and costs, as planned."""
    said = document["plan"]
    if not said:
        return None
    rows: list[list[Value]] = [[f"{size} TB 硬盘", count, "块"] for size, count in said["disks"].items()]
    rows.append(["硬盘合计", sum(said["disks"].values()), "块"])
    rows += [[name.removesuffix("（元）"), value, "元"] for name, value in said["costs"].items()]
    rows.append(["计划不能按期完成", said["late"], "家"])
    return Table(
        "硬盘与费用（计划数）",
        "硬盘与费用",
        ("项目", "数量", "单位"),
        (20, 16, 8),
        rows,
        "取自下发计划 plan.csv（摘要见“依据文件”），为计划数，非决算数，不以回执为依据。",
    )


def failures(document: Document) -> list[Table]:
    """What went wrong, and why."""
    said = document["failures"]
    written = minute(said["status_written"])
    return [
        Table(
            "传输中损坏并已重新获取的文件",
            "损坏文件",
            ("馆代码", "馆名", "文件数", "推送方式", "示例", GROUNDS),
            (10, 24, 8, 16, 60, 24),
            [
                [
                    row["library"], row["name"], row["files"],
                    "，".join(f"{ROUTES[name]} {count}" for name, count in row["routes"].items()),
                    "；".join(row["examples"]), numbers(row["receipts"]),
                ]
                for row in said["damaged"]
            ],
            "校验发现摘要不符的文件不予上线，重新获取并校验无误后方才上线。",
        ),
        Table(
            "最近一次状态检查发现的问题",
            "当前问题",
            ("馆代码", "馆名", "原因", "说明"),
            (10, 24, 12, 70),
            [[row["library"], row["name"], row["kind"], row["problem"]] for row in said["status"]],
            f"取自 {written}（北京时间）的状态记录 status.json，不以回执为依据。" if written else "",
        ),
        Table(
            "已接入但尚无有效回执的馆",
            "无回执",
            ("馆代码", "馆名"),
            (10, 24),
            [[row["library"], row["name"]] for row in said["silent"]],
        ),
    ]  # fmt: skip
