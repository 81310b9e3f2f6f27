"""Generated libraries in every state, for pages and tables."""

from __future__ import annotations

from typing import Any

from shulu.campaign import status

NOW = "2026-11-23T08:00:00Z"
LIVE = {
    "epoch": 1,
    "serial": 7,
    "since": "2026-11-22T23:15:30Z",
    "bytes": 3_900_000_000_000,
    "bags": [{"id": f"ebooks-{number:03}", "version": "1", "whole": True} for number in range(41)],
}
OLD = LIVE | {"serial": 6, "since": "2026-10-01T20:00:00Z"}
RECEIPT = {
    "started": "2026-11-20T00:57:00Z",
    "ended": "2026-11-20T01:02:03Z",
    "release": {"epoch": 1, "serial": 6},
}
BUSY = {
    "state": "fetching",
    "done_bytes": 1_700_000_000_000,
    "total_bytes": 3_900_000_000_000,
    "rate": 5_200_000,
    "seconds_left": 420_000,
}
TRUST = "release.json: the signature is of no key that is trusted"


def answer(activity: dict[str, Any] | None = None, live: dict[str, Any] | None = LIVE) -> dict[str, Any]:
    said = {"live": live, "free_bytes": 9_000_000_000, "activity": activity or {"state": "live"}}
    return {"provisioned": True, "problem": "", "status": said}


ANSWERS: dict[str, dict[str, Any]] = {
    "live": answer(),
    "old": answer({"state": "idle"}, OLD),
    "empty": answer({"state": "idle"}, None),
    "work": answer(BUSY, OLD),
    "waiting": answer({"state": "waiting", "message": "waits for its window 22:00-06:00"}, OLD),
    "new": {"provisioned": False, "status": {}, "problem": "", "receipts": {}},
    "failed": answer({"state": "failed", "message": TRUST}, OLD),
    "unreachable": {
        "unreachable": True,
        "msg": "cannot be reached (no answer in time)",
        "remedy": "look after it",
    },
    "broken": {"failed": True, "msg": "sudo: a password is required"},
}


def library(code: str, name: str = "临江县图书馆", place: str = "合肥市", **more: Any) -> dict[str, Any]:
    base = {"library": code, "name": name, "route": "network", "tier": "county", "wave": 1}
    return base | {"prefecture": place} | more


def province(count: int) -> list[dict[str, Any]]:
    """Return so many ranked rows over 16 prefectures: most are live, each state occurs."""
    places = (
        "合肥市 芜湖市 蚌埠市 淮南市 马鞍山市 淮北市 铜陵市 安庆市 "
        "黄山市 滁州市 阜阳市 宿州市 六安市 亳州市 池州市 宣城市"
    )
    words = ["live"] * 12 + list(ANSWERS)
    rows = []
    for number in range(count):
        place, county = number % 16, number // 16
        name = (
            f"{places.split()[place]}图书馆"
            if county == 0
            else f"{'东西南北河江山湖清太安长永'[county % 13]}{'临望'[county % 2]}县图书馆"
        )
        who = library(
            f"34{place + 1:02}{county:02}", name, places.split()[place], wave=1 + number % 4,
            tier="city" if county == 0 else "county", route=("network", "disk")[number % 3 == 0],
        )  # fmt: skip
        word = words[number * 8 % len(words)]
        rows.append(status.row(ANSWERS[word], who, RECEIPT if number % 2 else None))
    return status.rank(rows, NOW, {})
