from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shulu.campaign import preflight, verdicts
from shulu.campaign.preflight import NOTE, STOP, Needs, Remark
from shulu.campaign.variables import Misspelt
from shulu.findings import Refused

GB = 1_000_000_000


def server(**changes: Any) -> dict[str, Any]:
    return {
        "os_id": "debian",
        "os_version": "12",
        "architecture": "x86_64",
        "python": "3.11.2",
        "memory_bytes": 4 << 30,
        "root_free_bytes": 10 * GB,
        "disks": [{"node": "/dev/sdb", "serial": "WD-1", "size_bytes": 4000 * GB}],
        "data_mounted": True,
        "data_bytes": 4000 * GB,
        "data_free_bytes": 100 * GB,
        "bags": ["ebooks-001@1"],
        "clock_offset": 0.4,
        "clock_uncertainty": 0.5,
    } | changes


def problems(needs: Needs | None = None, **changes: Any) -> list[tuple[str, str]]:
    return [(each.weight, each.problem) for each in preflight.of_server(server(**changes), needs or Needs())]


def test_nothing_stands_against_a_good_server() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("changes", "weight", "problem"),
    [
        ({"os_id": "ubuntu", "os_version": "24.04"}, STOP, "runs ubuntu 24.04"),
        ({"os_version": "11"}, STOP, "runs debian 11"),
        ({"os_id": "", "os_version": ""}, STOP, "runs an unknown system"),
        ({"architecture": "riscv64"}, STOP, "is a machine of type riscv64"),
        ({"python": "3.9.2"}, STOP, "has Python 3.9.2"),
        ({"memory_bytes": 512 << 20}, NOTE, "has 512 MiB of memory"),
        ({"root_free_bytes": GB}, STOP, "1.0 GB are free on the system disk"),
        ({"clock_offset": -3600.0}, NOTE, "its clock is 3600 s behind"),
        ({"clock_offset": 45.0}, NOTE, "its clock is 45 s ahead"),
    ],
)
def test_each_fault_of_a_server(changes: dict[str, Any], weight: str, problem: str) -> None:
    assert problems(**changes) == [(weight, problem)]


def test_a_slow_answer_is_no_wrong_clock() -> None:
    assert problems(clock_offset=40.0, clock_uncertainty=20.0) == []


def test_the_named_disk_must_be_there() -> None:
    found = problems(Needs(disk_serial="WD-2"))
    assert found == [(STOP, "has no disk WD-2 (it has: WD-1)")]
    assert problems(Needs(disk_serial="WD-2"), disks=[])[0][1] == "has no disk WD-2 (it has: none)"


def test_there_must_be_room_for_what_is_not_there_yet() -> None:
    bags = {"ebooks-001@1": 90 * GB, "ebooks-002@1": 99 * GB}
    assert problems(Needs(bags=bags)) == []
    found = problems(Needs(bags=bags), bags=[])
    assert found == [(STOP, "needs 189.0 GB for the release and has 100.0 GB")]


def test_a_volume_smaller_than_its_tier_is_to_hold_is_noted() -> None:
    needs = Needs(capacity_bytes=4000 * GB)
    assert problems(needs, data_bytes=3936 * GB) == []
    said = "its content volume has 2.0 TB, and its tier is to hold 4.0 TB"
    assert problems(needs, data_bytes=1968 * GB) == [(NOTE, said)]
    small = [{"node": "/dev/sdb", "serial": "WD-1", "size_bytes": 2000 * GB}]
    needs = Needs(capacity_bytes=4000 * GB, disk_serial="WD-1")
    assert problems(needs, disks=small, data_mounted=False, data_bytes=40 * GB) == [(NOTE, said)]


def test_a_disk_that_is_not_mounted_yet_counts_by_its_size() -> None:
    needs = Needs(disk_serial="WD-1", bags={"ebooks-001@2": 3700 * GB})
    assert problems(needs, data_mounted=False) == []
    assert problems(needs, data_mounted=True)[0][0] == STOP


def test_a_library_needs_only_its_collections_and_the_kit() -> None:
    release = {
        "bags": [
            {"id": f"{name}-001", "version": "1", "collection": name, "bytes": 5}
            for name in ("ebooks", "journals", "kit")
        ]
    }
    assert preflight.bags_of(release, ["journals"]) == {"journals-001@1": 5, "kit-001@1": 5}
    assert len(preflight.bags_of(release, [])) == 3


def test_a_line_is_judged() -> None:
    assert preflight.of_link({"problem": "", "remedy": "", "rtt_ms": 20.0}, 500) == []
    assert preflight.of_link({"problem": "", "remedy": "", "rtt_ms": 900.0}, 500)[0].weight == NOTE
    assert preflight.of_link({"problem": "p", "remedy": "r", "rtt_ms": None}, 500) == [Remark(STOP, "p", "r")]


NOW = "2026-11-23T08:00:00Z"
EARLIER = "2026-11-22T07:00:00Z"


def verdict(library: str, *remarks: Remark, place: str = "乙市") -> dict[str, Any]:
    told = [{"weight": each.weight, "problem": each.problem, "remedy": each.remedy} for each in remarks]
    who = {
        "library": library,
        "name": "甲",
        "route": "disk",
        "tier": "county",
        "wave": 2,
        "prefecture": place,
    }
    return who | {"rtt_ms": 1.5, "remarks": told}


