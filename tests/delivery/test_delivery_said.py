"""What rsync says while it pulls, in whatever pieces it comes."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from shulu.delivery.said import OPTIONS, Said

OUTPUT = (
    "\r         32768  10%    0.00kB/s    0:00:00  "
    "\r        400000  55%  1.2MB/s 0:00:01 (xfr#1, to-chk=3/5)\n"
    "came 32800 data/files/\\#012 99% \\#134#101.bin\ncame 12 data/\n"
    "came 7 data/files/唐诗 三百首.txt\n"
    "\r        700000 100%    1.20MB/s    0:00:01 (xfr#2, to-chk=0/5)\n"
).encode()


@given(st.lists(st.integers(1, len(OUTPUT) - 1), max_size=8))
def test_the_pieces_do_not_matter(cuts: list[int]) -> None:
    counts: list[int] = []
    files: list[str] = []
    said = Said(counts.append, files.append)
    edges = sorted({0, *cuts, len(OUTPUT)})
    for start, end in pairwise(edges):
        said.feed(OUTPUT[start:end])
    assert files == ["data/files/\n 99% \\#101.bin", "data/"], "the last one may have no time yet"
    said.flush()
    assert files[2:] == ["data/files/唐诗 三百首.txt"]
    assert counts == sorted(counts)
    assert counts[-1] == 700000


def test_rsync_speaks_so(tmp_path: Path) -> None:
    source = tmp_path / "source"
    names = ["a 5% b.txt", "came 7 x", "唐诗.txt", "line\nbreak", "back\\#012slash"]
    source.mkdir()
    for name in names:
        (source / name).write_bytes(name.encode() * 1000)
    shutil.copy2(source / names[0], tmp_path / names[0])
    listed = tmp_path / "list"
    listed.write_bytes(b"".join(name.encode() + b"\0" for name in names))
    words = ["rsync", "--times", "--inplace", f"--files-from={listed}", "--from0", *OPTIONS]
    done = subprocess.run(
        [*words, f"{source}/", f"{tmp_path}/"], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}
    )
    counts: list[int] = []
    files: list[str] = []
    said = Said(counts.append, files.append)
    said.feed(done.stdout)
    said.flush()
    assert sorted(files) == sorted(names[1:]), "what was here already did not come"
    assert counts[-1] == sum(len(name.encode()) * 1000 for name in names[1:])
