"""The nation's report as tables, page and workbook."""

from __future__ import annotations

import openpyxl

from shulu import page as pages
from shulu.report import tables
from shulu.report.grid import shown
from shulu.report.page import STYLE, cards, collections_chart, coverage_chart
from shulu.report.sheets import add, stacked
from shulu.report.tables import Document, Size, Table, Value, share
from shulu.report.words import ROUTES, TIERS, minute
from shulu.workbook import saved

_COVERED = ("应覆盖", "已接入", "已上线", "其中本批次", "已接入未上线", "待接入", "上线率")
_TITLE = "全国县级数字图书馆资源推广汇总报告"


def as_html(document: Document) -> str:
    """Return ``national.html``."""
    chapters = [
        f"<h1>{_TITLE}</h1>",
        f"<p>{len(document['provinces'])} 个省级报告，截至 {minute(document['as_of']) or '—'}（北京时间）。"
        "各省数字均以各馆签名的回执为依据，详见各省报告；各省报告的摘要列于文末。</p>",
        cards(summary(document)),
        "<h2>一、各省覆盖情况</h2>" + coverage_chart(document["provinces"]),
        shown(provinces(document)),
        shown(tiers(document)),
        "<h2>二、资源库</h2>" + collections_chart(document["collections"]) + shown(collections(document)),
        "<h2>三、推送方式</h2>" + shown(routes(document)),
        "<h2>四、时间、问题与使用</h2>" + shown(work(document)),
        "<h2>五、硬盘与费用</h2>" + _costs(document),
        "<h2>附录　各省报告</h2>" + shown(sources(document)),
    ]
    return pages.document(_TITLE, STYLE, chapters)


def _costs(document: Document) -> str:
    table = plan(document)
    return shown(table) if table else "<p>各省均未报下发计划，暂缺。</p>"


def as_xlsx(document: Document) -> bytes:
    """Return ``national.xlsx``, with a chart."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    every = (provinces, tiers, collections, routes, work, plan, sources)
    made = [add(book, table) for table in (each(document) for each in every) if table is not None]
    count = len(document["provinces"])
    made[0].add_chart(stacked(made[0], count, "各省上线情况（家）"), f"A{count + 5}")
    return saved(book, document["as_of"] or "1980-01-01T00:00:00Z")


def summary(document: Document) -> list[tuple[str, Value, str]]:
    """Return the nation in a few figures."""
    total, rows = document["coverage"]["total"], document["provinces"]
    return [
        ("省份", len(rows), "个"),
        ("应覆盖", total["registered"], "家，以馆名录计"),
        ("已上线", total["live"], f"家，上线率 {100 * total['live'] / max(total['registered'], 1):.1f}%"),
        ("待接入", total["awaiting"], "家"),
        ("在线资源总量", Size(sum(row["live_bytes"] for row in rows)), "各馆合计"),
        ("计入的回执", sum(row["receipts"] for row in rows),
         f"份，另有 {sum(row['rejected'] for row in rows):,} 份未计入"),
    ]  # fmt: skip


def _covered(row: Document) -> list[Value]:
    counts = [row[key] for key in ("registered", "enrolled", "live", "current", "pending", "awaiting")]
    return [*counts, share(row["live"], row["registered"])]


def provinces(document: Document) -> Table:
    """A row for each province."""
    rows = [[row["name"], *_covered(row)] for row in document["provinces"]]
    rows.append(["合计", *_covered(document["coverage"]["total"])])
    return Table("各省", "各省", ("省份", *_COVERED), (18, 8, 8, 8, 11, 13, 8, 8), rows)


def tiers(document: Document) -> Table:
    """A row for each tier."""
    rows = [[TIERS[row["id"]], *_covered(row)] for row in document["coverage"]["tiers"]]
    return Table("按级别", "级别", ("级别", *_COVERED), (18, 8, 8, 8, 11, 13, 8, 8), rows)


def collections(document: Document) -> Table:
    """A row for each collection."""
    return Table(
        "各资源库与资源表对照",
        "资源库",
        ("资源库", "资源表（TB）", "批次最大（TB）", "已上线省份", "已上线（家）", "各馆合计（TB）"),
        (20, 12, 14, 11, 11, 14),
        [
            [
                row["name"],
                "与上行合计" if row["table_shared"] else row["table_tb"],
                Size(row["release_bytes"]),
                row["provinces"],
                row["libraries"],
                Size(row["live_bytes"]),
            ]
            for row in document["collections"]
        ],
        "批次最大：各省所下发批次中该资源库最大的一份。",
    )


def routes(document: Document) -> Table:
    """A row for each route."""
    keys = ("deliveries", "travelled_files")
    return Table(
        "推送方式与传输量",
        "推送方式",
        ("推送方式", "计划（家）", "已上线（家）", "传输次数", "传输文件", "传输量（TB）"),
        (12, 12, 10, 10, 12, 14),
        [
            [
                ROUTES[row["id"]], row["planned"], row["live"], *(row[key] for key in keys),
                Size(row["travelled_bytes"]),
            ]
            for row in document["routes"]
        ],
    )  # fmt: skip


def work(document: Document) -> Table:
    """When, what went wrong, and how much it is used, by province."""
    return Table(
        "各省时间、问题与使用",
        "时间与问题",
        ("省份", "下发批次", "首馆上线", "末馆上线", "在线资源（TB）", "回执", "未计入", "损坏文件",
         "当前问题", "计划费用（元）", "访问", "阅览", "下载"),
        (18, 9, 17, 17, 14, 8, 8, 9, 9, 14, 10, 10, 10),
        [
            [
                row["name"], row["release"], minute(row["first"]), minute(row["last"]),
                Size(row["live_bytes"]), row["receipts"], row["rejected"], row["damaged_files"],
                row["troubles"], row["cost"], row["visits"], row["views"], row["downloads"],
            ]
            for row in document["provinces"]
        ],
        "“—”表示该省未报送。",
    )  # fmt: skip


def plan(document: Document) -> Table | None:
    """Disks and costs, as planned."""
    found = tables.plan(document)
    if found is None:
        return None
    return Table(found.title, found.sheet, found.heads, found.widths, found.rows,
                 f"{document['plan']['provinces']} 个省级下发计划合计，为计划数，非决算数。")  # fmt: skip


def sources(document: Document) -> Table:
    """The reports that this rests on."""
    rows = [
        [
            row["what"], row["province"], "已验证" if row["signed"] else "未验证",
            row["sha256"].removeprefix("sha256:"),
        ]
        for row in document["sources"]
    ]  # fmt: skip
    return Table("依据的省级报告", "依据", ("省份", "代码", "签名", "SHA-256"), (18, 10, 10, 68), rows)
