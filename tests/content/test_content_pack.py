from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shulu.content.bag import identify
from shulu.content.bagwriter import Options
from shulu.content.hashing import Hashed, hash_files
from shulu.content.pack import pack, plan
from shulu.content.verify import verify
from shulu.findings import Refused

HEAD = "id,title,creator,subject,files\n"


def source(root: Path, metadata: str | bytes, *files: str, name: str = "metadata.csv") -> Path:
    (root / "files").mkdir(parents=True)
    for file in files:
        target = root / "files" / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"content of {file}", encoding="utf-8")
    (root / name).write_bytes(metadata.encode() if isinstance(metadata, str) else metadata)
    return root


def content(root: Path) -> dict[str, str]:
    return {
        p.relative_to(root).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(root.rglob("*"))
        if p.is_file() and ".pack" not in p.parts
    }


def records(bag: Path) -> list[dict[str, object]]:
    return [
        json.loads(line) for line in (bag / "data/records.jsonl").read_text(encoding="utf-8").splitlines()
    ]


def findings(root: Path, out: Path, options: Options | None = None) -> list[str]:
    with pytest.raises(Refused) as refused:
        pack(root, out, options or Options("ebooks", "1"))
    assert not (out / "bags").exists()
    return [str(finding) for finding in refused.value.findings]


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    text = f"{HEAD}b,B,,,b.txt\na,A,李白;杜甫,唐诗；诗,sub/a.txt;sub/c.txt\n"
    first = source(tmp_path / "one", text, "b.txt", "sub/a.txt", "sub/c.txt")
    other = source(tmp_path / "two", text, "sub/c.txt", "sub/a.txt", "b.txt")
    os.utime(other / "files/b.txt", (0, 0))
    for folder, name in ((first, "x"), (other, "y")):
        pack(folder, tmp_path / name, Options("ebooks", "1", volume_bytes=20, copy=name == "y"))
    assert content(tmp_path / "x") == content(tmp_path / "y")
    bag = tmp_path / "x/bags/ebooks-002/1"
    assert records(bag) == [
        {
            "id": "a",
            "title": "A",
            "creator": ["李白", "杜甫"],
            "subject": ["唐诗", "诗"],
            "files": ["sub/a.txt", "sub/c.txt"],
        }
    ]
    info = (bag / "bag-info.txt").read_text()
    assert "Bag-Group-Identifier: ebooks@1\nBag-Count: 2 of 2\n" in info
    assert "Bagging-Date" not in info


def test_csv_and_json_lines_say_the_same(tmp_path: Path) -> None:
    table = source(tmp_path / "one", f'{HEAD}a,"诗, 集",李白,,a.txt\n', "a.txt")
    line = json.dumps({"files": ["a.txt"], "creator": "李白", "title": "诗, 集", "id": "a"})
    lines = source(tmp_path / "two", f"\ufeff{line}\r\n\r\n", "a.txt", name="records.jsonl")
    pack(table, tmp_path / "x", Options("ebooks", "1"))
    pack(lines, tmp_path / "y", Options("ebooks", "1"))
    assert content(tmp_path / "x") == content(tmp_path / "y")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_admins_save_is_read(tmp_path: Path, encoding: str) -> None:
    text = "题名,编号,作者,文件,rights\r\n\r\n李白诗集,tang,李白；杜甫,a.txt,公有领域\r\n"
    folder = source(tmp_path / "s", text.encode(encoding), "a.txt")
    bag = pack(folder, tmp_path / "out", Options("ebooks", "1"))[0].path
    assert records(bag) == [
        {
            "id": "tang",
            "title": "李白诗集",
            "creator": ["李白", "杜甫"],
            "rights": "公有领域",
            "files": ["a.txt"],
        }
    ]


def test_unknown_elements_are_kept(tmp_path: Path) -> None:
    line = json.dumps({"id": "a", "title": "A", "issued": "2014", "isPartOf": ["x", "y"], "files": ["a"]})
    folder = source(tmp_path / "s", line, "a", name="records.jsonl")
    bag = pack(folder, tmp_path / "out", Options("ebooks", "1"))[0].path
    assert records(bag)[0] == {
        "id": "a",
        "title": "A",
        "isPartOf": ["x", "y"],
        "issued": "2014",
        "files": ["a"],
    }


