"""Several provinces' reports added up, and a corpus of reports that are none."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_province import Province

from shulu.cli.main import main
from shulu.findings import Refused
from shulu.report.make import dump
from shulu.report.national import gather


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    province = Province(tmp_path_factory.mktemp("national") / "p")
    province.receipt("340102")
    province.receipt("340103", route="disk")
    province.receipt("330102")
    return province.make()


def lay(folder: Path, report: dict[str, Any], code: str = "340000", name: str = "示范省") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_bytes(dump(report | {"province": {"code": code, "name": name}}))
    return folder


def test_two_provinces(tmp_path: Path, report: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    folders = [lay(tmp_path / "b", report, "350000", "乙省"), lay(tmp_path / "a", report, "340000", "甲省")]
    out = tmp_path / "out"
    assert main(["report", "national", str(out), *map(str, folders)]) == 0
    nation = json.loads((out / "national.json").read_bytes())
    assert [row["name"] for row in nation["provinces"]] == ["甲省", "乙省"]
    assert nation["coverage"]["total"]["registered"] == 14 and nation["coverage"]["total"]["live"] == 4
    assert {row["id"]: row["live"] for row in nation["routes"]} == {"network": 2, "disk": 2, "remote": 0}
    ebooks = nation["collections"][0]
    assert (ebooks["provinces"], ebooks["libraries"], ebooks["live_bytes"]) == (2, 4, 12 * 10**9)
    assert nation["provinces"][0]["rejected"] == 1 and len(nation["sources"]) == 2
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert sorted(before) == ["national.html", "national.json", "national.pdf", "national.xlsx"]
    capsys.readouterr()
    assert main(["report", "national", str(out), *map(str, reversed(folders))]) == 0
    assert capsys.readouterr().out.count("unchanged") == 4
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_province_twice(tmp_path: Path, report: dict[str, Any]) -> None:
    folders = [lay(tmp_path / name, report) for name in ("a", "b", "c")]
    with pytest.raises(Refused) as refused:
        gather(folders)
    assert [each.problem for each in refused.value.findings] == [
        f"is of 示范省, and so is {folders[0] / 'report.json'}"
    ] * 2


def change(path: str, value: object) -> Callable[[dict[str, Any]], object]:
    def changed(report: dict[str, Any]) -> object:
        *above, last = path.split("/")
        at: Any = report
        for part in above:
            at = at[int(part)] if part.isdigit() else at[part]
        at[last] = value
        return report

    return changed


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda report: [], "is no report of a province"),
        (change("format", 2), "format: 1 was expected"),
        (change("kind", "national"), "kind: 'province' was expected"),
        (change("province/code", "34"), "province/code"),
        (change("more", 1), "'more' was unexpected"),
        (change("as_of", "yesterday"), "as_of"),
        (change("coverage/total/live", -1), "coverage/total/live"),
        (change("coverage/total/live", 7), "does not add up"),
        (change("coverage/tiers/2/live", 3), "does not add up"),
        (change("libraries/0/state", "current"), "does not add up"),
        (change("receipts", []), "does not add up"),
        (change("rejected", []), "does not add up"),
        (change("collections/0/live_bytes", 1.5), "collections/0/live_bytes"),
    ],
)
def test_reports_that_are_none(
    tmp_path: Path, report: dict[str, Any], spoil: Callable[[dict[str, Any]], object], words: str
) -> None:
    (tmp_path / "report.json").write_text(json.dumps(spoil(copy.deepcopy(report)), ensure_ascii=False))
    with pytest.raises(Refused, match=re.escape(words)) as refused:
        gather([tmp_path])
    assert len(refused.value.findings) == 1 and "\n" not in str(refused.value)


def test_each_bad_one_has_its_line_and_nothing_is_written(tmp_path: Path, report: dict[str, Any]) -> None:
    good, broken = lay(tmp_path / "good", report), lay(tmp_path / "broken", report)
    (broken / "report.json").write_bytes(b"\xff{")
    words = ["report", "national", tmp_path / "out", good, broken, tmp_path / "missing"]
    done = subprocess.run(
        [sys.executable, "-m", "shulu.cli.main", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 2, done.stderr
    assert "is no JSON" in done.stderr and "cannot be read" in done.stderr
    assert not (tmp_path / "out").exists()


PATHS = st.lists(st.integers(0, 30), max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS, value=st.none() | st.integers(-3, 9) | st.text(max_size=5) | st.just([]) | st.just({}))
def test_whatever_stands_there_is_added_up_or_refused(
    tmp_path: Path, report: dict[str, Any], path: list[int], value: object
) -> None:
    spoilt = copy.deepcopy(report)
    at: Any = spoilt
    for step in path:
        inner = list(at) if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ()
        if not inner:
            break
        key = inner[step % len(inner)]
        if not isinstance(at[key], dict | list) or step == path[-1]:
            at[key] = value
            break
        at = at[key]
    (tmp_path / "report.json").write_text(json.dumps(spoilt))
    try:
        assert gather([tmp_path])["provinces"]
    except Refused as refused:
        assert len(refused.findings) == 1
