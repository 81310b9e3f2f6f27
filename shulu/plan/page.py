"""The plan as one page that needs nothing beside it: no script, no outside request. Chinese first."""

from __future__ import annotations

from datetime import timedelta
from html import escape

from shulu.page import cells, document, table
from shulu.plan.answer import Line, Plan
from shulu.plan.case import TB
from shulu.plan.hours import DAY
from shulu.plan.sheets import BY, ROUTES, disks, moment, proof
from shulu.plan.shipping import disks_of
from shulu.plan.tree import NEVER

_LEFT, _WIDE, _ROW, _TOP = 250, 900, 20, 34
_SHOWN = 12
_STYLE = """
body{font:16px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:2rem auto;max-width:78rem;
padding:0 1rem;color:#222;background:#fff}
h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}p{margin:.3rem 0 1rem;color:#555}
h1 small,h2 small{font-weight:400;color:#777;font-size:.8em}
table{border-collapse:collapse;width:100%}th,td{padding:.35rem .6rem;text-align:left;vertical-align:top;
border-bottom:1px solid #ddd}th small{display:block;font-weight:400;color:#777}.n{text-align:right;
font-variant-numeric:tabular-nums;white-space:nowrap}.late td{background:#fdecea}
.wide{overflow-x:auto}.wide svg{display:block;min-width:60rem;width:100%;height:auto}
.key span{margin-right:1.2rem;white-space:nowrap}.key i{display:inline-block;width:1rem;height:.8rem;
margin-right:.35rem;vertical-align:-.05rem}
details summary{cursor:pointer;color:#2b6cb0}code{font-size:.85em;color:#555;word-break:break-all}
svg text{font-size:12px;fill:#333}svg .day{fill:#777;font-size:11px}svg .grid{stroke:#e3e8ee}
svg .date{stroke:#c53030;stroke-dasharray:4 3}svg .part{fill:#f2f5f8}svg text.over{fill:#c53030}
@media(min-width:50rem){td[data-head="开始"],td[data-head="完成"],td[data-head="硬盘"],td[data-head="推送方式"],
th:nth-child(2){white-space:nowrap}}
@media(max-width:50rem){body{margin:1rem auto}table thead{display:none}
table tr,table td{display:block;border:0;padding:.1rem .3rem;text-align:left}
table tr{border-bottom:1px solid #ddd;padding:.4rem 0}
table td::before{content:attr(data-head) " ";color:#777}table td:empty{display:none}td.n{white-space:normal}}
@media print{body{margin:0;max-width:none}.wide{overflow:visible}}
"""
_COLOURS = {
    "network": "#2b6cb0",
    "copy": "#b7791f",
    "post": "#f0d9a8",
    "intake": "#dd6b20",
    "remote": "#2f855a",
}
_KEYS = (
    ("network", "网络传输"), ("copy", "复制硬盘"), ("post", "邮寄"), ("intake", "导入"),
    ("remote", "远程开通"),
)  # fmt: skip


def page(plan: Plan) -> str:
    """Return the page, HTML."""
    case = plan.case
    title = escape(f"{case.province}资源下发计划")
    parts = [
        f"<h1>{title} <small>delivery plan</small></h1>",
        f"<p>下发批次 {escape(case.release)}，{case.start} 至 {case.date}，共 {len(plan.lines) - 1} 馆</p>",
        _proof(plan),
        _late(plan),
        f"<h2>进度图 <small>Gantt</small></h2>{_key()}<div class=wide>{_gantt(plan)}</div>",
        _disks(plan),
        _libraries(plan),
    ]
    return document(title, _STYLE, filter(None, parts))


