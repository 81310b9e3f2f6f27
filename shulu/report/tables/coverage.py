"""Who is reached: the report in a few figures, coverage, and a row for each library."""

from __future__ import annotations

from shulu.report.tables.table import GROUNDS, Document, Size, Table, Value, share
from shulu.report.words import ROUTES, STATES, TIERS, minute, numbers


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
