from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from catalogue_views import Opened

from shulu.catalogue import media
from shulu.catalogue.build import build
from shulu.catalogue.catalogue import Catalogue
from shulu.catalogue.model import Unreadable
from shulu.findings import Refused
from shulu.programme import COLLECTIONS, GROUPS

BOOK = {"id": "tang-li-bai", "title": "李白诗集", "creator": ["李白"], "files": ["li-bai.epub"]}
ISSUE = {"id": "i1", "title": "读书 2014 年第 1 期", "files": ["1/001.jpg", "1/002.jpg"]}
PHOTO = {"id": "p1", "title": "前门大街", "files": ["p1.jpg"]}
MakeRelease = Callable[..., Path]


def test_collections_come_in_the_programmes_order(make_release: MakeRelease) -> None:
    folder = make_release(
        {
            "zzz-001": [PHOTO],
            "old-photographs-001": [PHOTO],
            "journals-001": [ISSUE],
            "ebooks-002": [BOOK],
            "ebooks-001": [BOOK],
        }
    )
    build(folder)
    catalogue = Opened(folder)
    assert [(held.collection.id, held.count) for held in catalogue.holdings()] == [
        ("ebooks", 2),
        ("journals", 1),
        ("old-photographs", 1),
        ("zzz", 1),
    ]
    page = catalogue.browse("ebooks", 1, 24)
    assert page is not None
    assert [item.bag for item in page.items] == ["ebooks-001", "ebooks-002"]
    assert catalogue.browse("children", 1, 24) is None
    assert catalogue.release().serial == 7
    assert [bag.id for bag in catalogue.bags()][-1] == "zzz-001"
    catalogue.close()


def test_items_have_their_kind_and_files(make_release: MakeRelease) -> None:
    series = {"id": "s", "title": "戏", "format": "video/mp4", "files": ["s.jpg", "1.mp4", "1.vtt", "2.mp4"]}
    folder = make_release(
        {
            "ebooks-001": [BOOK],
            "journals-001": [ISSUE],
            "old-photographs-001": [PHOTO],
            "local-opera-001": [series],
        }
    )
    build(folder)
    catalogue = Opened(folder)

    def kind(bag: str, name: str) -> str:
        item = catalogue.item(bag, name)
        assert item is not None
        return item.kind

    assert kind("ebooks-001", "tang-li-bai") == media.BOOK
    assert kind("journals-001", "i1") == media.PAGES
    assert kind("old-photographs-001", "p1") == media.PICTURE
    item = catalogue.item("local-opera-001", "s")
    assert item is not None
    assert item.kind == media.VIDEO
    assert [part.path for part in item.parts] == ["1.mp4", "2.mp4"]
    assert item.files[0].bytes == len("s.jpg")
    assert item.address(item.files[1]) == "/content/local-opera-001/files/1.mp4?v=1"
    assert catalogue.item("local-opera-001", "nobody") is None
    assert catalogue.item("ebooks-009", "s") is None
    catalogue.close()


def test_the_same_release_gives_the_same_bytes(make_release: MakeRelease) -> None:
    bags = {"ebooks-001": [{**BOOK, "id": f"b{n}"} for n in range(500)], "journals-001": [ISSUE]}
    folder = make_release(bags)
    build(folder)
    first = (folder / "catalogue.db").read_bytes()
    build(folder)
    assert (folder / "catalogue.db").read_bytes() == first
    assert stat.S_IMODE((folder / "catalogue.db").stat().st_mode) == 0o444
    assert sorted(path.name for path in folder.iterdir()) == ["bags", "catalogue.db", "release.json"]


def test_the_kit_and_bags_that_are_not_here_are_left_out(make_release: MakeRelease) -> None:
    folder = make_release({"ebooks-001": [BOOK], "kit": []})
    (folder / "bags" / "kit" / "data" / "records.jsonl").unlink()
    document = (folder / "release.json").read_text()
    entry = document[document.index("[{") + 1 : document.index("}}") + 2]
    (folder / "release.json").write_text(document.replace(entry, entry + "," + entry.replace("-001", "-002")))
    build(folder)
    catalogue = Opened(folder)
    assert [bag.id for bag in catalogue.bags()] == ["ebooks-001"]
    catalogue.close()


