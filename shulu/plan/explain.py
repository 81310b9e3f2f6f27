"""Why a library has its route, why it cannot make the date, and what would help. And its wave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from shulu.plan.answer import Line, Plan
from shulu.plan.case import DISK, MBIT, NETWORK, REMOTE, TB, Site, Text
from shulu.plan.hours import DAY
from shulu.plan.tree import NEVER, Tree


def waves(lines: Sequence[Line], span: float) -> list[Line]:
    """Number the waves: who begins within the same ``span`` of seconds. The registry's own waves stay."""
    slots = [int(line.begins // span) if line.begins < NEVER else -1 for line in lines]
    last = max(slots, default=0) + 1
    slots = [last if slot < 0 else slot for slot in slots]
    numbers = {slot: number for number, slot in enumerate(sorted(set(slots)), 1)}
    return [
        replace(line, wave=line.site.wave or numbers[slot]) for line, slot in zip(lines, slots, strict=True)
    ]


def reasons(tree: Tree, plan: Plan) -> list[Line]:
    """Give every line its reason and, where it is late, what would help."""
    finish = {line.site.code: line.finish for line in plan.lines}
    found = []
    for line in plan.lines:
        if line.site is tree.hub:
            found.append(replace(line, reason=Text("资源已在枢纽", "the hub has the release")))
            continue
        ready = finish[line.site.parent]
        if line.late:
            reason, help_ = _late(tree, line, ready, plan)
        else:
            reason, help_ = _why(tree, line, ready), Text()
        found.append(replace(line, reason=reason, help=help_))
    return found


def mbit(tree: Tree, site: Site, ready: float) -> int:
    """Return the line, declared Mbit/s, that would carry what a library needs until the date; 0 for none."""
    seconds = tree.hours(site).between(ready, tree.end)
    need = tree.bytes[site.code] / seconds / MBIT / tree.terms.efficiency if seconds > 0 else 0.0
    return ceil(round(need, 6))


def _why(tree: Tree, line: Line, ready: float) -> Text:
    site = line.site
    cases = (
        (line.route != REMOTE and not line.bytes, Text("已有全部资源", "it has all of it already")),
        (len(site.routes) == 1, Text("馆名录指定", "the registry says so")),
        (
            line.route == NETWORK,
            Text("线路可按期送达，费用最低", "the line carries it in time and costs least"),
        ),
        (
            line.route == REMOTE,
            Text("服务器放不下，线路可供远程使用", "its server has no room, its line is good for remote use"),
        ),
        (not site.line, Text("线路速率不明", "nobody knows its line's speed")),
        (NETWORK not in tree.routes[site.code], Text("上级馆不存资源", "the library above it holds nothing")),
    )
    return next((text for holds, text in cases if holds), None) or _why_disk(tree, site, ready)


def _why_disk(tree: Tree, site: Site, ready: float) -> Text:
    if not _carried(tree, site, 0.0):
        need = mbit(tree, site, 0.0)
        return Text(f"线路太慢，按期需 {need} Mbit/s", f"its line is too slow: it would take {need} Mbit/s")
    if not _carried(tree, site, ready):
        return Text("上级馆收到后已来不及走网络", "the library above it has it too late for the line")
    return Text("上级馆出口带宽留给其他馆更省", "the uplink above it serves others for less")


def _carried(tree: Tree, site: Site, ready: float) -> bool:
    return ready < NEVER and tree.alone(site, NETWORK, ready) <= tree.end + 1


def _late(tree: Tree, line: Line, ready: float, plan: Plan) -> tuple[Text, Text]:
    if line.route == "":
        return _closed(tree, line.site)
    on = f"{plan.moment(line.finish):%Y-%m-%d}" if line.finish < NEVER else ""
    if line.route == DISK:
        reason, help_ = _late_disk(tree, line, on)
    elif line.route == REMOTE or line.finish == NEVER:
        reason = Text("上级馆不能按期就绪", "the library above it is not ready in time")
        help_ = Text("先解决上级馆", "help the library above it first")
    else:
        reason, help_ = _late_line(tree, line, ready, on)
    return reason, help_ + (Text(f"或把日期改为 {on}", f"or a date of {on}") if on else Text())


def _late_disk(tree: Tree, line: Line, on: str) -> tuple[Text, Text]:
    parcel = tree.parcel(line.site, tree.end)
    alone = tree.alone(line.site, DISK, 0.0)
    if alone > tree.end + 1:
        days = ceil((alone - tree.end) / DAY)
        return (
            Text(
                f"复制、邮寄和导入最早 {on} 完成", f"copying, shipping and import end on {on} at the earliest"
            ),
            Text(f"提前 {days} 天开始，或改用更快的运输", f"begin {days} d earlier, or ship it faster"),
        )
    copies = tree.terms.copies_a_day
    day = max(parcel.day, 1)
    need = max(ceil((line.leaves or DAY) / DAY * copies / day), copies + 1)
    return (
        Text(f"每天复制 {copies} 块硬盘，轮到时已晚", f"at {copies} disks a day its turn comes too late"),
        Text(f"每天复制 {need} 块即可", f"{need} disks a day would do"),
    )


def _late_line(tree: Tree, line: Line, ready: float, on: str) -> tuple[Text, Text]:
    site = line.site
    by_disk = Text("改用硬盘", "send disks") if _disk_would_do(tree, site) else Text()
    if not _carried(tree, site, 0.0):
        share = tree.terms.efficiency if site.speed == "declared" else 1.0
        need, now = mbit(tree, site, 0.0), round(site.line / MBIT / share)
        reason = Text(f"线路 {now} Mbit/s 到 {on} 才能传完", f"its line of {now} Mbit/s takes until {on}")
        help_ = Text(f"线路提到 {need} Mbit/s", f"a line of {need} Mbit/s")
        if tree.bytes[site.code] <= tree.rate(site) * tree.end and tree.hours(site).a_day < DAY:
            help_ += Text("或放开传输时段", "or no window")
        return reason, help_ + by_disk
    if not _carried(tree, site, ready):
        return (
            Text("上级馆收到资源太晚", "the library above it has the release too late"),
            Text(
                "先给上级馆寄硬盘，或直接从省馆取",
                "send the one above it a disk, or let it fetch from the hub",
            )
            + by_disk,
        )
    return (
        Text("上级馆出口带宽或并发数不够", "the uplink or the slots of the library above it are full"),
        Text("提高上级馆带宽或并发数", "a faster uplink there, or more slots") + by_disk,
    )


def _disk_would_do(tree: Tree, site: Site) -> bool:
    return bool(tree.fits(site) and tree.disks(site) and tree.alone(site, DISK, 0.0) <= tree.end + 1)


def _closed(tree: Tree, site: Site) -> tuple[Text, Text]:
    """Say why no route is open at all."""
    need = tree.bytes[site.code]
    if not tree.fits(site):
        short = (need - (site.room or 0)) / TB
        return (
            Text(f"服务器缺 {short:.2f} TB 空间", f"its server lacks {short:.2f} TB of room"),
            Text(
                f"加大硬盘，减少资源库，或有 {tree.terms.remote_from_mbit:g} Mbit/s 的线路作远程使用",
                f"a bigger disk, fewer collections, or {tree.terms.remote_from_mbit:g} Mbit/s for remote use",
            ),
        )
    if DISK in site.routes and tree.disks(site) is None:
        return (
            Text("有资源包大于最大的硬盘", "a bag is bigger than the biggest disk"),
            Text("在费率中加入更大的硬盘", "add a bigger disk to the rates"),
        )
    if not site.line:
        return (
            Text("线路速率不明", "nobody knows its line's speed"),
            Text("在馆名录填写线路速率，或改用硬盘", "write it into the registry, or disk"),
        )
    if not tree.hours(site).a_day:
        return (
            Text("与上级馆的传输时段没有交集", "its window and that of the library above it never meet"),
            Text("调整传输时段，或改用硬盘", "change a window, or send disks"),
        )
    return (
        Text("上级馆不存资源", "the library above it holds nothing"),
        Text("换一个上级馆，或改用硬盘", "name another one above it, or send disks"),
    )
