"""The report: right figures, from receipts that hold; whatever else lies on the mirrors is named."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from campaign_admin import Admin
from campaign_host import Host, sign

HUB, RELAY = "990000", "990100"
FALSE, OTHER, DISK = "990112", "990111", "990121"
"""Whoever rules FALSE's server sends to the relay; OTHER is beside it, DISK below the hub."""
INBOX = "/var/lib/shulu-receipts"
CLIENTS = "/etc/shulu/mirror/clients"
DROP = "/root/false"
AGENT_KEY = "/etc/shulu/keys/agent"
FILES = ("report.html", "report.json", "report.pdf", "report.xlsx")
FIGURES = ("as_of", "release", "coverage", "collections", "routes", "dates", "libraries")
ALL = {HUB, RELAY, OTHER, FALSE, DISK, "990122"}


def digests(admin: Admin) -> dict[str, str]:
    return {name: hashlib.sha256((admin.work / "report" / name).read_bytes()).hexdigest() for name in FILES}


def records(bag: Path) -> int:
    file = bag / "data/records.jsonl"
    return len(file.read_text("utf-8").splitlines()) if file.exists() else 0


def first(folder: Path) -> Path:
    return min(folder.glob("*.json"))


def test_it_is_rehearsed_and_comes_out_the_same(admin: Admin) -> None:
    rehearsal = admin.runs("report", "--check")
    assert not (admin.work / "report").exists()
    run = admin.runs("report")
    assert run.changes == rehearsal.changes != []
    before = digests(admin)
    assert not admin.runs("report").changes
    assert digests(admin) == before


def test_the_figures_are_those_of_the_campaign(admin: Admin) -> None:
    said, release = admin.read("report/report.json"), admin.release
    total = {key: said["coverage"]["total"][key] for key in ("registered", "enrolled", "live", "current")}
    assert total == {"registered": 7, "enrolled": 6, "live": 6, "current": 6}
    assert {row["id"]: (row["registered"], row["current"]) for row in said["coverage"]["tiers"]} == {
        "province": (1, 1),
        "city": (1, 1),
        "county": (5, 4),
    }
    whole = sum(bag["bytes"] for bag in release["bags"])
    assert said["release"]["bytes"] == whole
    for row in said["libraries"]:
        live = row["code"] in ALL
        assert (row["state"], row["bytes"]) == (("current", whole) if live else ("awaiting", 0))
    for row in said["collections"]:
        bags = [bag for bag in release["bags"] if bag["collection"] == row["id"]]
        own = sum(bag["bytes"] for bag in bags)
        assert (row["release_bytes"], row["live_bytes"]) == (own, len(ALL) * own)
        # The kit has none.
        count = sum(records(admin.work / "release/bags" / bag["id"] / bag["version"]) for bag in bags)
        assert (row["records"] or 0) == count
    routes = {row["id"]: row for row in said["routes"]}
    assert {word: routes[word]["live"] for word in routes} == {"network": 3, "disk": 3, "remote": 0}
    assert routes["network"]["travelled_bytes"] >= 3 * whole
    assert said["rejected"] == []
    assert {each["library"] for each in said["receipts"]} == ALL
    # The status that was asked last, and the plan.
    assert {row["library"] for row in said["failures"]["status"]} == {OTHER, DISK}
    assert said["plan"]["late"] == 0
    page = admin.page("report/report.html")
    assert "试验省" in page
    assert (admin.work / "report/report.pdf").read_bytes().startswith(b"%PDF-")
    assert "回执" in openpyxl.load_workbook(admin.work / "report/report.xlsx").sheetnames


@pytest.fixture(scope="module")
def planted(hosts: dict[str, Host]) -> dict[tuple[str, str], str]:
    """Lay false receipts onto both mirrors; return why each must not count, by mirror and path there."""
    return by_account(hosts) | by_root(hosts)


