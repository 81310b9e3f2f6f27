"""Which receipts count: really signed ones, and a corpus of those that must not, each with its one line."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_province import BAGS, COMPACT, ISSUED, MOMENT, Province, bag, some

from shulu.content.signature import NAMESPACE_RECEIPT, NAMESPACE_RELEASE, sign
from shulu.findings import Refused
from shulu.report.make import make

TENTH = ISSUED + timedelta(days=10)


@pytest.fixture
def province(tmp_path: Path) -> Province:
    return Province(tmp_path / "p")


def altered(province: Province) -> None:
    file = province.receipt("340102")
    file.write_text(file.read_text().replace('"network"', '"disk"'))


def unsigned(province: Province) -> None:
    province.receipt("340102").with_suffix(".json.sig").unlink()


def by_a_strange_key(province: Province) -> None:
    file = province.receipt("340102", signer="341502")
    province.admit("340102")
    assert file.exists()


def for_another_purpose(province: Province) -> None:
    sign(province.receipt("340102"), province.keys["340102"], NAMESPACE_RELEASE)


def renamed(province: Province) -> None:
    file = province.receipt("340102")
    later = file.with_name(f"1-1-{TENTH + timedelta(days=3):{COMPACT}}.json")
    shutil.move(file.with_suffix(".json.sig"), later.with_suffix(".json.sig"))
    shutil.move(file, later)


def of_a_neighbour(province: Province) -> None:
    province.receipt("340103", folder="340102", signer="340102")


def from_another_province(province: Province) -> None:
    province.receipt("330102")


def not_in_the_registry(province: Province) -> None:
    province.receipt("340199")


def without_a_key(province: Province) -> None:
    province.receipt("340102")
    (province.fetched / "340000/clients/340102.pub").unlink()


def of_an_unknown_release(province: Province) -> None:
    province.receipt("340102", release=replace(province.release, serial=9))


def of_a_forged_release(province: Province) -> None:
    folder = province.work / "release/releases"
    text = (province.work / "release/release.json").read_text()
    (folder / "1-9.json").write_text(text.replace('"serial": 1', '"serial": 9'))
    shutil.copy(province.work / "release/release.json.sig", folder / "1-9.json.sig")
    province.receipt("340102", release=replace(province.release, serial=9))


def after_the_report(province: Province) -> None:
    province.receipt("340102", datetime(2027, 1, 1, tzinfo=UTC))


def before_its_release(province: Province) -> None:
    province.receipt("340102", ISSUED - timedelta(days=1))


def ended_before_it_began(province: Province) -> None:
    province.receipt("340102", started=f"{TENTH + timedelta(hours=1):{MOMENT}}")


def names_a_bag_of_its_own(province: Province) -> None:
    province.receipt("340102", **some([*BAGS, bag("ebooks-009", 10**12)]))


def names_another_digest(province: Province) -> None:
    province.receipt("340102", **some([bag("ebooks-001", 10**9, digest="cd" * 32)]))


def names_a_bag_twice(province: Province) -> None:
    province.receipt("340102", **some([BAGS[0], BAGS[0]]))


def claims_more_bytes(province: Province) -> None:
    province.receipt("340102", bytes=10**15)


def by_an_unknown_route(province: Province) -> None:
    province.receipt("340102", route="pigeon")


def without_a_member(province: Province) -> None:
    file = province.receipt("340102")
    document = json.loads(file.read_text())
    del document["bad_files"]
    file.write_text(json.dumps(document))
    sign(file, province.keys["340102"], NAMESPACE_RECEIPT)


def of_another_type(province: Province) -> None:
    province.receipt("340102", bytes="many")


def badly_named(province: Province) -> None:
    file = province.receipt("340102")
    file.rename(file.with_name("receipt.json"))
    file.with_suffix(".json.sig").unlink()


def a_link(province: Province) -> None:
    file = province.receipt("340102")
    file.rename(province.root / "elsewhere")
    file.symlink_to(province.root / "elsewhere")


@pytest.mark.parametrize(
    ("spoil", "kind", "words"),
    [
        (altered, "signature", "was altered"),
        (unsigned, "signature", "cannot be read"),
        (by_a_strange_key, "signature", "unknown key"),
        (for_another_purpose, "signature", "another purpose"),
        (renamed, "replayed", "sent again under another name"),
        (of_a_neighbour, "foreign", "is the receipt of 340103"),
        (from_another_province, "province", "no library of this province"),
        (not_in_the_registry, "registry", "not in the registry"),
        (without_a_key, "key", "no key of 340102"),
        (of_an_unknown_release, "release", "release 1-9 is unknown here"),
        (of_a_forged_release, "release", "release 1-9 is unknown here"),
        (after_the_report, "future", "after the report's date"),
        (before_its_release, "clock", "cannot be"),
        (ended_before_it_began, "clock", "cannot be"),
        (names_a_bag_of_its_own, "content", "names ebooks-009@1"),
        (names_another_digest, "content", "names ebooks-001@1"),
        (names_a_bag_twice, "content", "its sums"),
        (claims_more_bytes, "content", "its sums"),
        (by_an_unknown_route, "content", "is no route"),
        (without_a_member, "malformed", "bad_files"),
        (of_another_type, "malformed", "int expected"),
        (badly_named, "malformed", "is not named as receipts are"),
        (a_link, "malformed", "cannot be read"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_must_not_count(
    province: Province, spoil: Callable[[Province], None], kind: str, words: str
) -> None:
    province.receipt("340103", TENTH)
    spoil(province)
    report = province.make()
    assert [each["library"] for each in report["receipts"]] == ["340103"]
    (no,) = report["rejected"]
    assert report == province.make(), "a folder of the moment is named"
    assert no["kind"] == kind and words in no["en"] and "\n" not in no["en"] + no["zh"]
    assert report["rejected_by_kind"] == [
        {"kind": kind, "name": report["rejected_by_kind"][0]["name"], "receipts": 1}
    ]
    assert report["coverage"]["total"]["live"] == 1


def test_the_same_receipt_from_two_mirrors_counts_once_and_is_no_fault(province: Province) -> None:
    """A library that moves sends its receipts once more to its new mirror, perhaps with a new key there."""
    province.receipt("340102", mirror="340000")
    shutil.copytree(province.fetched / "340000", province.fetched / "340100")
    report = province.make()
    assert len(report["receipts"]) == 1 and not report["rejected"]
    shutil.copy(province.root / "key-340102.pub", province.fetched / "340000/clients/340102.pub")
    province.admit("340102", "340100", key_of="341502")
    assert [each["file"] for each in province.make()["receipts"]] == [report["receipts"][0]["file"]]
    assert not province.make()["rejected"]


def test_a_copy_of_what_counts_under_another_name_is_told(province: Province) -> None:
    file = province.receipt("340102")
    later = file.with_name(f"1-1-{TENTH + timedelta(days=3):{COMPACT}}.json")
    for suffix in (".json", ".json.sig"):
        shutil.copy(file.with_suffix(suffix), later.with_suffix(suffix))
    report = province.make()
    (no,) = report["rejected"]
    assert len(report["receipts"]) == 1 and no["kind"] == "replayed"
    assert no["file"] == later.relative_to(province.fetched).as_posix()


def test_another_receipt_for_the_same_moment_is_told(province: Province) -> None:
    province.receipt("340102", mirror="340000")
    other = province.receipt("340102", mirror="340100", travelled_bytes=1)
    report = province.make()
    (no,) = report["rejected"]
    assert len(report["receipts"]) == 1 and no["kind"] == "replayed"
    assert no["file"] == other.relative_to(province.fetched).as_posix()
    assert "is not the same as 340000/receipts/340102/" in no["en"]


def test_without_a_date_the_clock_of_now_tells_the_future(province: Province) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    release = province.issue(2, BAGS, issued=now - timedelta(days=9))
    province.receipt("340102", now, release=release)
    province.receipt("340103", now + timedelta(days=1), release=release)
    report = make(replace(province.places, date=""))
    assert [each["library"] for each in report["receipts"]] == ["340102"]
    assert [(no["kind"], no["library"]) for no in report["rejected"]] == [("future", "340103")]
    assert report["as_of"] == f"{now:{MOMENT}}"


def test_a_release_whose_key_was_revoked_is_said_and_not_used(province: Province) -> None:
    province.receipt("340102")
    subprocess.run(
        ["ssh-keygen", "-q", "-k", "-f", province.trust / "revoked.krl", province.signer.with_suffix(".pub")],
        check=True,
    )
    report = province.make()
    assert not report["receipts"] and report["rejected"][0]["kind"] == "release"
    assert any("revoked key" in note for note in report["notes"])


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from([
    "format", "library", "name", "route", "release", "bags", "files", "bytes", "travelled_files",
    "travelled_bytes", "linked_files", "bad_files", "source", "started", "ended", "verified", "free_bytes",
    "agent", "more",
])  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(member=MEMBERS, value=JUNK)
def test_whatever_a_library_signs_it_counts_whole_or_is_told_in_a_line(
    province: Province, member: str, value: object
) -> None:
    shutil.rmtree(province.fetched, ignore_errors=True)
    file = province.receipt("340102")
    document = json.loads(file.read_text()) | {member: value}
    file.write_text(json.dumps(document))
    sign(file, province.keys["340102"], NAMESPACE_RECEIPT)
    report = province.make()
    assert len(report["receipts"]) + len(report["rejected"]) == 1
    assert all("\n" not in no["en"] for no in report["rejected"])
    total = sum(row["live_bytes"] for row in report["collections"])
    assert total in {0, province.release.bytes}


def test_the_work_folder_of_another_province_is_refused(province: Province) -> None:
    from_another_province(province)
    with pytest.raises(Refused, match="are all of another province; name this province's own work folder"):
        make(province.places)