def test_all_malformed_records_are_told_and_the_old_catalogue_stays(make_release: MakeRelease) -> None:
    folder = make_release({"ebooks-001": [BOOK], "journals-001": [ISSUE], "classics-001": [BOOK]})
    build(folder)
    before = (folder / "catalogue.db").read_bytes()
    (folder / "bags/ebooks-001/data/records.jsonl").write_bytes(b'{"id": "a"}\n{"id": \n"\xed\xa0\x80"\n')
    (folder / "bags/journals-001/data/records.jsonl").write_text('{"id": "a", "title": ""}\n[]\n{"id": 5}\n')
    (folder / "bags/classics-001/data/files/li-bai.epub").unlink()
    with pytest.raises(Refused) as refused:
        build(folder)
    told = [(finding.where, finding.problem) for finding in refused.value.findings]
    assert ("bags/classics-001/data/records.jsonl:1", "the bag has no file li-bai.epub") in told
    assert {where.partition("/data")[0] for where, _ in told} == {
        "bags/classics-001",
        "bags/ebooks-001",
        "bags/journals-001",
    }
    assert ("bags/journals-001/data/records.jsonl:2", "is not a JSON object") in told
    assert (folder / "catalogue.db").read_bytes() == before
    assert not list(folder.glob(".catalogue*"))


def test_what_is_no_catalogue_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        Catalogue(tmp_path)
    (tmp_path / "catalogue.db").write_bytes(b"no database" * 100)
    with pytest.raises(Unreadable):
        Catalogue(tmp_path)
    (tmp_path / "catalogue.db").write_bytes(b"")
    with pytest.raises(Unreadable):
        Catalogue(tmp_path)


def test_the_playbooks_know_the_same_collections() -> None:
    shared = Path(__file__).parents[2] / "group_vars/all/collections.yml"
    told = yaml.safe_load(shared.read_text())["shulu_collections"]
    assert told == [{"id": c.id, "zh": c.zh, "en": c.en, "group": c.group} for c in COLLECTIONS]
    assert {c.group for c in COLLECTIONS} == set(GROUPS)


@pytest.mark.parametrize(
    ("files", "media_format", "group", "dc_type", "kind"),
    [
        (["a.PDF"], "", "books", "", media.BOOK),
        (["a.html", "a.css", "b.jpg"], "", "web", "", media.WEB),
        (["a.jpg"], "", "pictures", "Text", media.PAGES),
        (["a.jpg", "b.png"], "image/jpeg", "pictures", "StillImage", media.PICTURE),
        (["cover.jpg", "a.mp3"], "audio/mpeg", "audio", "Sound", media.AUDIO),
        (["a.mp3"], "video/mp4", "audio", "", media.AUDIO),
        (["a.bin", "b.xyz"], "", "web", "", media.OTHER),
    ],
)
def test_kinds(files: list[str], media_format: str, group: str, dc_type: str, kind: str) -> None:
    assert media.kind_of_record(files, media_format, group, dc_type) == kind


def test_records_that_are_read_in_parts_are_told_by_their_lines(
    make_release: MakeRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_release({"ebooks-001": [{**BOOK, "id": f"b{n}"} for n in range(40)]})
    build(folder)
    whole = (folder / "catalogue.db").read_bytes()
    monkeypatch.setattr("shulu.catalogue.build.PART_LINES", 3)
    build(folder)
    assert (folder / "catalogue.db").read_bytes() == whole
    path = folder / "bags/ebooks-001/data/records.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:20], "\n", "[]\n", *lines[20:], lines[5]]))
    with pytest.raises(Refused) as refused:
        build(folder)
    name = "bags/ebooks-001/data/records.jsonl"
    assert [(finding.where, finding.problem) for finding in refused.value.findings] == [
        (f"{name}:22", "is not a JSON object"),
        (f"{name}:43", f"the id b5 stands at {name}:6 already"),
    ]


def test_a_bag_without_records_is_refused(make_release: MakeRelease) -> None:
    folder = make_release({"ebooks-001": [BOOK]})
    for content in (b"", b"\n \n"):
        (folder / "bags/ebooks-001/data/records.jsonl").write_bytes(content)
        with pytest.raises(Refused, match="has no records"):
            build(folder)
    (folder / "bags/ebooks-001/data/records.jsonl").unlink()
    with pytest.raises(Refused, match="is missing"):
        build(folder)
