"""The report as one page that needs nothing beside it; the PDF is made of the same page."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from shulu import page as pages
from shulu.report import charts, tables
from shulu.report.grid import shown, text
from shulu.report.tables import Document, Value
from shulu.report.words import day, minute, tb

LIVE, PENDING, AWAITING = ("已上线", "#2b6cb0"), ("已接入未上线", "#dd9a3c"), ("待接入", "#c9d1da")
STYLE = """
@page{size:A4;margin:16mm 14mm 18mm;@bottom-center{content:counter(page) " / " counter(pages);font-size:9pt;
color:#777}}
body{font:15px/1.55 "Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:2rem auto;max-width:76rem;
padding:0 1rem;color:#222;background:#fff}
h1{font-size:1.6rem;margin:0 0 .2rem}h2{font-size:1.2rem;margin:2.2rem 0 .6rem;
border-left:.3rem solid #2b6cb0;padding-left:.6rem}
h3{font-size:1rem;margin:1.4rem 0 .4rem}p{margin:.3rem 0 .8rem;color:#555}
h2,h3{break-after:avoid}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:.7rem;margin:1rem 0}
.card{border:1px solid #d8dfe7;border-radius:.4rem;padding:.5rem .9rem}.card b{display:block;
font-size:1.35rem;line-height:1.3;white-space:nowrap}.card span{color:#555}.card small{color:#777}
table{border-collapse:collapse;width:100%;font-size:.87rem}thead{display:table-header-group}
th,td{padding:.3rem .5rem;text-align:left;vertical-align:top;border-bottom:1px solid #dde3ea}
th{background:#f2f5f8;font-weight:600;white-space:nowrap}.slim table{width:auto;min-width:26rem}
.fixed table{table-layout:fixed}.fixed th,.fixed td{white-space:normal;overflow-wrap:anywhere}
tr{break-inside:avoid}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.g,.h{color:#666;font-size:.85em;overflow-wrap:anywhere}.h{font-family:monospace}
.nb{white-space:nowrap}figure{margin:0;overflow-x:auto}
svg{display:block;width:100%;height:auto;max-width:60rem;margin:.4rem 0}
ul{margin:.3rem 0;padding-left:1.3rem;color:#8a5a00}.wide{overflow-x:auto}
@media(max-width:50rem){body{margin:1rem auto}table thead{display:none}
table tr,table td{display:block;border:0;padding:.1rem .3rem;text-align:left}
table tr{border-bottom:1px solid #ddd;padding:.4rem 0}
table td::before{content:attr(data-head) " ";color:#777}table td:empty{display:none}
td.n{text-align:left;white-space:normal}svg text{font-size:18px}
.cards{grid-template-columns:repeat(auto-fill,minmax(9rem,1fr))}.slim table{min-width:0}}
@media print{.cards{grid-template-columns:repeat(3,1fr)}
body{margin:0;max-width:none;padding:0;font-size:9.5pt}svg{max-width:14cm}
.card{padding:.3rem .6rem}
table{font-size:7.5pt}.small table{font-size:6.5pt}.small th,.small td{padding:.15rem .25rem}
.g{width:24%}.small.all .g{width:auto}.slim table{min-width:40%}}
"""


def page(document: Document) -> str:
    """Return ``report.html``."""
    name = escape(document["province"]["name"])
    title = f"{name}县级数字图书馆资源推广总结报告"
    return pages.document(title, STYLE, [*_head(document, title), *_chapters(document)])


def _head(document: Document, title: str) -> Iterable[str]:
    release = document["release"]
    what = f"下发批次 {escape(release['name'])}（{tb(release['bytes'])}，{release['files']:,} 个文件，" \
           f"{day(release['issued'])}签发）" if release else "没有下发批次"  # fmt: skip
    yield f"<h1>{title}</h1>"
    yield f"<p>截至 {minute(document['as_of']) or '—'}（北京时间）。{what}。<br>"
    yield "除另有注明外，本报告数字均以各馆签名的回执为依据；各表末列为所依据的回执号，对应附录二。</p>"
    yield notes(document["notes"])


def notes(said: Iterable[str]) -> str:
    """Return what a reader has to know first."""
    items = "".join(f"<li>{escape(note)}</li>" for note in said)
    return f"<ul>{items}</ul>" if items else ""


def _chapters(document: Document) -> Iterable[str]:
    by_tier, by_prefecture = tables.coverage(document)
    prefectures = document["coverage"]["prefectures"]
    yield f"<h2>一、概况</h2><p>{escape(tables.told(document))}</p>" + cards(tables.summary(document))
    yield "<h2>二、覆盖情况</h2>" + shown(by_tier)
    yield "<h3>各地市上线情况（家）</h3>" + coverage_chart(prefectures) + shown(by_prefecture)
    yield (
        "<h2>三、资源库情况</h2>"
        + collections_chart(document["collections"])
        + shown(tables.collections(document))
    )
    yield "<h2>四、推送方式</h2>" + shown(tables.routes(document))
    yield "<h2>五、上线进度</h2>" + _daily(document) + shown(tables.waves(document))
    plan = tables.plan(document)
    yield "<h2>六、硬盘与费用</h2>" + (shown(plan) if plan else "<p>未见下发计划，暂缺。</p>")
    yield "<h2>七、问题与原因</h2>" + "".join(map(shown, tables.failures(document)))
    usage = tables.usage(document)
    yield "<h2>八、使用情况</h2>" + ("".join(map(shown, usage)) or "<p>未见使用数据，暂缺。</p>")
    counted, *others = tables.receipts(document)
    yield "<h2>附录一　各馆情况</h2>" + shown(tables.libraries(document))
    yield "<h2>附录二　回执</h2>" + shown(counted)
    yield "<h2>附录三　未计入的回执与依据文件</h2>" + "".join(map(shown, others))


def cards(rows: Iterable[tuple[str, Value, str]]) -> str:
    """Return the figures of the summary."""
    found = "".join(
        f"<div class=card><span>{escape(name)}</span><b>{escape(text(value))}</b>"
        f"<small>{escape(of)}</small></div>"
        for name, value, of in rows
    )
    return f"<div class=cards>{found}</div>"


def coverage_chart(rows: Iterable[Document]) -> str:
    """Draw how many are live, enrolled and awaited."""
    bars = [(row["name"], (row["live"], row["pending"], row["awaiting"])) for row in rows]
    return charts.bars(bars, (LIVE, PENDING, AWAITING), " 家", "上线情况") if bars else ""


def collections_chart(rows: Iterable[Document]) -> str:
    """Draw what the release has against the resource table."""
    found: dict[str, tuple[str, float, float]] = {}
    for row in rows:
        size = row["release_bytes"] / 1e12
        if row["table_shared"] in found:  # one cell of the table for both
            name, tb_, before = found[row["table_shared"]]
            found[row["table_shared"]] = (f"{name}、{row['name']}", tb_, before + size)
        elif row["table_count"]:
            found[row["id"]] = (row["name"], float(row["table_tb"] or 0), size)
    parts = (("资源表（TB）", "#c9d1da"), ("本批次（TB）", "#2b6cb0"))
    return charts.pairs(list(found.values()), parts, " TB", "资源表与本批次")


def _daily(document: Document) -> str:
    days = [(row["day"], row["live"]) for row in document["dates"]["daily"]]
    goal = document["coverage"]["total"]["registered"]
    return charts.steps(days, goal, LIVE, "已上线馆数累计")