def by_account(hosts: dict[str, Host]) -> dict[tuple[str, str], str]:
    """Send what a library's own account may send, signed with its own key."""
    there = hosts[FALSE]
    own = first(there.path("/var/lib/shulu/receipts"))
    true = json.loads(own.read_bytes())
    soon = f"{datetime.fromisoformat(true['ended']) + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    there.ask("mkdir", "-m", "700", DROP)
    found = {}
    for kind, lies in (
        ("foreign", {"library": OTHER, "ended": "2031-01-01T00:00:01Z"}),
        ("content", {"bytes": true["bytes"] * 1000, "ended": soon}),
        ("future", {"ended": "2031-01-01T00:00:02Z"}),
    ):
        name = write(there.path(DROP), true | lies)
        sign(there, AGENT_KEY, f"{DROP}/{name}")
        found[name] = kind
    again = named(true | {"ended": "2031-01-01T00:00:03Z"})
    copy(own, there.path(DROP) / again)
    found[again] = "replayed"
    shell = f"ssh -F none -o BatchMode=yes -o UserKnownHostsFile=/etc/shulu/known_hosts -i {AGENT_KEY}"
    there.ask("sh", "-c", f"rsync -e '{shell}' {DROP}/* shulu-receipts@{hosts[RELAY].address}:.")
    return {(RELAY, f"{FALSE}/{name}"): kind for name, kind in found.items()}


def by_root(hosts: dict[str, Host]) -> dict[tuple[str, str], str]:
    """Lay what only root of a mirror can lay there."""
    hub, relay = hosts[HUB], hosts[RELAY]
    inbox = hub.path(INBOX)
    true = first(inbox / DISK)
    said = json.loads(true.read_bytes())
    # Altered, with the true signature; and signed by a key of root's own making.
    altered = write(inbox / DISK, said | {"ended": "2031-01-01T00:00:04Z"})
    shutil.copyfile(f"{true}.sig", inbox / DISK / f"{altered}.sig")
    forged = write(inbox / DISK, said | {"ended": "2031-01-01T00:00:05Z"})
    hub.ask("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/root/stranger")
    sign(hub, "/root/stranger", f"{INBOX}/{DISK}/{forged}")
    found = {(HUB, f"{DISK}/{name}"): "signature" for name in (altered, forged)}
    # Of another province, of no registry, of a library that another mirror feeds.
    for code, kind in (("110101", "province"), ("990199", "registry"), (FALSE, "key")):
        (inbox / code).mkdir()
        copy(true, inbox / code / true.name)
        found[HUB, f"{code}/{true.name}"] = kind
    # A true receipt once more, vouched for by a second mirror: it counts once, and is no fault.
    again = first(relay.path(INBOX) / OTHER)
    (inbox / OTHER).mkdir()
    copy(again, inbox / OTHER / again.name)
    shutil.copyfile(relay.path(f"{CLIENTS}/{OTHER}.pub"), hub.path(f"{CLIENTS}/{OTHER}.pub"))
    return found


def named(document: dict[str, Any]) -> str:
    """Return the name that a receipt of this content has."""
    moment = datetime.fromisoformat(document["ended"])
    return f"{document['release']['epoch']}-{document['release']['serial']}-{moment:%Y%m%dT%H%M%SZ}.json"


def write(folder: Path, document: dict[str, Any]) -> str:
    """Write a receipt without a signature; return its name."""
    name = named(document)
    (folder / name).write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return name


def copy(receipt: Path, to: Path) -> None:
    """Copy a receipt with its signature."""
    for suffix in ("", ".sig"):
        shutil.copyfile(f"{receipt}{suffix}", f"{to}{suffix}")


def test_false_receipts_are_named_and_do_not_count(admin: Admin, planted: dict[tuple[str, str], str]) -> None:
    before = admin.read("report/report.json")
    run = admin.runs("report")
    said = admin.read("report/report.json")
    found = {row["file"]: row["kind"] for row in said["rejected"]}
    assert found == {f"{mirror}/receipts/{path}": kind for (mirror, path), kind in planted.items()}
    # Long names may be broken at a line's end.
    page = admin.page("report/report.html").replace("<wbr>", "")
    for row in said["rejected"]:
        assert row["zh"]
        assert row["en"]
        assert f"{row['file']}: {row['en']}" in run.said
        assert f">{row['file']}<" in page
    for part in FIGURES:
        assert said[part] == before[part], part
    counted = [[(row["library"], row["sha256"]) for row in each["receipts"]] for each in (before, said)]
    assert counted[0] == counted[1]


def test_a_silent_mirror_is_named(admin: Admin, hosts: dict[str, Host]) -> None:
    before = admin.read("report/report.json")
    hosts[RELAY].cut()
    admin.runs("report")
    hosts[RELAY].mend()
    said = admin.read("report/report.json")
    assert [note for note in said["notes"] if RELAY in note]
    for part in ("coverage", "libraries", "receipts", "rejected"):
        assert said[part] == before[part], part
