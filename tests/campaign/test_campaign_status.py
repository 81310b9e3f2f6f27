from __future__ import annotations

from typing import Any

import pytest

from shulu.campaign import status
from shulu.campaign.page import page

LIVE = {
    "epoch": 1,
    "serial": 7,
    "since": "2026-11-23T08:15:30Z",
    "bytes": 4_000_000_000,
    "bags": [{"id": "ebooks-001", "version": "1", "bytes": 4_000_000_000}],
}


def row(activity: dict[str, Any] | None = None, **answer: Any) -> dict[str, Any]:
    told = {
        "library": "990101",
        "name": "临江县图书馆",
        "route": "network",
        "live": LIVE,
        "free_bytes": 9_000_000_000,
    }
    base = {"provisioned": True, "problem": "", "status": told | {"activity": activity or {"state": "live"}}}
    return status.row(base | answer, "990101", "临江县图书馆", "network")


@pytest.mark.parametrize(
    ("activity", "shown"),
    [
        ({"state": "live"}, "live"),
        ({"state": "idle", "message": "x"}, "idle"),
        ({"state": "waiting", "message": "for 22:00"}, "waiting: for 22:00"),
        ({"state": "failed", "message": "signature\nis bad"}, "failed: signature is bad"),
        (
            {
                "state": "fetching",
                "done_bytes": 45,
                "total_bytes": 100,
                "rate": 2_100_000,
                "seconds_left": 720,
            },
            "fetching 45 %, 2.1 MB/s, 12 min left",
        ),
        (
            {"state": "verifying", "done_bytes": 0, "total_bytes": 0, "rate": 0, "seconds_left": None},
            "verifying",
        ),
    ],
)
def test_what_a_library_does(activity: dict[str, Any], shown: str) -> None:
    assert status.state(row(activity)) == shown


def test_a_server_that_gives_no_answer_says_why() -> None:
    def state(**answer: Any) -> str:
        return status.state(status.row(answer, "1", "甲", "disk"))

    assert state(unreachable=True, msg="no answer\r\nin time") == "unreachable: no answer in time"
    assert state(provisioned=False, status={}, problem="", receipts={}) == "not provisioned"
    assert state(provisioned=True, status={}, problem="exit code 1", receipts={}) == "broken: exit code 1"
    assert state(failed=True, msg="sudo: a password is required") == "broken: sudo: a password is required"


def test_the_table_has_all_figures_and_counts() -> None:
    silent = status.row({"unreachable": True, "msg": "x"}, "990102", "望山县图书馆", "disk")
    silent["receipt"] = {
        "started": "2026-11-20T00:57:00Z",
        "ended": "2026-11-20T01:02:03Z",
        "release": {"epoch": 1, "serial": 6},
    }
    lines = status.table([row(), silent], [{"code": "990103", "name": "乙"}]).split("\n")
    assert lines[2].split("  ")[0] == "990101"
    assert "1-7 since 2026-11-23 08:15" in lines[2]
    assert "4.0 GB" in lines[2] and "9.0 GB" in lines[2]
    assert lines[3].endswith("1-6 2026-11-20 01:02, in 5 min 3 s")
    assert lines[-1] == "2 libraries, 1 serve a release, 1 unreachable, 1 awaiting enrolment"


def test_the_page_needs_nothing_beside_it_and_lets_nothing_in() -> None:
    evil = row() | {"name": "<script>alert(1)</script>"}
    text = page([evil], [{"code": "990103", "name": "乙&"}], "示范省", "2026-11-23T08:00:00Z")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "乙&amp; 990103" in text
    assert not any(word in text for word in ("http:", "https:", "//", "src=", "url("))
    assert 'lang="zh-CN"' in text


def test_the_page_shows_how_far_a_transfer_is() -> None:
    busy = row({"state": "fetching", "done_bytes": 45, "total_bytes": 100, "rate": 1, "seconds_left": 5})
    assert "width:45%" in page([busy], [], "", "")
    assert "width:" not in page([row()], [], "", "").split("<tbody>")[1]
