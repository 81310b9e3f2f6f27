from __future__ import annotations

import csv
import io
import random
from dataclasses import replace
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from shulu.findings import Refused
from shulu.programme import COLLECTIONS
from shulu.registry import Library, Settings, parse
from shulu.registry.columns import COLUMNS

SETTINGS = Settings(vpn=("10.99.0.0/16",))
ROOT = Path(__file__).parents[2]
FULL_WIDTH = str.maketrans("0123456789:./-", "０１２３４５６７８９：．／－")


def judge(data: bytes) -> None:
    """A registry or a refusal, never anything else."""
    try:
        parse(data, SETTINGS, "libraries.csv")
    except Refused as refused:
        assert refused.findings


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_registry_or_a_refusal(data: bytes) -> None:
    judge(data)


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_gives_a_registry_or_a_refusal(text: str) -> None:
    judge(text.encode("utf-8", "surrogatepass"))
    judge(f"code,name,tier,address\n{text}".encode("utf-8", "surrogatepass"))


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["990000", "省", "10.99.0.1", "10.0.0.0/8", "网络", '"', "1/", "::"]),
)


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=11, max_size=11), max_size=5))
def test_any_cells_give_a_registry_or_a_refusal(table: list[list[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.zh for column in COLUMNS[:11]])
    writer.writerows(table)
    judge(text.getvalue().encode("utf-8", "surrogatepass"))


HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)


@st.composite
def provinces(draw: st.DrawFn) -> list[Library]:
    hub = Library("990000", "省馆", "province", "", "10.99.0.1", "disk", 0, "", (), 1, (), 0)
    libraries = [hub]
    for number in range(draw(st.integers(0, 8))):
        tier = draw(st.sampled_from(["city", "county", "station"]))
        above = [each for each in libraries if each.address and _rank(each.tier) < _rank(tier)]
        libraries.append(
            Library(
                code=f"99{number + 1:04}",
                name=draw(st.text(HAN, min_size=1, max_size=20)),
                tier=tier,
                parent=draw(st.sampled_from(above)).code,
                address=draw(st.sampled_from(["", f"10.99.1.{number + 1}"])),
                route=draw(st.sampled_from(["network", "disk", "remote"])),
                line_mbit=draw(st.integers(0, 10_000)),
                window=draw(st.sampled_from(["", "22:00-06:00", "00:30-23:59"])),
                lans=draw(st.sampled_from([(), ("192.168.0.0/24",), ("172.16.0.0/12", "10.1.0.0/16")])),
                wave=draw(st.integers(1, 9)),
                collections=tuple(
                    draw(
                        st.lists(st.sampled_from([each.id for each in COLLECTIONS]), unique=True, max_size=4)
                    )
                ),
                line=0,
            )
        )
    return libraries


def _rank(tier: str) -> int:
    return ["province", "city", "county", "station"].index(tier)


def written(libraries: list[Library], dice: random.Random) -> bytes:
    """Write a registry as some spreadsheet or hand would."""
    columns = list(COLUMNS[:11])
    dice.shuffle(columns)
    zh = dice.random() < 0.5
    names = {collection.id: collection.zh for collection in COLLECTIONS}
    text = io.StringIO()
    writer = csv.writer(text, delimiter=dice.choice(",\t;"), lineterminator=dice.choice(["\n", "\r\n"]))
    writer.writerow([column.zh if zh else column.name for column in columns])
    for each in libraries:
        cells = {
            "code": each.code,
            "name": each.name,
            "tier": each.tier,
            "parent": each.parent,
            "address": each.address,
            "route": each.route,
            "line": str(each.line_mbit or ""),
            "window": each.window,
            "lans": dice.choice([" ", ",", "、", "\n"]).join(each.lans),
            "wave": str(each.wave),
            "collections": dice.choice([" ", "；"]).join(
                names[one] if zh else one for one in each.collections
            ),
        }
        if dice.random() < 0.5:
            cells |= {
                name: cells[name].translate(FULL_WIDTH)
                for name in ("code", "address", "window", "lans", "line")
            }
        writer.writerow([dice.choice(["", " ", "\u3000"]) + cells[column.name] for column in columns])
        if dice.random() < 0.2:
            writer.writerow([""] * len(columns))
    return text.getvalue().encode(dice.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))


@settings(deadline=None)
@given(provinces(), st.randoms(use_true_random=False))
def test_what_is_written_is_read(libraries: list[Library], dice: random.Random) -> None:
    registry = parse(written(libraries, dice), SETTINGS, "libraries.csv")
    assert [replace(each, line=0) for each in registry.libraries] == libraries


def test_the_collections_are_the_same_for_playbooks() -> None:
    shared = yaml.safe_load((ROOT / "group_vars/all/collections.yml").read_text(encoding="utf-8"))
    fields = [{"id": c.id, "zh": c.zh, "en": c.en, "group": c.group} for c in COLLECTIONS]
    assert shared["shulu_collections"] == fields
    assert len(fields) == 14


def test_every_column_is_documented_under_both_names() -> None:
    page = (ROOT / "docs/registry.md").read_text(encoding="utf-8")
    for column in COLUMNS:
        star = " *" if column.required else ""
        assert f"| {column.name}{star} | {column.zh} |" in page
