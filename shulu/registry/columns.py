"""The columns of ``libraries.csv`` and the names an admin may give them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its English name, its Chinese name, other spellings, and whether it must be there."""

    name: str
    zh: str
    others: tuple[str, ...] = ()
    required: bool = False

    def __str__(self) -> str:
        return f"{self.name}/{self.zh}"


COLUMNS: tuple[Column, ...] = (
    Column(
        "code", "馆代码", ("代码", "馆码", "编号", "馆编号", "行政区划代码", "library code"), required=True
    ),
    Column("name", "馆名", ("名称", "图书馆", "图书馆名称", "单位名称", "library"), required=True),
    Column("tier", "级别", ("层级", "馆级", "级", "level"), required=True),
    Column("parent", "上级馆", ("上级", "上级馆代码", "上级代码", "parent code")),
    Column(
        "address", "虚拟网地址", ("vpn address", "vpn", "vpn地址", "虚拟网ip", "ip", "ip地址"), required=True
    ),
    Column("route", "推送方式", ("方式", "路线", "推送路线")),
    Column("line", "线路速率", ("line speed", "line mbit", "速率", "带宽", "线路带宽", "bandwidth")),
    Column("window", "传输时段", ("时段", "时间窗", "传输时间")),
    Column("lans", "局域网", ("lan", "lan cidrs", "局域网网段", "局域网地址", "网段")),
    Column("wave", "批次", ("批",)),
    Column("collections", "资源库", ("collection", "资源")),
    Column("note", "备注", ("notes", "说明", "comment")),
    Column("contact", "联系人", ("contacts", "负责人")),
    Column("phone", "电话", ("联系电话", "telephone", "手机")),
)


def _key(title: str) -> str:
    plain = unicodedata.normalize("NFKC", title).lower()
    return re.sub(r"\(.*?\)|[\s_\-]", "", plain)


_BY_KEY = {_key(title): column for column in COLUMNS for title in (column.name, column.zh, *column.others)}


def column_of(title: str) -> Column | None:
    """Return the column a heading means; units in brackets, case, spaces and width do not matter."""
    return _BY_KEY.get(_key(title))


def nearest(title: str) -> Column | None:
    """Return the column a misspelt heading probably means."""
    matches = get_close_matches(_key(title), _BY_KEY, n=1, cutoff=0.5)
    return _BY_KEY[matches[0]] if matches else None