def test_content_may_lie_beside_the_metadata(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "metadata.csv").write_text(f"{HEAD}a,A,,,a.txt\n")
    (folder / "a.txt").write_text("a")
    bag = pack(folder, tmp_path / "out", Options("ebooks", "1"))[0].path
    assert (bag / "data/files/a.txt").read_text() == "a"


def test_all_findings_are_told_with_their_lines(tmp_path: Path) -> None:
    text = f'{HEAD}a,A,,,a.txt\nb,,,,gone.txt\na,A again,,,a.txt\n"c\nd",C,,,x:y.txt\nshort,row\ne,E,,,\n'
    folder = source(tmp_path / "s", text, "a.txt", "unclaimed.txt")
    said = findings(folder, tmp_path / "out")
    for expected in (
        "metadata.csv:3: title is missing",
        "metadata.csv:4: the id a stands at metadata.csv:2 already",
        "metadata.csv:5: the id 'c\\\\nd' cannot stand in an address; use letters, digits, . _ and -",
        "metadata.csv:7: has 2 cells and the head has 5",
        "metadata.csv:8: files is missing",
    ):
        assert expected in said
    assert any(line.startswith("metadata.csv:5: the name has the character :") for line in said)


def test_files_and_records_must_match(tmp_path: Path) -> None:
    text = f"{HEAD}a,A,,,a.txt;gone.txt\nb,B,,,a.txt\n"
    folder = source(tmp_path / "s", text, "a.txt", "unclaimed.txt")
    assert sorted(findings(folder, tmp_path / "out")) == [
        "metadata.csv:2: the file gone.txt does not exist",
        "metadata.csv:3: the file a.txt is claimed at metadata.csv:2 already",
        "unclaimed.txt: no record claims this file; describe it in a record, or take it away",
    ]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ("", "has no records"),
        ("id,title\na,A\n", "the column files is missing"),
        ("id,title,files,id\n", "the column id stands twice"),
        ("id,title,files,价格\n", "is no element of Dublin Core"),
        (b"id,title,files\na,\xff\xff,a\n", "is neither UTF-8 nor GB18030"),
        ('id,title,files\na,"A,a\n', "is not CSV"),
        ("id,title,files\na,A\x01,a.txt\n", "has a control character"),
        ("id,title,files\na,A,../a.txt\n", "the path leaves its folder"),
        ("id,title,files\na,A,/etc/passwd\n", "the path is absolute"),
        ("id,title,files\na,A,a.txt;a.txt\n", "a file is named twice"),
        ("id,title,files\na/b,A,a.txt\n", "cannot stand in an address"),
    ],
)
def test_bad_metadata_is_refused(tmp_path: Path, metadata: str | bytes, expected: str) -> None:
    assert expected in "\n".join(findings(source(tmp_path / "s", metadata), tmp_path / "out"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a JSON object"),
        ('{"id": "a", "title": ["A"], "files": ["a"]}', "title is not a text"),
        ('{"id": "a", "title": "A", "files": [1]}', "files is not a list of texts"),
        ('{"id": 1, "title": "A", "files": ["a"]}', "id is not a text"),
        ('{"id": "a", "title": "A", "files": []}', "files is missing"),
    ],
)
def test_bad_lines_are_refused(tmp_path: Path, line: str, expected: str) -> None:
    folder = source(tmp_path / "s", line, name="records.jsonl")
    assert f"records.jsonl:1: {expected}" in "\n".join(findings(folder, tmp_path / "out"))


def test_bad_files_are_refused(tmp_path: Path) -> None:
    folder = source(tmp_path / "s", f"{HEAD}a,A,,,a.txt\n", "a.txt", "A.TXT", "e\u0301", "con.txt", "a\nb")
    (folder / "files/link").symlink_to("a.txt")
    (folder / "stray").write_text("x")
    said = "\n".join(findings(folder, tmp_path / "out"))
    for expected in (
        "a.txt: some file systems take this for the same as A.TXT",
        "the name is not in Unicode's form NFC",
        "con.txt: the name is one that Windows keeps for devices",
        "a\\nb: the name has a control character",
        "link: is a symbolic link",
        "stray: lies beside files/",
    ):
        assert expected in said


