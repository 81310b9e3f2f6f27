from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from plugins.action.deliver import held_back, outcome, progress_line
from plugins.filter.rollout import batches, delivery_rows, rollout_batches, rollout_excess
from plugins.modules import deliver
from plugins.modules.deliver import foretell

BOOKS = {"id": "ebooks-001", "version": "1", "whole": True}
KIT = {"id": "kit", "version": "3", "whole": True}
LIVE: dict[str, Any] = {"epoch": 1, "serial": 7, "bytes": 2_000_000, "bags": [BOOKS, KIT]}
DAMAGED = LIVE | {"bags": [{"id": "ebooks-001", "version": "1", "whole": False}, KIT]}
IDLE = {"would_change": False, "release": {"epoch": 1, "serial": 7}}


def look(
    state: str, live: dict[str, Any] | None, *, ended: bool = True, active: str = "inactive"
) -> dict[str, Any]:
    status = {"live": live, "activity": {"state": state, "message": "said so"}}
    return {"ended": ended, "unit": {"ActiveState": active}, "status": status}


@pytest.mark.parametrize(
    ("seen", "before", "state", "changed", "failed"),
    [
        (look("live", LIVE), {}, "live", True, False),
        (look("live", LIVE), LIVE, "live", False, False),
        (look("idle", LIVE), LIVE, "live", False, False),
        (look("waiting", None), {}, "waiting", False, False),
        (look("live", LIVE), DAMAGED, "live", True, False),
        (look("live", DAMAGED), DAMAGED, "live", False, False),
        (look("live", LIVE), LIVE | {"bags": LIVE["bags"][:1]}, "live", True, False),
        (look("live", LIVE), LIVE | {"bags": LIVE["bags"][::-1]}, "live", False, False),
        (look("paused", LIVE), LIVE, "paused", True, False),
        (look("fetching", LIVE, ended=False), LIVE, "detached", True, False),
        (look("failed", LIVE), LIVE, "failed", False, True),
        (look("live", LIVE, active="failed"), LIVE, "failed", False, True),
    ],
)
def test_outcome_says_what_became_of_the_library(
    seen: dict[str, Any], before: dict[str, Any], state: str, changed: bool, failed: bool
) -> None:
    result = outcome(seen, before, "idle")
    assert (result["state"], result["changed"], result["failed"]) == (state, changed, failed)


def test_a_library_that_goes_on_waiting_for_its_window_is_as_it_was() -> None:
    result = outcome(look("paused", LIVE), LIVE, "paused")
    assert (result["state"], result["changed"]) == ("paused", False)


def test_rehearsal_follows_what_the_upstream_will_have() -> None:
    coming = {"changed": True, "live": LIVE, "release": {"epoch": 1, "serial": 8}}
    assert foretell(IDLE, LIVE, coming)["would_change"]
    assert foretell(IDLE, LIVE, coming)["release"] == {"epoch": 1, "serial": 8}


def test_rehearsal_of_a_fresh_province_changes_every_library() -> None:
    first = {"changed": True, "live": {}, "release": {}}
    assert foretell({"would_change": True}, None, first)["would_change"]


def test_rehearsal_knows_that_an_empty_upstream_has_nothing_to_give() -> None:
    assert not foretell({"would_change": True}, None, {"changed": False, "live": {}, "release": {}})[
        "would_change"
    ]


def test_rehearsal_knows_that_a_relay_waits_for_its_window() -> None:
    coming = {"changed": True, "waits": True, "live": LIVE, "release": {"epoch": 1, "serial": 8}}
    assert foretell(IDLE, LIVE, coming) == IDLE
    assert not foretell({"would_change": True}, None, coming | {"live": {}})["would_change"]


@pytest.mark.parametrize(
    ("route", "seen", "waits", "changed"),
    [
        ("network", {"clock": "12:00:00", "bags": 1, "activity": "live"}, True, True),
        ("network", {"clock": "12:00:00", "bags": None, "activity": "idle"}, True, True),
        ("network", {"clock": "12:00:00", "bags": 1, "activity": "paused"}, True, False),
        ("network", {"clock": "12:00:00", "bags": 0, "activity": "live"}, False, True),
        ("network", {"clock": "23:00:00", "bags": 1, "activity": "paused"}, False, True),
        ("remote", {"clock": "12:00:00", "bags": None, "activity": "live"}, False, True),
    ],
)
def test_rehearsal_knows_the_window(route: str, seen: dict[str, Any], waits: bool, changed: bool) -> None:
    result = held_back({"changed": True, "message": "said so"} | seen, route, "22:00-06:00")
    assert (result["waits"], result["changed"]) == (waits, changed)
    assert result["message"] == ("waits for its window 22:00-06:00" if waits else "said so")


def test_rehearsal_in_a_closed_window_changes_nothing_that_is_live_already() -> None:
    planned = {"changed": False, "clock": "12:00:00", "bags": 0, "activity": "live", "message": "is live"}
    assert held_back(planned, "network", "22:00-06:00") == planned | {"waits": False}


def test_rehearsal_without_the_upstream_keeps_the_library_s_own_plan() -> None:
    assert foretell(IDLE, LIVE, {}) == IDLE
    assert foretell(IDLE, LIVE, {"changed": False, "live": LIVE, "release": LIVE}) == IDLE


