"""Faults anywhere in a bag: whatever was packed is valid, and no single fault in it stays unseen."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bagit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shulu.content.bag import TAG_MANIFEST, check_digest, identify
from shulu.content.bagwriter import Options
from shulu.content.licence import Licence
from shulu.content.names import sameness, unportable
from shulu.content.pack import pack
from shulu.content.release import BagEntry
from shulu.content.verify import verify
from shulu.findings import Finding, Refused

logging.getLogger("bagit").setLevel(logging.CRITICAL)

# bagit 1.9 does not know that % is written as %25 (RFC 8493, 2.1.3), so it cannot judge such names.
NAMES = st.text(
    st.characters(exclude_characters="/%", exclude_categories=["Cs"]), min_size=1, max_size=12
).filter(lambda name: not unportable(name))
TREES = st.dictionaries(
    st.lists(NAMES, min_size=1, max_size=3).map("/".join), st.binary(max_size=300), min_size=1, max_size=8
)


def consistent(tree: dict[str, bytes]) -> bool:
    """Tell whether a tree can be a folder: no file is a folder too, nothing differs in case only."""
    nodes: dict[str, tuple[str, bool]] = {}
    for path in tree:
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            node = ("/".join(parts[:depth]), depth == len(parts))
            if nodes.setdefault(sameness(node[0]), node) != node:
                return False
    return True


@contextmanager
def packed(tree: dict[str, bytes], volume_bytes: int = 10**9) -> Iterator[list[Path]]:
    # In memory: packing waits for the disk, which hundreds of examples need not.
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        source, out = Path(folder, "source"), Path(folder, "out")
        for path, data in tree.items():
            target = source / "files" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        lines = [
            json.dumps({"id": f"r{number}", "title": f"第{number}", "files": [path]})
            for number, path in enumerate(tree)
        ]
        (source / "records.jsonl").write_text("\n".join(lines), encoding="utf-8")
        yield [bag.path for bag in pack(source, out, Options("x", "1", volume_bytes=volume_bytes, copy=True))]


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TREES.filter(consistent), st.integers(1, 600))
def test_what_is_packed_is_valid_also_to_another_judge(tree: dict[str, bytes], volume_bytes: int) -> None:
    with packed(tree, volume_bytes) as bags:
        found: dict[str, bytes] = {}
        for path in bags:
            assert verify(path, processes=1) == []
            bag = bagit.Bag(str(path))
            assert bag.validate(processes=1)
            assert bag.info["Bag-Count"].endswith(f" of {len(bags)}")
            files = path / "data/files"
            found |= {
                p.relative_to(files).as_posix(): p.read_bytes() for p in files.rglob("*") if p.is_file()
            }
        assert found == tree


def judge(path: Path, entry: BagEntry) -> list[Finding]:
    """Judge a bag as a server does: first against the release, then every file."""
    try:
        check_digest(path, entry)
    except Refused as refused:
        return list(refused.findings)
    return verify(path, processes=1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_one_flipped_bit_or_a_cut_anywhere_is_found(data: st.DataObject) -> None:
    tree = {"a.bin": b"\0" * 40, "sub/文.txt": "床前明月光".encode(), "empty": b""}
    with packed(tree) as bags:
        path = bags[0]
        digest, bag = identify(path)
        entry = BagEntry("x-001", "x", "1", digest, bag.oxum.bytes, bag.oxum.files, Licence("lan"))
        assert judge(path, entry) == []
        victims = sorted(p for p in path.rglob("*") if p.is_file() and p.stat().st_size)
        victim = data.draw(st.sampled_from(victims))
        whole = victim.read_bytes()
        if data.draw(st.booleans()):
            bit = data.draw(st.integers(0, 8 * len(whole) - 1))
            broken = bytearray(whole)
            broken[bit // 8] ^= 1 << bit % 8
        else:
            broken = bytearray(whole[: data.draw(st.integers(0, len(whole) - 1))])
        victim.unlink()
        victim.write_bytes(broken)
        assert judge(path, entry)
        # Without a release nothing vouches for the tag manifest itself: only what it lists is covered.
        if victim.name != TAG_MANIFEST:
            assert verify(path, processes=1)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_file_moved_removed_or_added_is_found(data: st.DataObject) -> None:
    with packed({"a": b"1", "b": b"2", "c/d": b"3"}) as bags:
        path = bags[0]
        victim = data.draw(st.sampled_from(sorted(p for p in path.rglob("*") if p.is_file())))
        action = data.draw(st.sampled_from(["remove", "move", "add", "folder"]))
        if action == "add":
            victim.with_name("added").write_bytes(b"x")
            covered = "data" in victim.relative_to(path).parts
        elif action == "move":
            victim.rename(victim.with_name("moved"))
            covered = victim.name != TAG_MANIFEST
        else:
            victim.unlink()
            covered = victim.name != TAG_MANIFEST
            if action == "folder":
                victim.mkdir()
        assert bool(verify(path, processes=1)) is covered
        shutil.rmtree(path)