def _proof(plan: Plan) -> str:
    heads = (("项目", "item"), ("本计划", "this plan"), ("任何计划都不能低于", "no plan can beat"))
    body = (f"<tr>{cells(heads, row, frozenset())}</tr>" for row in proof(plan)[2:])
    note = (
        f"完成时间的下界针对本计划所选的推送方式（由{BY[plan.bound.by]}决定）；"
        "不能按期的馆数与费用的下界对任何选择都成立。"
    )
    return f"<h2>结论与下界 <small>result and proof</small></h2>{table(heads, body)}<p>{note}</p>"


def _late(plan: Plan) -> str:
    if not plan.late:
        return ""
    heads = (
        ("馆代码", "code"),
        ("馆名", "name"),
        ("推送方式", "route"),
        ("完成", "done"),
        ("原因", "why"),
        ("办法", "help"),
    )
    body = (
        '<tr class="late">'
        + cells(
            heads,
            (
                line.site.code,
                line.site.name,
                ROUTES[line.route],
                moment(plan, line.finish),
                line.reason.zh,
                line.help.zh,
            ),
            frozenset(),
        )
        + "</tr>"
        for line in plan.late
    )
    return f"<h2>不能按期的馆 <small>late</small></h2>{table(heads, body)}"


def _key() -> str:
    marks = "".join(f'<span><i style="background:{_COLOURS[name]}"></i>{zh}</span>' for name, zh in _KEYS)
    date = '<span><i style="border-left:2px dashed #c53030;width:.2rem"></i>期限</span>'
    return f'<p class="key">{marks}{date}</p>'


def _gantt(plan: Plan) -> str:
    lines = _by_feeder(plan)
    last = max([plan.case.days * DAY, plan.finish]) / DAY
    scale = _WIDE / max(last, 1)
    height = _TOP + _ROW * len(lines) + 8
    step = next((days for days in (1, 2, 5, 7, 14, 28, 56) if days * scale >= 70), 112)
    parts = [
        f'<svg viewBox="0 0 {_LEFT + _WIDE + 20} {height}" role="img" aria-label="进度图" '
        'xmlns="http://www.w3.org/2000/svg">'
    ]
    for day in range(0, int(last) + 1, step):
        x = _LEFT + day * scale
        label = f"{plan.case.start + timedelta(days=day):%m-%d}"
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 8}" y2="{height}"/>')
        if x < _LEFT + _WIDE - 20:
            parts.append(f'<text class="day" x="{x:.1f}" y="18">{label}</text>')
    for place, (depth, line) in enumerate(lines):
        parts.append(_bar(plan, line, _TOP + place * _ROW, scale, depth=depth, relay=_feeds(plan, line)))
    x = _LEFT + plan.case.days * scale
    parts.append(f'<line class="date" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 12}" y2="{height}"/></svg>')
    return "\n".join(parts)


def _feeds(plan: Plan, line: Line) -> bool:
    return any(other.site.parent == line.site.code for other in plan.lines)


def _by_feeder(plan: Plan) -> list[tuple[int, Line]]:
    """Return the lines below their feeders, with their depth; the hub is no bar."""
    below: dict[str, list[Line]] = {}
    for line in plan.lines:
        below.setdefault(line.site.parent, []).append(line)
    found: list[tuple[int, Line]] = []

    def walk(code: str, depth: int) -> None:
        for line in sorted(below.get(code, ()), key=lambda line: (line.begins, line.site.code)):
            found.append((depth, line))
            walk(line.site.code, depth + 1)

    walk(plan.case.hub.code, 0)
    return found


def _bar(plan: Plan, line: Line, y: int, scale: float, *, depth: int, relay: bool) -> str:
    site = line.site
    back = f'<rect class="part" x="0" y="{y}" width="{_LEFT + _WIDE + 20}" height="{_ROW}"/>' if relay else ""
    room = 17 - depth
    name = site.name if len(site.name) <= room else site.name[: room - 1] + "…"
    style = ' class="over"' if line.late else ""
    text = f'<text x="{6 + 14 * depth}" y="{y + 14}"{style}>{escape(name)}</text>'
    span = f"{moment(plan, line.begins)} 至 {moment(plan, line.finish)}"
    tip = f"{site.name} {site.code}：{ROUTES[line.route]}，{span}"
    bars = "".join(
        f'<rect x="{_LEFT + begin / DAY * scale:.1f}" y="{y + 4}" '
        f'width="{max((end - begin) / DAY * scale, 1.5):.1f}" height="{_ROW - 8}" fill="{_COLOURS[kind]}"/>'
        for kind, begin, end in _spans(line)
    )
    return f"<g><title>{escape(tip)}</title>{back}{text}{bars}</g>"


