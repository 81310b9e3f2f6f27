"""How a library stands, in one word, and what to do about it. The order is that of the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shulu.campaign.marks import Mark
from shulu.chinese import chinese
from shulu.findings import refuse

MARKS = {
    mark.word: mark
    for mark in (
        Mark("broken", "障", "故障", "broken", "#7f1d1d", wrong=True),
        Mark("unreachable", "断", "连不上", "unreachable", "#b91c1c", wrong=True),
        Mark("failed", "败", "失败", "failed", "#c2410c", wrong=True),
        Mark("new", "未", "未部署", "not provisioned", "#6b7280"),
        Mark("waiting", "候", "等待", "waiting", "#a16207"),
        Mark("work", "传", "传输中", "at work", "#1d4ed8"),
        Mark("empty", "空", "无批次", "no release", "#475569"),
        Mark("old", "旧", "旧批次", "old release", "#6d28d9"),
        Mark("live", "通", "已上线", "live", "#15803d"),
    )
}
WORKING = frozenset({"fetching", "importing", "verifying"})
_PLACES = {word: place for place, word in enumerate(MARKS)}
_BY_REACH = {"broken": "broken", "silent": "unreachable", "new": "new"}
_BY_ACTIVITY = {"failed": "failed", "waiting": "waiting", "paused": "waiting"} | dict.fromkeys(
    WORKING, "work"
)


def newest(lives: Iterable[Mapping[str, Any] | None]) -> tuple[int, int]:
    """Return epoch and serial of the newest of these releases, (0, 0) where there is none."""
    return max(((live["epoch"], live["serial"]) for live in lives if live), default=(0, 0))


def standing(row: Mapping[str, Any], release: tuple[int, int]) -> str:
    """Return the word of MARKS for a row of ``campaign.status``, ``release`` being the newest known."""
    if row["reach"] != "answers":
        return _BY_REACH[row["reach"]]
    live, activity = row["live"], (row["activity"] or {}).get("state")
    if activity in _BY_ACTIVITY:
        return _BY_ACTIVITY[activity]
    if live is None:
        return "empty"
    if damaged(live):
        return "failed"
    return "old" if (live["epoch"], live["serial"]) < release else "live"


def damaged(live: Mapping[str, Any] | None) -> int:
    """Return how many bags of what is live are not whole."""
    return sum(not bag.get("whole", True) for bag in live["bags"]) if live else 0


def remedy(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return what to do about a row that stands as ``row["standing"]`` says: in Chinese and in English."""
    limit = f"--limit {row['library']}"
    if row["standing"] == "unreachable":
        said = row.get("remedy") or "look after power, line and VPN"
        return f"{chinese(said) or '检查电源、线路和虚拟网'}：preflight.yml {limit}", said
    if row["standing"] == "waiting":
        return _wait(str((row["activity"] or {}).get("message") or ""))
    return {
        "broken": (f"按所述原因修复后 site.yml {limit}", f"mend what it says, then site.yml {limit}"),
        "failed": (f"排除所述原因后 deliver.yml {limit}", f"mend what it says, then deliver.yml {limit}"),
        "new": (f"site.yml {limit}",) * 2,
        "empty": (f"deliver.yml {limit}",) * 2,
        "old": (f"deliver.yml {limit}",) * 2,
        "work": ("无需操作", "nothing"),
    }.get(row["standing"], ("", ""))


def _wait(message: str) -> tuple[str, str]:
    if message.startswith("plug in"):
        return "插上硬盘后自动开始", "plug in the disk; it begins by itself"
    if message.startswith("the upstream has no release"):
        return "先把批次下发到上级", "bring the release to its upstream first"
    return "无需操作，会自动继续", "nothing: it goes on by itself"


def worst_first(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Sort rows by how they stand; among equals their order stays."""
    return sorted(map(dict, rows), key=lambda row: _PLACES[row["standing"]])


def chosen(rows: Sequence[Mapping[str, Any]], only: Iterable[str]) -> list[Mapping[str, Any]]:
    """Return the rows that stand in one of these ways, all without any. Raises Refused on an unknown word."""
    words = [word.strip() for word in only if word.strip()]
    unknown = sorted(set(words) - MARKS.keys())
    if unknown:
        raise refuse("status_only", f"{', '.join(unknown)} is no state", f"there are {', '.join(MARKS)}")
    return [row for row in rows if not words or row["standing"] in words]