def test_metadata_must_be_one_file(tmp_path: Path) -> None:
    folder = source(tmp_path / "s", f"{HEAD}a,A,,,a.txt\n", "a.txt")
    (folder / "records.jsonl").write_text("")
    assert "has two metadata files" in findings(folder, tmp_path / "out")[0]
    (tmp_path / "empty").mkdir()
    assert "has no metadata" in findings(tmp_path / "empty", tmp_path / "out")[0]
    assert "is not a folder" in findings(tmp_path / "nothing", tmp_path / "out")[0]


@pytest.mark.parametrize(
    "options",
    [Options("../x", "1"), Options("x", "../1"), Options("x", "1."), Options("x", "1", volume_bytes=0)],
)
def test_bad_options_are_refused(tmp_path: Path, options: Options) -> None:
    folder = source(tmp_path / "s", f"{HEAD}a,A,,,a.txt\n", "a.txt")
    assert findings(folder, tmp_path / "out", options)


def test_a_second_run_changes_nothing_and_reads_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = source(tmp_path / "s", f"{HEAD}a,A,,,a.txt\n", "a.txt")
    out = tmp_path / "out"
    options = Options("ebooks", "1", organization="国家图书馆", bagging_date=date(2026, 11, 23))
    first = pack(folder, out, options)
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*")}
    monkeypatch.setattr("shulu.content.pack.hash_files", None)
    again = pack(folder, out, options)
    assert [bag.changed for bag in first + again] == [True, False]
    assert again[0].oxum == first[0].oxum
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*")} == before


def test_a_touched_source_is_packed_into_the_same_bag(tmp_path: Path) -> None:
    folder = source(tmp_path / "s", f"{HEAD}a,A,,,a.txt\n", "a.txt")
    options = Options("ebooks", "1", copy=True)
    pack(folder, tmp_path / "out", options)
    os.utime(folder / "files/a.txt", (0, 0))
    assert [bag.changed for bag in pack(folder, tmp_path / "out", options)] == [False]


def test_other_content_needs_another_version(tmp_path: Path) -> None:
    folder = source(tmp_path / "s", f"{HEAD}a,A,,,a.txt\nb,B,,,b.txt\n", "a.txt", "b.txt")
    out = tmp_path / "out"
    pack(folder, out, Options("ebooks", "1", volume_bytes=1, copy=True))
    before = content(out)
    with pytest.raises(
        Refused, match="is packed already with other content; give a new --version"
    ) as refused:
        pack(folder, out, Options("ebooks", "1", copy=True))
    assert len(refused.value.findings) == 2
    (folder / "files/a.txt").write_text("other")
    with pytest.raises(Refused):
        pack(folder, out, Options("ebooks", "1", volume_bytes=1, copy=True))
    assert content(out) == before
    pack(folder, out, Options("ebooks", "2", volume_bytes=1, copy=True))
    assert verify(out / "bags/ebooks-001/1") == verify(out / "bags/ebooks-001/2") == []


def test_files_are_linked_and_private_ones_copied(tmp_path: Path) -> None:
    folder = source(tmp_path / "s", f"{HEAD}a,A,,,a.txt;b.txt\n", "a.txt", "b.txt")
    (folder / "files/b.txt").chmod(0o600)
    files = pack(folder, tmp_path / "out", Options("ebooks", "1"))[0].path / "data/files"
    assert (files / "a.txt").samefile(folder / "files/a.txt")
    assert not (files / "b.txt").samefile(folder / "files/b.txt")
    assert (files / "b.txt").stat().st_mode & 0o777 == 0o644


def test_modes_do_not_hang_on_the_umask(tmp_path: Path) -> None:
    folder = source(tmp_path / "s", f"{HEAD}a,A,,,x/a.txt\n", "x/a.txt")
    before = os.umask(0o077)
    try:
        bag = pack(folder, tmp_path / "out", Options("ebooks", "1"))[0].path
    finally:
        os.umask(before)
    assert all(p.stat().st_mode & 0o777 == (0o755 if p.is_dir() else 0o644) for p in [bag, *bag.rglob("*")])


