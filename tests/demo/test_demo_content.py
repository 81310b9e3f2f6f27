from __future__ import annotations

from pathlib import Path

import pytest

from demo import packages
from demo.build import BUILDERS, sources
from demo.fetch import Cache
from demo.media import captions, ffmpeg
from demo.sizes import SIZES, TINY
from demo.webtext import read_page
from shulu.findings import Refused
from shulu.programme import COLLECTIONS


def test_every_collection_has_a_builder() -> None:
    assert set(BUILDERS) == {collection.id for collection in COLLECTIONS}
    assert list(SIZES) == ["tiny", "small", "full"]


def test_every_package_stands_in_the_docs_with_its_licence() -> None:
    text = (Path(__file__).parents[2] / "docs/demo-content.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    for package in packages.ALL:
        label = f"| {package.name} {package.version}".rstrip() + " |"
        assert any(row.startswith(label) and f"| {package.licence}" in row for row in rows), package.name


def test_collection_that_is_there_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in BUILDERS:
        monkeypatch.setitem(
            BUILDERS, name, lambda out, size, cache: out.add("", "书", [out.write("a", b"a")])
        )
    lines: list[str] = []
    cache, out = Cache(tmp_path / "cache", lines.append), tmp_path / "out"
    assert sources(out, TINY, cache, lines.append)
    kept = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert not sources(out, TINY, cache, lines.append)
    assert kept == {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert sources(out, SIZES["small"], cache, lines.append)


def test_package_is_unpacked_once(tmp_path: Path) -> None:
    lines: list[str] = []
    package = packages.Package("deb", "thing", "MIT")
    (tmp_path / "deb-thing").mkdir()
    assert Cache(tmp_path, lines.append).tree(package) == tmp_path / "deb-thing"
    assert lines == []


def test_web_page_keeps_its_text_alone(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text(
        "<html><head><title>题 名</title><script>x()</script></head><body><div class='navheader'>上一页</div>"
        "<h1>题 名</h1><p onclick='x()'>甲 &lt; <a href='b'>乙</a><br><img src='x'></p><pre>a\n  b</pre>"
        "</body></html>",
        encoding="utf-8",
    )
    title, body = read_page(page)
    assert title == "题 名"
    assert body == "<p>甲 &lt; 乙</p><pre>a\n  b</pre>"


def test_captions_follow_one_another() -> None:
    text = captions([("静夜思", 1.5), ("床前明月光", 60.25)]).decode()
    assert text.startswith("WEBVTT\n\n00:00.000 --> 00:01.500\n静夜思\n\n00:01.500 --> 01:01.750\n")


def test_what_ffmpeg_cannot_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no-film.mp4").write_bytes(b"nothing")
    with pytest.raises(Refused, match="ffmpeg"):
        ffmpeg(["-i", str(tmp_path / "no-film.mp4")], ["-f", "null"])
