"""What it rests on: the receipts that count, those that do not, and the other files."""

from __future__ import annotations

from shulu.report.tables.table import Document, Size, Table
from shulu.report.words import ROUTES, minute


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
            ("号", "馆代码", "馆名", "下发批次", "推送方式", "完成（北京时间）", "在线（TB）", "损坏文件",
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
