"""What is live, against the resource table, and by which way it came."""

from __future__ import annotations

from shulu.report.tables.table import GROUNDS, Document, Size, Table, Value, share
from shulu.report.words import ROUTES, numbers


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
         "已上线（家）", "各馆合计（TB）", GROUNDS),
        (20, 11, 14, 12, 9, 11, 11, 11, 14, 40),
        rows,
        "条目为资源包描述记录的条数，一条可含多个文件（如一部多集），与资源表的册、集、幅并非同一单位；"
        "“—”表示本机没有该资源包或其摘要不符，无从统计。各馆合计以各馆最近一份回执所列资源包计。",
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
        "推送方式与传输量",
        "推送方式",
        ("推送方式", "计划（家）", "已上线（家）", "在线资源（TB）", "传输次数", "传输量（TB）",
         "传输文件", GROUNDS),
        (12, 12, 10, 14, 10, 12, 12, 40),
        [
            [
                ROUTES[row["id"]], row["planned"], row["live"], Size(row["live_bytes"]), row["deliveries"],
                Size(row["travelled_bytes"]), row["travelled_files"], numbers(row["receipts"]),
            ]
            for row in document["routes"]
        ],
        "计划以馆名录和下发计划所定方式计，已上线以各馆最近一份回执所载方式计；传输量只计实际传输的内容，"
        "服务器已有的内容不重复传输。",
    )  # fmt: skip
