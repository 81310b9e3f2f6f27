"""How much it is used."""

from __future__ import annotations

from collections.abc import Sequence

from shulu.report.tables.table import Document, Table, Value


def usage(document: Document) -> list[Table]:
    """How much it is used, as the province noted it down and its servers counted."""
    said = document["usage"]
    if not said:
        return []
    heads, widths = ("访问次数", "阅览次数", "下载次数"), (24, 12, 12, 12)

    def rows(of: Sequence[Document]) -> list[list[Value]]:
        return [[row["name"], row["visits"], row["views"], row["downloads"]] for row in of]

    note = "取自本省填报的和各馆服务器计数后汇集的 usage.csv（摘要见“依据文件”），不以回执为依据。"
    return [
        Table("按月", "使用（月）", ("月份", *heads), widths, rows([*said["months"], said["total"]]), note),
        Table("按资源库", "使用（资源库）", ("资源库", *heads), widths, rows(said["collections"])),
        Table("按馆", "使用（馆）", ("馆名", *heads), widths, rows(said["libraries"])),
    ]
