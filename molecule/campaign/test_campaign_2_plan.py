"""The plan: from lines that were measured to the routes that the inventory follows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from campaign_admin import Admin
from campaign_host import Host

MBIT = {"990000": 40, "990100": 24, "990111": 12, "990121": 1, "990122": 8}
"""What each line carries with all that SSH, TCP and Ethernet add."""
SILENT = "990112"


@pytest.fixture(scope="module")
def words() -> list[str]:
    today = datetime.now(UTC).date()
    terms = '{"plan_wave_days": 1, "plan_copies_a_day": 1, "plan_sample_seconds": 2}'
    return ["-e", f"plan_start={today}", "-e", f"plan_date={today + timedelta(days=30)}", "-e", terms]


@pytest.fixture
def lines(hosts: dict[str, Host]) -> Iterator[None]:
    for code, mbit in MBIT.items():
        hosts[code].slow(f"{mbit}mbit")
    hosts[SILENT].cut()
    yield
    for code in MBIT:
        hosts[code].slow("off")


def rows(admin: Admin) -> dict[str, dict[str, str]]:
    text = (admin.work / "plan/plan.csv").read_text("utf-8-sig")
    return {row["馆代码"]: row for row in csv.DictReader(io.StringIO(text))}


def test_by_the_registry_alone(admin: Admin, words: list[str]) -> None:
    assert admin.host("990111")["library_route"] == "disk"
    declared = [*words, "-e", "plan_samples=0"]
    rehearsal = admin.runs("plan", *declared, "--check")
    assert not (admin.inventory / "routes.csv").exists()
    assert not (admin.work / "plan").exists()
    run = admin.runs("plan", *declared)
    assert run.changes == rehearsal.changes != []
    assert rows(admin)["990111"]["速率来源"] == "登记"
    assert not admin.runs("plan", *declared).changes


@pytest.mark.usefixtures("lines")
def test_by_the_lines(admin: Admin, words: list[str]) -> None:
    run = admin.rehearsed("plan", *words)
    assert not run.bad
    found = rows(admin)
    for code, mbit in MBIT.items():
        assert found[code]["速率来源"] == "实测"
        assert 0.75 * mbit < float(found[code]["有效速率（Mbit/s）"]) <= mbit, found[code]
    assert found[SILENT]["速率来源"] == "登记"
    assert float(found[SILENT]["有效速率（Mbit/s）"]) == 20 * 0.9
    assert "未能测速" in found[SILENT]["备注"]
    assert "待接入" in found["990131"]["备注"]


def test_the_inventory_follows(admin: Admin) -> None:
    planned = rows(admin)
    words = {"网络": "network", "硬盘": "disk"}
    for code in ("990100", "990111", "990112", "990121", "990122"):
        said = admin.host(code)
        assert said["library_route"] == words[planned[code]["推送方式"]]
        assert said["library_wave"] == int(planned[code]["批次"])
    assert [planned[code]["批次"] for code in ("990111", "990112", "990121", "990122")] == [
        "1",
        "1",
        "1",
        "2",
    ]
    assert admin.host("990111")["library_route"] == "network"


def test_the_tables_and_the_page(admin: Admin) -> None:
    planned = rows(admin)
    book = openpyxl.load_workbook(admin.work / "plan/plan.xlsx")
    assert book.sheetnames == ["计划", "硬盘", "费用与下界"]
    table = list(book["计划"].iter_rows(values_only=True))
    assert [str(row[0]) for row in table[1:]] == list(planned)
    assert [row[4] for row in table[1:]] == [row["推送方式"] for row in planned.values()]
    text = admin.page("plan/plan.html")
    for row in planned.values():
        assert row["馆名"] in text
