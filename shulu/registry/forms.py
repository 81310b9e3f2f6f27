"""The form (申报表) with which a township or community applies: what stands in it, and reading one.

It travels between librarians, so its findings are in Chinese: they can be sent back as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shulu.findings import Finding, Refused, refuse
from shulu.registry import cells, sheets, workbook
from shulu.registry.workbook import Grid

KINDS = ("乡镇", "街道", "社区", "村")


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the form. ``read`` returns the tidy text, or raises Unclear."""

    name: str
    label: str
    hint: str
    read: Callable[[str], str]
    required: bool = False


def _matching(pattern: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        value = cells.plain(text).lower()
        if not re.fullmatch(pattern, value, re.ASCII):
            raise cells.Unclear("", "")
        return value

    return read


def _checked(reader: Callable[[str], object]) -> Callable[[str], str]:
    def read(text: str) -> str:
        reader(text)
        return cells.plain(text)

    return read


def _kind(text: str) -> str:
    value = cells.plain(text)
    found = [kind for kind in KINDS if kind in value]
    if len(found) != 1:
        raise cells.Unclear("", "")
    return found[0]


def _prose(text: str) -> str:
    value = " ".join(text.split())
    if len(value) > 300 or not value.isprintable() or cells.garbled(value):
        raise cells.Unclear("", "")
    return value


FIELDS: tuple[Field, ...] = (
    Field("name", "单位名称", "如“大杨镇综合文化站图书室”，不超过 80 字", cells.name, required=True),
    Field("kind", "单位类型", f"写其中一种：{'、'.join(KINDS)}", _kind, required=True),
    Field("county", "所属县区", "县（区）馆的代码或馆名，如 340103 或庐阳区图书馆", _prose, required=True),
    Field("code", "统计用区划代码", "九位或十二位数字；不知道可以不填", _matching(r"[0-9]{9}|[0-9]{12}")),
    Field("place", "详细地址", "不超过 300 字", _prose, required=True),
    Field("contact", "联系人", "姓名", _prose, required=True),
    Field("phone", "联系电话", "如 0551-65771234", _matching(r"\+?[0-9][0-9 -]{6,24}"), required=True),
    Field("line", "线路速率", "整数，单位 Mbit/s，如 100；没有线路可以不填", _checked(cells.line)),
    Field("lans", "局域网", "如 192.168.1.0/24；不知道可以不填", _checked(cells.lans)),
    Field("terminals", "阅览终端数", "整数，如 5", _matching(r"[1-9][0-9]{0,3}(台|个)?"), required=True),
    Field("route", "希望的推送方式", "自动、网络、硬盘或远程；可以不填", _checked(cells.route)),
    Field("collections", "希望的资源库", "资源库名称，用顿号隔开；不填表示全部", _checked(cells.collections)),
    Field("note", "申请说明", "不超过 300 字；可以不填", _prose),
)  # fmt: skip
_UNREADABLE = (
    ("old .xls", "是旧版 .xls、.et 文件，或设有密码"),
    ("damaged workbook", "文件已损坏，可能没有传完"),
    ("more than", "内容太大"),
    ("defines entities", "含有不允许的内容"),
    ("encoding other than", "编码不是 UTF-8"),
    ("is not text", "不是表格文件"),
    ("cannot be parted", "引号没有成对"),
    ("holds no rows", "没有内容"),
)
_BY_LABEL = {field.label: field for field in FIELDS}
_LABEL = {field.name: field.label for field in FIELDS}


def template() -> bytes:
    """Return the empty form as a workbook."""
    rows = [["图书馆数字资源服务申报表", "", ""], ["项目", "填写", "说明（带 * 的必须填写）"]]
    rows += [[field.label + (" *" if field.required else ""), "", field.hint] for field in FIELDS]
    return workbook.written(rows, (20, 44, 60))


def read(data: bytes, where: str) -> dict[str, str]:
    """Return what a form says by the names of FIELDS, "" where nothing. Raises Refused, in Chinese."""
    found: dict[str, tuple[int, str]] = {}
    findings = []
    for grid in _grids(data, where):
        for row, texts in grid.rows:
            place = next((at for at, text in enumerate(texts) if text.strip()), None)
            field = None if place is None else _BY_LABEL.get(_label(texts[place]))
            if field is None or place is None:
                continue
            if field.name in found:
                problem = f"与第 {found[field.name][0]} 行重复"
                findings.append(Finding(f"{where}:{row}, {field.label}", problem, "只留一行"))
                continue
            found[field.name] = (row, texts[place + 1] if place + 1 < len(texts) else "")
            if (row, place + 1) in grid.doubts:
                problem = "是公式、日期、合并的单元格或错误值，读不准"
                findings.append(
                    Finding(f"{where}:{row}, {field.label}", problem, "把单元格设为文本，重新填写")
                )
    if not found:
        raise refuse(where, "不是申报表", "请用 shulu registry applications template 给出的表格填写")
    doubtful = {finding.where for finding in findings}
    values = {}
    for field in FIELDS:
        row, text = found.get(field.name, (0, ""))
        here = f"{where}:{row}, {field.label}" if row else f"{where}, {field.label}"
        values[field.name] = ""
        if here in doubtful:
            continue
        if not text.strip():
            if field.required:
                findings.append(Finding(here, "没有填写", field.hint))
            continue
        try:
            values[field.name] = field.read(cells.harmless(text))
        except cells.Unclear:
            shown = " ".join(text.split())[:40]
            findings.append(Finding(here, f"填的是“{shown}”，不符合要求", field.hint))
    sheets.refuse_if(findings)
    return values


def _grids(data: bytes, where: str) -> Sequence[Grid]:
    try:
        return sheets.grids(data, where)
    except Refused as refused:
        raise Refused(
            Finding(where, _why(each.problem), "请用 Excel 或 WPS 另存为 .xlsx 再发来")
            for each in refused.findings
        ) from refused


def _why(problem: str) -> str:
    # The letter that goes back is in Chinese; those who read files say what is wrong in English.
    known = next((zh for part, zh in _UNREADABLE if part in problem), "")
    return f"打不开，或者不是申报表{f'：{known}' if known else ''}"


def _label(text: str) -> str:
    return re.sub(r"[\s*:]|\(.*?\)", "", cells.plain(text))


def county_of(values: Mapping[str, str], where: str, names: Mapping[str, str]) -> str:
    """Return the code of the library that a form names as its county's. Raises Refused.

    ``names`` are the codes and names of the libraries that a station may stand below.
    """
    said = cells.plain(values["county"])
    found = [
        code for code, name in names.items() if said == code or said in {name, name.removesuffix("图书馆")}
    ]
    here = f"{where}, {_LABEL['county']}"
    if len(found) != 1:
        problem = f"“{said}”不是本省馆名录里的县（区）馆" if not found else f"“{said}”有 {len(found)} 个"
        raise refuse(here, problem, "请写县（区）馆的六位代码")
    if values["code"] and not values["code"].startswith(found[0].removesuffix("00")):
        problem = f"“{values['code']}”不在 {found[0]} 之下"
        raise refuse(f"{where}, {_LABEL['code']}", problem, "请核对两处代码")
    return found[0]