def be_systemd(folder: Path, monkeypatch: pytest.MonkeyPatch, active: str) -> Path:
    """Stand in for systemctl(1): a unit in that state, and a list of what was done to it."""
    program, done = folder / "systemctl", folder / "done"
    done.touch()
    lines = ["#!/bin/sh", f'[ "$1" = show ] && echo ActiveState={active} || echo "$*" >>{done}']
    program.write_text("\n".join(lines) + "\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return done


@pytest.mark.parametrize(
    ("active", "lines"),
    [
        ("active", ["stop shulu-deliver.service", "start --no-block shulu-deliver.service"]),
        ("activating", ["stop shulu-deliver.service", "start --no-block shulu-deliver.service"]),
        ("inactive", []),
        ("failed", []),
    ],
)
@pytest.mark.parametrize("code", [0, 1])
def test_taking_a_release_sets_a_delivery_aside_and_lets_it_go_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, active: str, lines: list[str], code: int
) -> None:
    text = json.dumps({"changed": True, "message": "release 1-8 is live", "live": LIVE})
    program = tmp_path / "shulu"
    program.write_text(f"#!/bin/sh\necho '{text}'\n[ $1 = status ] && exit 0\necho no >&2; exit {code}\n")
    program.chmod(0o755)
    monkeypatch.setattr(deliver, "SHULU", str(program))
    done = be_systemd(tmp_path, monkeypatch, active)
    files = dict.fromkeys(("release.json", "release.json.sig"), base64.b64encode(b"{}").decode())
    if code:
        with pytest.raises(deliver.DeliverError, match="no"):
            deliver.take(files)
    else:
        goes_on = "; the delivery that was under way goes on" if lines else ""
        assert deliver.take(files)["message"] == f"release 1-8 is live{goes_on}"
    assert done.read_text().splitlines() == lines


@pytest.mark.parametrize("state", ["live", "waiting"])
def test_taking_a_release_says_when_it_waits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, state: str
) -> None:
    be_systemd(tmp_path, monkeypatch, "inactive")
    text = json.dumps({"state": state, "changed": False, "message": "said so", "live": LIVE})
    program = tmp_path / "shulu"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
    program.chmod(0o755)
    monkeypatch.setattr(deliver, "SHULU", str(program))
    files = dict.fromkeys(("release.json", "release.json.sig"), base64.b64encode(b"{}").decode())
    assert deliver.take(files) == {
        "changed": False,
        "message": "said so",
        "live": LIVE,
        "release": LIVE,
        "state": state,
    }


def test_line_of_progress_tells_percent_rate_and_time_left() -> None:
    activity = {"state": "fetching", "done_bytes": 1_000_000, "total_bytes": 4_000_000, "rate": 500_000}
    line = progress_line("990101", {"name": "临江县图书馆", "activity": activity | {"seconds_left": 6}})
    assert line == "990101  临江县图书馆  fetching  25 % of 4.0 MB  500.0 kB/s  6 s left"


def test_batches_part_waves_and_tiers() -> None:
    groups = {
        "all": ["city", "a", "b", "late"],
        "wave_1": ["city", "a", "b"],
        "wave_2": ["late"],
        "tier_city": ["city"],
        "tier_county": ["a", "b", "late"],
    }
    assert rollout_batches(["city", "a", "b", "late"], groups) == [1, 2, 1]
    assert rollout_batches(["a", "late"], groups) == [1, 1]
    assert rollout_batches([], groups) == []


@pytest.mark.parametrize(
    ("sizes", "cut"),
    [
        ([1, 4, 2], ["h", "abcd", "ef"]),
        ([3], ["hab", "cde", "f"]),
        ("3", ["hab", "cde", "f"]),
        ("50%", ["hab", "cde", "f"]),
        ([], ["habcdef"]),
    ],
)
def test_batches_are_cut_as_ansible_does(sizes: object, cut: list[str]) -> None:
    assert list(map("".join, batches(list("habcdef"), sizes))) == cut


@pytest.mark.parametrize(
    ("failed", "percent", "excess"),
    [("", 20, ""), ("a", 20, ""), ("ab", 20, "ab"), ("ab", 50, ""), ("abc", 100, ""), ("a", 0, "a")],
)
def test_a_rollout_stops_behind_a_batch_of_which_too_many_failed(
    failed: str, percent: float, excess: str
) -> None:
    left = [host for host in "abcd" if host not in failed]
    assert "".join(rollout_excess(left, list("habcdef"), [1, 4, 2], percent)) == excess


def test_canaries_are_batches_of_their_own_whatever_the_sizes() -> None:
    groups = {
        "canaries": ["c"],
        "wave_1": list("rabcd"),
        "tier_city": ["r"],
        "tier_county": list("abcd"),
    }
    assert rollout_batches(list("rcabd"), groups) == [1, 1, 3]
    assert rollout_batches(list("rcabd"), groups, 2) == [1, 1, 2, 1]
    assert rollout_batches(list("abd"), groups, ["1", "100%"]) == [1, 2]


@pytest.mark.parametrize(("percent", "excess"), [(20, ["a"]), (99, ["a"]), (100, [])])
def test_no_canary_may_fail(percent: float, excess: list[str]) -> None:
    assert rollout_excess(["b"], list("abcd"), [2, 2], percent, ["a", "b"]) == excess
    assert rollout_excess(["d"], list("abcd"), [2, 2], percent, ["a", "b"]) == []


def test_table_has_a_row_a_library_also_where_it_failed() -> None:
    who = {"library_code": "990101", "library_name": "临江县图书馆", "library_route": "network"}
    good = {
        "state": "live",
        "live": LIVE,
        "release": {"epoch": 1, "serial": 7},
        "seconds": 3.2,
        "message": "",
    }
    rows = delivery_rows([who | {"delivery_result": good}, who | {"delivery_result": {"msg": "no line"}}])
    assert rows[0]["release"] == "1-7"
    assert (rows[0]["bags"], rows[0]["bytes"], rows[0]["time"]) == ("2", "2.0 MB", "3 s")
    assert (rows[1]["state"], rows[1]["remark"]) == ("failed", "no line")
