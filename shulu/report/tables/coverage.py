"""Who is reached: the report in a few figures, coverage, and a row for each library."""

from __future__ import annotations

from shulu.report.tables.table import GROUNDS, Document, Size, Table, Value, share
from shulu.report.words import ROUTES, STATES, TIERS, day, minute, numbers, tb


def summary(document: Document) -> list[tuple[str, Value, str]]:
    """Return the report in a few figures: name, value, what it is of."""
    total, release = document["coverage"]["total"], document["release"]
    dates = document["dates"]
    live = sum(each["live_bytes"] for each in document["collections"])
    return [
        ("应覆盖", total["registered"], "家，以馆名录计"),
        ("已上线", total["live"], f"家，上线率 {_percent(total['live'], total['registered'])}"),
        ("本批次已上线", total["current"], f"家，批次 {release['name'] if release else '—'}"),
        ("已接入未上线", total["pending"], "家"),
        ("待接入", total["awaiting"], "家"),
        ("在线资源总量", Size(live), "各馆合计"),
        ("计入的回执", len(document["receipts"]), f"份，另有 {len(document['rejected'])} 份未计入"),
        _moment("首馆上线", dates["first"]),
        _moment("末馆上线", dates["last"]),
    ]


def _moment(name: str, moment: str) -> tuple[str, Value, str]:
    date, _, time = minute(moment).partition(" ")
    return (name, date or "—", f"{time}（北京时间）" if time else "")


def told(document: Document) -> str:
    """Return the report in two or three sentences."""
    total, release, dates = document["coverage"]["total"], document["release"], document["dates"]
    name, rate = document["province"]["name"], _percent(total["live"], total["registered"])
    said = f"截至{day(document['as_of'])}，" if document["as_of"] else ""
    said += f"{name}应覆盖图书馆{total['registered']:,}家，已接入{total['enrolled']:,}家，"
    said += f"已上线{total['live']:,}家，上线率{rate}"
    if release:
        said += f"，其中{total['current']:,}家已上线本批次（{release['name']}）资源"
    said += f"；已接入未上线{total['pending']:,}家，待接入{total['awaiting']:,}家。"
    if dates["first"]:
        live = sum(each["live_bytes"] for each in document["collections"])
        said += f"首馆于{day(dates['first'])}上线，末馆于{day(dates['last'])}上线，"
        said += f"各馆在线资源合计{tb(live)}。"
    return said


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "—"


_COVERED = ("应覆盖", "已接入", "已上线", "其中本批次", "已接入未上线", "待接入", "上线率", GROUNDS)


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