def _spans(line: Line) -> list[tuple[str, float, float]]:
    if line.finish == NEVER or (not line.bytes and line.route != "remote"):
        return []
    if line.leaves is not None and line.disks:
        there = line.finish - line.intake
        return [
            ("copy", line.begins, line.leaves),
            ("post", line.leaves, there),
            ("intake", there, line.finish),
        ]
    return [(line.route, line.begins, line.finish)]


def _disks(plan: Plan) -> str:
    listed = disks_of(plan)
    if not listed:
        return ""
    heads = (
        ("盘号", "disk"), ("容量", "size"), ("份数", "copies"), ("数据量", "content"),
        ("寄往（寄出日期）", "to"),
        ("资源包", "bags"),
    )  # fmt: skip
    body = []
    for disk in listed:
        names = [f"{line.site.name}（{moment(plan, line.leaves or 0)[5:10]}）" for line in disk.lines]
        body.append(
            f'<tr><td data-head="盘号"><code>ship_disk={disk.name}</code></td>'
            f'<td class=n data-head="容量">{disk.size / TB:g} TB</td>'
            f'<td class=n data-head="份数">{len(disk.lines)}</td>'
            f'<td class=n data-head="数据量">{disk.bytes / 1e9:,.1f} GB</td>'
            f"<td>{_folded(names, '、', '馆')}</td>"
            f"<td><code>{_folded(disk.names, ' ', '个资源包')}</code></td></tr>"
        )
    count = sum(len(line.disks) for line in plan.lines)
    total = plan.cost.disks
    return (
        f"<h2>硬盘清单 <small>disks</small></h2><p>共 {count} 块，硬盘与复制 {total:,.0f} 元，"
        f"每天复制 {plan.case.terms.copies_a_day} 块；写盘：<code>ansible-playbook playbooks/ship.yml "
        f"-e ship_disk=盘号 -e ship_serial=硬盘序列号</code></p>{table(heads, body, frozenset({1, 2, 3}))}"
    )


def _folded(words: list[str], joint: str, unit: str) -> str:
    if len(words) <= _SHOWN:
        return escape(joint.join(words))
    return f"<details><summary>{len(words)} {unit}</summary>{escape(joint.join(words))}</details>"


def _libraries(plan: Plan) -> str:
    heads = (
        ("馆", "library"), ("推送方式", "route"), ("批次", "wave"), ("数据量", "GB"), ("开始", "begins"),
        ("完成", "done"), ("硬盘", "disks"), ("费用", "CNY"), ("理由与备注", "why"),
    )  # fmt: skip
    body = []
    for line in plan.lines:
        words = "；".join(filter(None, (line.reason.zh, line.help.zh, line.site.remark.zh)))
        values = (
            f"{line.site.name} {line.site.code}",
            ROUTES[line.route],
            line.wave,
            f"{line.bytes / 1e9:,.1f}",
            moment(plan, line.begins) if line.bytes else "",
            moment(plan, line.finish),
            disks(line.disks),
            f"{line.cost.total:,.0f}",
            words,
        )
        kind = ' class="late"' if line.late else ""
        body.append(f"<tr{kind}>{cells(heads, values, frozenset({2, 3, 7}))}</tr>")
    return f"<h2>各馆 <small>libraries</small></h2>{table(heads, body, frozenset({2, 3, 7}))}"