def test_an_interrupted_pack_is_done_again(tmp_path: Path) -> None:
    folder = source(tmp_path / "s", f"{HEAD}a,A,,,a.txt\n", "a.txt")
    left = tmp_path / "out/.pack/ebooks-001@1/data/files"
    left.mkdir(parents=True)
    (left / "junk").write_text("x")
    bag = pack(folder, tmp_path / "out", Options("ebooks", "1"))[0].path
    assert verify(bag) == []
    assert not left.exists()


def test_a_kit_is_packed_without_records(tmp_path: Path) -> None:
    folder = tmp_path / "kit"
    folder.mkdir()
    (folder / "kit.json").write_text("{}")
    packed = pack(folder, tmp_path / "out", Options("kit", "1"))
    assert [bag.id for bag in packed] == ["kit"]
    assert list(identify(packed[0].path)[1].payload) == ["data/files/kit.json"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refused, match="is empty"):
        pack(tmp_path / "empty", tmp_path / "out", Options("kit", "2"))


def planned(folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> list[str]:
    """Plan to pack; return the files that were read for it. Nothing may be written."""
    read: list[str] = []

    def hashed(root: Path, files: list[tuple[str, int]], *rest: Any) -> Iterator[Hashed]:
        read.extend(path for path, _ in files)
        return hash_files(root, files, *rest)

    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    with monkeypatch.context() as patched:
        patched.setattr("shulu.content.pack.hash_files", hashed)
        try:
            result = plan(folder, out, Options("ebooks", "1", **changes))
        finally:
            assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    return [*(bag.id for bag in result if bag.changed), *read]


def test_a_plan_reads_only_what_it_must(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = source(tmp_path / "s", f"{HEAD}a,A,,,a.txt\nb,B,,,b.txt\n", "a.txt", "b.txt")
    out = tmp_path / "out"
    assert planned(folder, out, monkeypatch) == ["ebooks-001"]
    assert not out.exists()
    time.sleep(0.02)
    tags = pack(folder, out, Options("ebooks", "1"))[0].path / "tagmanifest-sha256.txt"
    # A file that was linked within one tick of the clock with the end of the packing is in doubt.
    os.utime(tags, ns=(0, time.time_ns() + 10**6))
    time.sleep(0.02)
    assert planned(folder, out, monkeypatch) == []
    os.utime(folder / "files/b.txt", (0, 0))
    assert planned(folder, out, monkeypatch) == ["b.txt"]
    (folder / "files/b.txt").unlink()
    (folder / "files/b.txt").write_text("content of b.txt")
    assert planned(folder, out, monkeypatch) == ["b.txt"]


@pytest.mark.parametrize("copy", [False, True])
@pytest.mark.parametrize("change", ["title", "fewer", "longer", "same size", "volumes"])
def test_a_plan_refuses_what_packing_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, copy: bool
) -> None:
    folder = source(tmp_path / "s", f"{HEAD}a,A,,,a.txt\nb,B,,,b.txt\n", "a.txt", "b.txt")
    options = Options("ebooks", "1", volume_bytes=1, copy=copy)
    pack(folder, tmp_path / "out", options)
    match change:
        case "title":
            (folder / "metadata.csv").write_text(f"{HEAD}a,Other,,,a.txt\nb,B,,,b.txt\n")
        case "fewer":
            (folder / "metadata.csv").write_text(f"{HEAD}a,A,,,a.txt\n")
            (folder / "files/b.txt").unlink()
        case "longer":
            (folder / "files/b.txt").write_text("content of b.txt, and more")
        case "same size":
            (folder / "files/b.txt").write_text("content of c.txt")
        case "volumes":
            options = replace(options, volume_bytes=10**9)
    with pytest.raises(Refused) as foretold:
        plan(folder, tmp_path / "out", options)
    with pytest.raises(Refused) as done:
        pack(folder, tmp_path / "out", options)
    assert foretold.value.findings == done.value.findings
    assert "pack_versions" in str(done.value)
    if change != "same size":
        monkeypatch.setattr("shulu.content.pack.hash_files", None)
        with pytest.raises(Refused):
            plan(folder, tmp_path / "out", options)