def ranked(*verdicts_of: dict[str, Any], before: tuple[dict[str, Any], ...] = ()) -> list[dict[str, Any]]:
    return verdicts.rank(verdicts_of, NOW, {each["library"]: each for each in before})


SHARED, OWN = Remark(STOP, "runs debian 11", "install Debian 12"), Remark(NOTE, "slow", "wait")


def test_the_table_tells_shared_findings_once() -> None:
    lines = verdicts.table(ranked(verdict("1", SHARED, OWN), verdict("2", SHARED)), NOW).split("\n")
    assert [line.split()[0] for line in lines[2:5]] == ["all", "1", "2"]
    assert "slow" in lines[3]
    assert lines[4].split()[-1] == STOP
    assert lines[-1] == "0 of 2 libraries are ready"
    text = verdicts.page(ranked(verdict("1", SHARED, OWN), verdict("2", SHARED)), "示范省", NOW)
    assert text.count("操作系统是 debian 11。<b>请安装 Debian 12</b>") == 1


def test_a_note_does_not_hold_a_library_back() -> None:
    text = verdicts.table(ranked(verdict("1", OWN), verdict("2")), NOW)
    assert text.endswith("2 of 2 libraries are ready")


def test_variables_are_judged() -> None:
    remarks = preflight.of_variables(
        [Misspelt("storage_seral", "storage_serial"), Misspelt("kit_x", "")], ["odd"]
    )
    assert [each.remedy.split(" in ")[0] for each in remarks] == [
        "write storage_serial",
        "remove it",
        "mend it",
    ]
    assert all(each.weight == STOP for each in remarks)


def test_a_variable_without_a_value_is_told() -> None:
    (remark,) = preflight.of_variables([], [], ["base_admins"])
    assert remark.weight == STOP
    assert remark.problem == "variable base_admins has no value, and its role requires one"


def test_what_is_missing_on_the_controller_is_told(tmp_path: Path) -> None:
    (kit,) = preflight.of_kit(tmp_path)
    assert (kit.weight, kit.problem) == (STOP, f"this machine has no kit in {tmp_path}")
    assert [remark.problem for remark in preflight.of_trust(tmp_path)] == [
        f"this machine has no {name} in {tmp_path}" for name in ("allowed_signers", "revoked.krl")
    ]
    for name in ("kit.json", "allowed_signers", "revoked.krl"):
        (tmp_path / name).touch()
    assert preflight.of_kit(tmp_path) == preflight.of_trust(tmp_path) == []


def test_the_worst_stand_first_and_filters_leave_the_count_whole() -> None:
    rows = ranked(verdict("1"), verdict("2", OWN), verdict("3", SHARED), verdict("4", OWN, SHARED))
    assert [each["library"] for each in rows] == ["4", "3", "2", "1"]
    assert [each["weight"] for each in rows[0]["remarks"]] == [STOP, NOTE]
    text = verdicts.table(rows, NOW, ["note"])
    assert [line.split()[0] for line in text.split("\n")[2:4]] == ["2", "(3"]
    assert text.endswith("2 of 4 libraries are ready")
    with pytest.raises(Refused, match="bad is no verdict; there are no-go, note, go"):
        verdicts.table(rows, NOW, ["bad"])


def test_a_run_for_some_keeps_the_verdicts_of_the_others() -> None:
    earlier = verdicts.rank([verdict("1", SHARED), verdict("2", SHARED)], EARLIER, {})
    rows = ranked(verdict("1"), before=tuple(earlier))
    assert [(each["library"], each["verdict"], each["as_of"]) for each in rows] == [
        ("2", STOP, EARLIER),
        ("1", "go", NOW),
    ]
    assert verdicts.table(rows, NOW).endswith("\n\n1 of 1 libraries are ready")
    text = verdicts.page(rows, "示范省", NOW, ["3"])
    assert "2 馆中 1 馆就绪" in text and "截至 2026-11-22 15:00 的情况" in text
    assert "尚未检查" in text


def test_the_page_tells_each_verdict_by_word_and_lets_nothing_in() -> None:
    evil = verdict("3", Remark(STOP, "<script>", "x"), place="<i>") | {"name": "<b>"}
    text = verdicts.page(ranked(verdict("1"), verdict("2", OWN), evil), "示范省", NOW)
    assert "<script" not in text and "<b>甲" not in text and "<b><" not in text and "<i>" not in text
    assert not any(word in text for word in ("http:", "https:", "//", "src=", "url("))
    assert "3 馆中 2 馆就绪" in text
    assert text.index('id="l3"') < text.index('id="l2"') < text.index('id="l1"')
    assert "就绪 2 / 2" in text


def test_remote_readers_are_told_what_their_licences_leave_out() -> None:
    scopes = {"ebooks": "lan", "journals": "province", "old-photographs": "open", "kit": "lan"}
    bags = [{"collection": name, "licence": {"scope": scope}} for name, scope in scopes.items()]
    (remark,) = preflight.of_licences({"bags": bags})
    assert (remark.weight, remark.problem) == (
        preflight.NOTE,
        "its readers see 2 of 3 bags: the others' licence is lan",
    )
    assert "pack_scope" in remark.remedy
    assert preflight.of_licences({"bags": bags[1:]}) == []
