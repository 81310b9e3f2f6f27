"""E-books: the collected works of the poets of Tang, Song and Yuan, a book a poet."""

from __future__ import annotations

import functools
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from demo import packages
from demo.chinese import is_name, simplified
from demo.epub import Piece, book, cut
from demo.fetch import Cache
from demo.sizes import Size
from demo.source import SourceFolder

RIGHTS = "古籍原文属公有领域；数据整理 chinese-poetry，MIT"
LEAST_POEMS = 5
_NOBODY = frozenset(("不详", "无名氏", "佚名", "郊庙朝会歌辞"))
_KINDS = (
    ("tang", "quantangshi/poet.tang.*.json", "诗集", "唐诗", "唐"),
    ("song", "quantangshi/poet.song.*.json", "诗集", "宋诗", "宋"),
    ("song", "songci/ci.song.*.json", "词集", "宋词", "宋"),
    ("yuan", "yuanqu/yuanqu.json", "曲集", "元曲", "元"),
)


def build(out: SourceFolder, size: Size, cache: Cache) -> None:
    """Write the books of the poets with the most poems, the same share of each kind."""
    root = dist(cache)
    lives = _lives(root)
    share = size.poets // len(_KINDS)
    for folder, pattern, noun, subject, dynasty in _KINDS:
        few = 2 if size.name == "tiny" else None
        works: dict[str, list[Piece]] = defaultdict(list)
        for poem in _poems(root, pattern, few):
            works[_name(poem["author"])].append(_piece(poem))
        ranked = sorted(works, key=lambda author: (-len(works[author]), author))
        for name in [author for author in ranked if len(works[author]) >= LEAST_POEMS][:share]:
            if not is_name(name) or name in _NOBODY:
                continue
            title, poems = f"{name}{noun}", _simplified(works[name])
            life = simplified(lives.get(name, ""))
            file = f"{folder}/{title}.epub"
            out.write(file, book(title, name, cut(poems), life))
            out.add(
                folder,
                title,
                [file],
                creator=[name],
                subject=[subject, "古典文学"],
                description=f"收{subject}{len(poems)}首，如《{poems[0].title}》。{life}"[:300],
                coverage=[f"{dynasty}代"],
                language="zh",
                type="Text",
                format="application/epub+zip",
                rights=RIGHTS,
            )


def dist(cache: Cache) -> Path:
    """Return the folder of the texts."""
    return cache.tree(packages.POETRY) / "package" / "dist"


def read(path: Path) -> Any:
    """Read one of the texts' JSON files."""
    return json.loads(path.read_text(encoding="utf-8"))


@functools.cache
def _name(author: str) -> str:
    """Return a poet's name in simplified characters: the texts spell some poets in two ways."""
    return simplified(author)


def _poems(root: Path, pattern: str, few: int | None) -> Iterator[dict[str, Any]]:
    paths = sorted(root.glob(pattern), key=lambda path: (len(path.name), path.name))
    for path in paths[:few]:
        yield from read(path)


def _piece(poem: dict[str, Any]) -> Piece:
    title = poem.get("title") or poem.get("rhythmic") or "无题"
    return Piece(title, "", poem["paragraphs"])


def _simplified(poems: list[Piece]) -> list[Piece]:
    """Convert all at once: a call a line costs more than the conversion."""
    text = simplified("\n\n".join("\n".join([poem.title, *poem.lines]) for poem in poems))
    blocks = (block.split("\n") for block in text.split("\n\n"))
    return [Piece(lines[0], "", lines[1:]) for lines in blocks]


def _lives(root: Path) -> dict[str, str]:
    lives: dict[str, str] = {}
    for name, key in (("quantangshi/authors.song", "desc"), ("quantangshi/authors.tang", "desc")):
        lives |= {_name(author["name"]): author[key] for author in read(root / f"{name}.json")}
    lives |= {
        _name(author["name"]): author["description"] for author in read(root / "songci/author.song.json")
    }
    return {name: "".join(life.split()) for name, life in lives.items() if len(life) > 2}
