"""Spoilt files of every kind: each is told in one clear line, and nothing of it gets into a report unread."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_province import Province, key

from shulu.content.signature import NAMESPACE_RECEIPT, NAMESPACE_REPORT, sign
from shulu.delivery.inbox import MOST_BYTES
from shulu.findings import Refused
from shulu.report.make import dump, files
from shulu.report.national import gather
from shulu.report.words import line

DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.fixture
def province(tmp_path: Path) -> Province:
    return Province(tmp_path / "p")


def resign(province: Province, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    sign(file, province.keys["340102"], NAMESPACE_RECEIPT)


def a_folder(_: Province, file: Path) -> None:
    file.unlink()
    file.mkdir()


def a_pipe(_: Province, file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def too_large(_: Province, file: Path) -> None:
    with file.open("wb") as stream:
        stream.truncate(MOST_BYTES + 1)


def the_signature_is_a_folder(_: Province, file: Path) -> None:
    file.with_suffix(".json.sig").unlink()
    file.with_suffix(".json.sig").mkdir()


def the_signature_is_too_large(_: Province, file: Path) -> None:
    with file.with_suffix(".json.sig").open("wb") as stream:
        stream.truncate(1 << 20)


def the_key_is_a_folder(province: Province, _: Path) -> None:
    public = province.fetched / "340000/clients/340102.pub"
    public.unlink()
    public.mkdir()


def the_key_is_no_text(province: Province, _: Path) -> None:
    (province.fetched / "340000/clients/340102.pub").write_bytes(b"\xff\xfe\x00")


@pytest.mark.parametrize(
    ("spoil", "kind", "words"),
    [
        (a_folder, "malformed", "is not a regular file"),
        (a_pipe, "malformed", "is not a regular file"),
        (too_large, "malformed", "has more than 16777216 bytes"),
        (the_signature_is_a_folder, "signature", "is not a regular file"),
        (the_signature_is_too_large, "signature", "has more than 65536 bytes"),
        (the_key_is_a_folder, "key", "no key of 340102"),
        (the_key_is_no_text, "signature", "unknown key"),
        (lambda p, f: resign(p, f, b""), "malformed", "is no receipt"),
        (lambda p, f: resign(p, f, b"\xff\xfe{"), "malformed", "is no receipt"),
        (lambda p, f: resign(p, f, b'{"format": 1'), "malformed", "is no receipt"),
        (lambda p, f: resign(p, f, DEEP), "malformed", "is no receipt"),
        (lambda p, f: resign(p, f, b"[]"), "malformed", "dict expected"),
        (lambda p, f: resign(p, f, b'{"format": ' + b"9" * 5000 + b"}"), "malformed", "is no receipt"),
    ],
)
def test_a_spoilt_receipt(
    province: Province, spoil: Callable[[Province, Path], None], kind: str, words: str
) -> None:
    province.receipt("340103")
    spoil(province, province.receipt("340102"))
    report = province.make()
    (no,) = report["rejected"]
    assert (no["kind"], no["library"]) == (kind, "340102") and words in no["en"]
    assert line(no["en"]) == no["en"] and line(no["zh"]) == no["zh"]
    assert [each["library"] for each in report["receipts"]] == ["340103"]


NASTY = "\x00\x1b[31m\u202e<b>=1+1\ud800\n" + "长" * 5000


def test_what_a_library_signs_steers_no_file(province: Province, tmp_path: Path) -> None:
    bad = ["bags/\x00\x1b[31m\u202e<b>", "=1+1", "长" * 5000]
    province.receipt("340102", bad_files=bad)
    (province.work / "status.json").write_text(json.dumps({"written": "2026-12-30T00:00:00Z", "libraries": [
        {"library": "340103", "reach": "silent", "problem": NASTY}]}))  # fmt: skip
    report = province.make()
    for example in report["failures"]["damaged"][0]["examples"]:
        assert line(example) == example and len(example) <= 200
    made = files(report, tmp_path)
    assert b"&lt;b&gt;" in made[tmp_path / "report.html"]
    assert not re.search(rb"[\x00-\x08\x0b-\x1f]", made[tmp_path / "report.html"])
    assert all(made.values())


PLAN = (
    "馆代码,馆名,推送方式,完成,是否按期,硬盘,硬盘与复制（元）,运输（元）,流量（元）,培训（元）,合计（元）\n"
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan/plan.csv", PLAN + "340102,望山,网络,x,是,,nan,0,0,0,0\n"),
        ("plan/plan.csv", PLAN + "340102,望山,网络,x,是,,inf,0,0,0,0\n"),
        ("plan/plan.csv", PLAN + "340102,望山,网络,x,是,,-1,0,0,0,0\n"),
        ("plan/plan.csv", PLAN + "340102,望山\n"),
        ("plan/plan.csv", PLAN + '340102,"' + "望" * 200_000 + '",网络,x,是,,0,0,0,0,0\n'),
        ("plan/plan.csv", b"\x00\xff\xfe\x81" * 9),
        ("status.json", DEEP),
        ("status.json", b"\xff\xfe"),
        ("status.json", '{"written": "2026-12-30T00:00:00Z", "libraries": [7]}'),
        ("status.json", '{"written": "2026-12-30T00:00:00Z", "libraries": [{"reach": []}]}'),
        ("status.json", '{"written": 7, "libraries": []}'),
        ("../inventory/usage.csv", b"\x00\xff\xfe\x81" * 9),
        ("../inventory/usage.csv", b""),
        ("../inventory/usage.csv", "馆代码,月份,资源库,访问次数,阅览次数,下载次数\n\x00,\x1b,,1,1,1\n"),
        ("../inventory/usage.csv", "馆代码,月份,资源库,访问次数,阅览次数,下载次数\n" + "9" * 200_000),
    ],
)
def test_a_spoilt_source_stops_the_report_in_a_line(
    province: Province, name: str, content: str | bytes
) -> None:
    file = province.work / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(Refused) as refused:
        province.make()
    (finding,) = refused.value.findings
    assert finding.where.rpartition("/")[2].startswith(file.name)
    assert line(str(finding), 2000) == str(finding), "one line, nothing that steers a terminal"


def test_sizes_of_disks_that_are_none_are_no_disks(province: Province) -> None:
    (province.work / "plan").mkdir()
    (province.work / "plan/plan.csv").write_text(PLAN + "340102,望山,硬盘,x,是,1×1.2.3 TB,0,0,0,0,0\n")
    assert province.make()["plan"]["disks"] == {}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["plan/plan.csv", "status.json", "../inventory/usage.csv"]), st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(province: Province, name: str, content: bytes) -> None:
    file = province.work / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    try:
        assert province.make()["kind"] == "province"
    except Refused as refused:
        assert all("\n" not in str(each) for each in refused.findings)
    finally:
        file.unlink()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    made = Province(tmp_path_factory.mktemp("spoilt") / "p")
    made.receipt("340102")
    return made.make()


def changed(report: dict[str, Any], **said: Any) -> bytes:
    return json.dumps(report | said).encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda r: b"", "is no JSON"),
        (lambda r: b"\xff{", "is no JSON"),
        (lambda r: DEEP, "is no JSON"),
        (lambda r: b"[" * 900 + b"]" * 900, "is no report of a province"),
        (lambda r: b'{"format": ' + b"9" * 5000 + b"}", "is no count"),
        (lambda r: b'{"format": NaN}', "is no figure"),
        (lambda r: b'{"format": 1e999}', "is no figure"),
        (lambda r: changed(r, as_of="2026-99-99T00:00:00Z"), "a moment that is none"),
        (lambda r: changed(r, province=r["province"] | {"name": "省\ud800"}), "a name is no single line"),
        (lambda r: changed(r, province=r["province"] | {"name": "省\n\x1b[31m"}), "a name is no single line"),
        (lambda r: changed(r, receipts=[r["receipts"][0] | {"no": 1.0}]), "receipts/0/no"),
    ],
)
def test_a_foreign_report_that_is_none(
    tmp_path: Path, report: dict[str, Any], content: Callable[[dict[str, Any]], bytes], words: str
) -> None:
    (tmp_path / "report.json").write_bytes(content(report))
    with pytest.raises(Refused, match=re.escape(words)) as refused:
        gather([tmp_path])
    (finding,) = refused.value.findings
    assert line(str(finding), 2000) == str(finding)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda file: Path(file).symlink_to("/etc/hostname")])
def test_a_foreign_report_that_is_no_file(tmp_path: Path, make: Callable[[str], object]) -> None:
    make(str(tmp_path / "report.json"))
    with pytest.raises(Refused, match=r"is not a regular file|cannot be read") as refused:
        gather([tmp_path])
    assert len(refused.value.findings) == 1


class Nation:
    """A nation's trust, and one province's signed report."""

    def __init__(self, root: Path, report: dict[str, Any]) -> None:
        self.folder, self.trust = root / "a", root / "trust"
        self.folder.mkdir()
        self.trust.mkdir()
        self.key = key(root / "key")
        self.name = report["province"]["code"]
        (self.folder / "report.json").write_bytes(dump(report))
        sign(self.folder / "report.json", self.key, NAMESPACE_REPORT)
        public = " ".join(self.key.with_suffix(".pub").read_text().split()[:2])
        self.line = f'namespaces="{NAMESPACE_REPORT}" {public}\n'
        (self.trust / "allowed_signers").write_text(f"{self.name} {self.line}")
        (self.trust / "revoked.krl").touch()


@pytest.fixture
def nation(tmp_path: Path, report: dict[str, Any]) -> Nation:
    return Nation(tmp_path, report)


def test_a_signed_report_counts_and_is_said_to_be(nation: Nation) -> None:
    assert gather([nation.folder], nation.trust)["sources"][0]["signed"] is True
    assert gather([nation.folder])["sources"][0]["signed"] is False


def altered(nation: Nation) -> None:
    file = nation.folder / "report.json"
    file.write_text(file.read_text().replace('"2026-12-31T15:59:59Z"', '"2026-12-30T15:59:59Z"'))


def unsigned(nation: Nation) -> None:
    (nation.folder / "report.json.sig").unlink()


def of_another_province(nation: Nation) -> None:
    (nation.trust / "allowed_signers").write_text(f"350000 {nation.line}")


def for_another_purpose(nation: Nation) -> None:
    sign(nation.folder / "report.json", nation.key, NAMESPACE_RECEIPT)


def revoked(nation: Nation) -> None:
    words = ["ssh-keygen", "-q", "-k", "-f", nation.trust / "revoked.krl", nation.key.with_suffix(".pub")]
    subprocess.run(words, check=True)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (altered, "was altered"),
        (unsigned, "cannot be read"),
        (of_another_province, "unknown key"),
        (for_another_purpose, "another purpose"),
        (revoked, "revoked key"),
    ],
)
def test_with_trust_nothing_else_counts(nation: Nation, spoil: Callable[[Nation], None], words: str) -> None:
    spoil(nation)
    with pytest.raises(Refused, match=words) as refused:
        gather([nation.folder], nation.trust)
    assert len(refused.value.findings) == 1
