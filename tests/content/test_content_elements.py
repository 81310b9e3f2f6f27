from __future__ import annotations

import json
from typing import Any

import pytest

from shulu.content.records import read
from shulu.findings import Refused

ITEM = {"id": "a", "title": "读书", "files": ["a.mp4"]}


def one(**elements: Any) -> dict[str, Any]:
    line = json.dumps({**ITEM, **elements}).encode()
    (record,) = read("records.jsonl", line)
    found: dict[str, Any] = json.loads(record.line)
    return found


def test_what_media_need_is_kept() -> None:
    elements = {
        "series": "读书", "issue": "2014年第3期", "place": "北京", "direction": "rtl", "duration": 1260.5,
        "parts": [{"title": "第一集", "duration": 60}, {"title": "第二集"}],
        "licence": {"scope": "province", "until": "2030-12-31"},
    }  # fmt: skip
    found = one(**elements)
    assert {name: found[name] for name in elements} == elements


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("duration", 0), ("duration", True), ("duration", "60"), ("duration", float("nan")),
        ("duration", 1e9),
        ("direction", "up"), ("direction", ["rtl"]),
        ("parts", {}), ("parts", ["a"]), ("parts", [{"name": "a"}]), ("parts", [{"title": 1}]),
        ("parts", [{"title": "a\x00"}]), ("parts", [{"duration": -1}]),
        ("licence", "lan"), ("licence", {"scope": "all"}), ("licence", {"scope": "lan", "until": "soon"}),
        ("series", ["a"]), ("place", 5),
    ],
)  # fmt: skip
def test_what_is_malformed_is_told(name: str, value: Any) -> None:
    with pytest.raises(Refused, match=f"records.jsonl:1: {name} "):
        one(**{name: value})


def test_a_table_of_an_office_may_have_them_too() -> None:
    table = "编号,题名,刊名,期号,时长,翻页方向,文件\na,读书,读书,2014年第3期,90,rtl,a.pdf\n"
    (record,) = read("metadata.csv", table.encode())
    found = json.loads(record.line)
    assert (found["series"], found["issue"], found["duration"]) == ("读书", "2014年第3期", 90)
    with pytest.raises(Refused, match=r"duration is no number of seconds"):
        read("metadata.csv", table.replace(",90,", ",1:30,").encode())
