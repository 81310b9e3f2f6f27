"""The roll-out: canaries first, a wave that stops at its failure budget, and going on from what is left."""

from __future__ import annotations

from itertools import groupby

from campaign_admin import Admin, Run
from campaign_host import Host

BATCH = {"990000": 0, "990100": 1, "990111": 2, "990112": 2, "990121": 2, "990122": 3}
"""The hub, its canary with the counties' relay, the first wave, the second."""


def batches(run: Run) -> list[int]:
    """Return the batches that were at work one after the other, before the portals are opened to readers."""
    tasks = [entry["task"].startswith(("playbooks/serve", "roles/portal")) for entry in run.entries]
    ours = run.entries[: tasks.index(True)] if True in tasks else run.entries
    return [batch for batch, _ in groupby(BATCH[entry["host"]] for entry in ours)]


def test_a_wave_stops_at_its_failure_budget(admin: Admin, hosts: dict[str, Host]) -> None:
    hosts["990111"].take_another_host_key()
    run = admin.fails("site")
    assert run.bad["990111"] == run.bad["990112"] == "unreachable"
    assert "2 libraries of this batch failed (990111, 990112)" in run.said
    assert batches(run) == [0, 1, 2]
    # Whoever is well in that wave is not broken off.
    assert not hosts["990100"].untouched
    assert not hosts["990121"].untouched
    for code in ("990111", "990112", "990122"):
        assert hosts[code].untouched, code
    # Whoever is provisioned has no content yet.
    assert admin.left_over == list(BATCH)
    assert f"--limit @{admin.work}/failed" in run.said


def test_one_failure_is_borne(admin: Admin, hosts: dict[str, Host]) -> None:
    hosts["990111"].take_its_own_host_key()
    hosts["990112"].mend()
    hosts["990112"].pull_data_disk()
    run = admin.fails("site", "--limit", f"@{admin.work}/failed")
    assert run.bad == {"990112": "failed"}
    assert "990112-data" in run.said
    assert batches(run)[:8] == [0, 1, 2, 3, 0, 1, 2, 3]
    release = f"1-{admin.release['serial']}"
    for code, host in hosts.items():
        if code != "990112":
            assert host.live() == release
    assert admin.left_over == ["990112"]


def test_what_is_left_is_finished_and_nothing_else(admin: Admin, hosts: dict[str, Host]) -> None:
    hosts["990112"].plug_data_disk()
    run = admin.runs("site", "--limit", f"@{admin.work}/failed")
    assert run.hosts == {"990112"}
    assert hosts["990112"].live() == f"1-{admin.release['serial']}"
    assert admin.left_over == []
    assert not (admin.work / "failed").exists()
