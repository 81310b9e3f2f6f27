"""How a registry grows from 2,850 to 30,000 libraries: read, enrolled from a sheet, addressed, loaded."""

from __future__ import annotations

import csv
import io
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from bench.harness import Row, at_most, command, race, say
from shulu.registry import Registry, Settings, addresses, read, sheets, workbook
from shulu.registry.enrolment import propose
from shulu.registry.province import of_folder

ROOT = Path(__file__).resolve().parents[1]
SIZES = (2850, 30_000)
SETTINGS = Settings(vpn=("10.0.0.0/9",), lan_ranges=("10.128.0.0/9",))
CONFIGURATION = "plugin: library_registry\nprovince: 示范省\nvpn: [10.0.0.0/9]\n"
HEADING = (
    "馆代码",
    "馆名",
    "级别",
    "上级馆",
    "虚拟网地址",
    "推送方式",
    "线路速率",
    "传输时段",
    "局域网",
    "批次",
    "资源库",
)


def run(work: Path) -> list[Row]:
    """Measure each step at both sizes, in turn; the goal is that time grows as the libraries do."""
    steps: dict[str, dict[str, Callable[[], object]]] = {}
    for size in SIZES:
        folder = work / f"registry-{size}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, step in _steps(folder, size).items():
            steps.setdefault(name, {})[f"{size:,} libraries"] = step
    rows = []
    for name, contestants in steps.items():
        say(f"registry: {name}")
        (few, small), (many, large) = race(contestants).items()
        case = f"{name}, {many}, {large.memory_mb:.0f} MB"
        limit = 1.2 * SIZES[1] / SIZES[0]
        rows.append(at_most(case, large.seconds, f"{few}, {small.memory_mb:.0f} MB", small.seconds, limit))
    return rows


def _steps(folder: Path, size: int) -> dict[str, Callable[[], object]]:
    rows = lines(size)
    (folder / "bench.library_registry.yml").write_text(CONFIGURATION)
    path = folder / "libraries.csv"
    path.write_bytes(as_csv(rows))
    # The sheet tells every tenth library's line anew.
    table = [[HEADING[0], HEADING[6]], *([line[0], "200"] for line in rows[::10])]
    (folder.parent / f"sheet-{size}.xlsx").write_bytes(workbook.written(table, (14, 14)))
    bare = [[*line[:4], "", *line[5:8], "", *line[9:]] for line in rows]
    unaddressed = folder.parent / f"bare-{size}.csv"
    unaddressed.write_bytes(as_csv(bare))

    def check() -> Registry:
        return read(*of_folder(folder))

    tool = Path(sys.executable).with_name("ansible-inventory")
    return {
        "read and check": check,
        "enrol from XLSX, a tenth changed": lambda: propose(
            folder, sheets.read(folder.parent / f"sheet-{size}.xlsx")
        ),
        "addresses and LANs for all": lambda: addresses.propose(read(unaddressed, SETTINGS), SETTINGS),
        # What every playbook pays before its first task.
        "ansible-inventory --host": command([tool, "-i", folder, "--host", "990000"], cwd=ROOT),
    }


def lines(size: int, province: str = "99", cities: int = 90) -> list[list[str]]:
    """Return rows: a hub, cities below it, counties below these, and stations below counties for the rest."""
    hub = f"{province}0000"
    lines = [[hub, "示范省图书馆", "省", "", "10.0.0.1", "硬盘", "1000", "", "192.168.0.0/24", "1", ""]]
    counties = [f"{province}{city:02}{county:02}" for city in range(1, cities + 1) for county in range(1, 32)]
    above = [f"{province}{city:02}00" for city in range(1, cities + 1)]
    stations = [f"{counties[n % len(counties)]}{n:06}" for n in range(max(size - 1 - 32 * cities, 0))]
    for number, code in enumerate([*above, *counties, *stations][: size - 1], start=2):
        tier, parent = ("市", hub) if code[4:] == "00" else ("县", f"{code[:4]}00")
        if len(code) > 6:
            tier, parent = "乡镇", code[:6]
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        lan = f"192.168.{number % 250}.0/24"
        lines.append(
            [code, f"第{number}图书馆", tier, parent, address, "网络", "20", "22:00-06:00", lan, "2", ""]
        )
    return lines


def as_csv(lines: list[list[str]]) -> bytes:
    """Return the rows as ``libraries.csv``."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([HEADING, *lines])
    return text.getvalue().encode()
