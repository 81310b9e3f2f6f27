"""Where every library stands, and what stands in the way: with a cut line and a broken server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from campaign_admin import Admin
from campaign_host import Host

CUT, BROKEN, RELAY = "990111", "990121", "990100"
BEIJING = timedelta(hours=8)
AGENT = "/etc/shulu/agent.toml"


@pytest.fixture(scope="module", autouse=True)
def trouble(hosts: dict[str, Host]) -> Iterator[None]:
    hosts[CUT].cut()
    hosts[BROKEN].ask("mv", AGENT, f"{AGENT}.away")
    yield
    hosts[CUT].mend()
    hosts[BROKEN].ask("mv", f"{AGENT}.away", AGENT)


def test_the_status_says_the_worst_first(admin: Admin, hosts: dict[str, Host]) -> None:
    run = admin.runs("status")
    assert not run.changes
    said = admin.read("status.json")
    standing = [(row["library"], row["standing"]) for row in said["libraries"]]
    assert standing[:2] == [(BROKEN, "broken"), (CUT, "unreachable")]
    assert [word for _, word in standing[2:]] == ["live"] * (len(hosts) - 2)
    assert [each["code"] for each in said["awaiting"]] == ["990131"]

    # Its mirror holds its last receipt, and its date is all that is known of it.
    file = max(hosts[RELAY].path(f"/var/lib/shulu-receipts/{CUT}").glob("*.json"))
    ended = json.loads(file.read_bytes())["ended"]
    row = said["libraries"][1]
    assert row["receipt"]["ended"] == row["contact"] == ended
    assert row["live"] is None
    page = admin.page("status.html")
    order = [row["library"] for row in said["libraries"]]
    for text, rows in ((run.said, r"^(\d{6}) "), (page, r'id="l(\d{6})"')):
        assert re.findall(rows, text, re.MULTILINE)[: len(order)] == order
        assert f"{datetime.fromisoformat(ended) + BEIJING:%Y-%m-%d %H:%M}" in text


def test_preflight_says_the_worst_first(admin: Admin) -> None:
    run = admin.fails("preflight")
    assert set(run.bad) == {CUT}
    said = admin.read("preflight.json")
    assert (said["libraries"][0]["library"], said["libraries"][0]["verdict"]) == (CUT, "no-go")
    assert all(row["verdict"] != "no-go" for row in said["libraries"][1:])
    page = admin.page("preflight.html")
    assert all(row["name"] in page for row in said["libraries"])
