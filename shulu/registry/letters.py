"""The answers to applications, in Chinese, to be sent back as they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shulu.findings import Finding


@dataclass(frozen=True, slots=True)
class Case:
    """Who applied under which number, when it came in and was decided, and who answers."""

    name: str
    number: str
    received: date
    decided: date
    hub: str


def accepted(case: Case, code: str, wave: int) -> str:
    """Return the letter that says when an applicant is served."""
    text = f"经审核，同意接入，馆代码为 {code}，编入第 {wave} 批。接入的时间和准备事项，由上级馆另行通知。"
    return _letter(case, [text])


def refused(case: Case, reason: str) -> str:
    """Return the letter that says why an applicant is not served."""
    lines = ["经审核，这一次未予通过，原因如下：", reason.strip(), "补充或更正之后，欢迎重新填写申报表提交。"]
    return _letter(case, lines)


def returned(form: str, findings: Iterable[Finding], decided: date, hub: str) -> str:
    """Return the letter that says what has to be mended in a form."""
    lines = ["申报表有下列问题，请改正后重新发来："]
    for number, each in enumerate(findings, start=1):
        place = each.where.removeprefix(form).lstrip(":, ")
        row, _, label = place.partition(", ")
        where = f"第 {row} 行“{label}”" if row.isdigit() and label else f"“{place}”" if place else "整张表"
        lines.append(f"{number}. {where}{each.problem}。{each.remedy}。")
    return "\n".join(
        [f"关于申报表《{form}》", "", *(f"　　{line}" for line in lines), "", hub, _day(decided), ""]
    )


def _letter(case: Case, lines: list[str]) -> str:
    opening = f"你单位 {_day(case.received)}提交的数字资源服务申报（编号 {case.number}）已收到。"
    paragraphs = [f"　　{line}" for line in [opening, *lines]]
    return "\n".join([f"{case.name}：", "", *paragraphs, "", case.hub, _day(case.decided), ""])


def _day(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"
