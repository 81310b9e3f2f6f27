"""A county library's records to measure search with: 350,000 of all media, with the texts behind them."""

from __future__ import annotations

import json
import random
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from bench.harness import say
from bench.searchtexts import Poem, Texts, texts
from demo.epub import Piece, book, cut

FOLDER, TRUTH = "release", "truth.jsonl"
_BAG = 40_000
"""Records of a volume at most."""

SHARES = {
    "government-information": 300_000,
    "ebooks": 6000,
    "journals": 3000,
    "local-opera": 2000,
    "documentaries": 3000,
    "minority-video": 2000,
    "wenjin-recitation": 300,
    "old-photographs": 31_000,
    "new-year-prints": 1000,
    "minority-pictures": 1700,
}
"""Records by collection of the whole corpus, 350,000."""
_SUFFIXES = {"journals": "pdf", "wenjin-recitation": "mp3", "old-photographs": "jpg"}
_SUBJECTS = (
    "农业",
    "教育",
    "卫生",
    "财政",
    "民政",
    "交通",
    "环境",
    "文化",
    "社会保障",
    "国土资源",
    "水利",
    "科技",
)
_NOUNS = ("通知", "公告", "意见", "办法", "报告", "公示", "规划", "方案", "决定", "批复")


@dataclass(frozen=True, slots=True)
class Made:
    """One record, the text of its file, and the file's bytes."""

    record: dict[str, Any]
    text: str
    content: bytes


def corpus(work: Path, share: float = 1.0) -> Path:
    """Return the folder of the corpus, ``share`` of the whole; made first where it is not there.

    It has ``release/`` as a store lays it out, and ``truth.jsonl``: a line a record, with its bag, id,
    texts and facets, told by whoever made them and not by the catalogue.
    """
    folder = work / f"search-{round(share * 1000):04d}"
    if (folder / TRUTH).exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    found = texts(work)
    chance = random.Random(20261123)  # noqa: S311 - texts, not secrets
    bags = []
    with (folder_made(folder) / "truth.draft").open("w") as truth:
        for collection, whole in SHARES.items():
            count = max(1, int(whole * share))
            say(f"search corpus: {collection}, {count} records")
            made = (
                _books(found, count) if collection == "ebooks" else _others(found, chance, collection, count)
            )
            for volume, start in enumerate(range(0, count, _BAG), 1):
                bag = f"{collection}-{volume:03d}"
                _write(folder, bag, collection, made=made, count=min(_BAG, count - start), truth=truth)
                bags.append((bag, collection))
    release(folder / FOLDER, bags, serial=1, issued="2026-11-23T00:00:00Z")
    (folder / "truth.draft").rename(folder / TRUTH)
    return folder


def folder_made(folder: Path) -> Path:
    """Return the folder, made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def release(folder: Path, bags: list[tuple[str, str]], *, serial: int, issued: str) -> None:
    """Write the ``release.json`` of bags, given as id and collection."""
    entry = {"digest": "sha256:" + "0" * 64, "bytes": 1, "files": 1, "licence": {"scope": "lan"}}
    document = {
        "format": 1, "epoch": 1, "serial": serial, "issued": issued, "expires": "2036-11-23T00:00:00Z",
        "bags": [{"id": bag, "collection": collection, "version": "1", **entry} for bag, collection in bags],
    }  # fmt: skip
    (folder / "release.json").write_text(json.dumps(document))


def _write(
    folder: Path, bag: str, collection: str, *, made: Iterator[Made], count: int, truth: TextIO
) -> None:
    data = folder / FOLDER / "bags" / bag / "data"
    folder_made(data / "files")
    with (data / "records.jsonl").open("w") as lines:
        for number, one in zip(range(count), made, strict=False):
            identifier = f"{bag}-{number:06d}"
            suffix = (
                one.record["format"].rpartition("/")[2].replace("epub+zip", "epub").replace("mpeg", "mp3")
            )
            name = f"{number // 1000:03d}/{identifier}.{suffix}"
            record = {"id": identifier, **one.record, "files": [name]}
            lines.write(json.dumps(record, ensure_ascii=False) + "\n")
            folder_made((data / "files" / name).parent)
            (data / "files" / name).write_bytes(one.content)
            told = [record["title"], *record.get("creator", ()), *record.get("subject", ())]
            row = {
                "bag": bag, "collection": collection, "id": identifier, "medium": record["format"],
                "year": record.get("date", "")[:4], "language": record.get("language", ""),
                "texts": [*told, record.get("description", ""), one.text],
            }  # fmt: skip
            truth.write(json.dumps(row, ensure_ascii=False) + "\n")


def _books(found: Texts, count: int) -> Iterator[Made]:
    """Yield books of poets' poems, an author cut into volumes of at most 60, most prolific first."""
    works: dict[str, list[Poem]] = defaultdict(list)
    for poem in found.poems:
        works[poem.author].append(poem)
    volumes = [
        (author, number, poems[start : start + 60])
        for author, poems in sorted(works.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        for number, start in enumerate(range(0, len(poems), 60), 1)
    ]
    for author, number, poems in volumes[:count]:
        title = f"{author}诗集卷{number}"
        pieces = [Piece(poem.title, poem.author, poem.lines) for poem in poems]
        text = "\n".join(line for poem in poems for line in (poem.title, poem.author, *poem.lines))
        record = {
            "title": title, "creator": [author], "subject": ["古典诗歌"], "date": "1960", "language": "zh",
            "description": f"收诗{len(poems)}首，如《{poems[0].title}》。{''.join(poems[0].lines[:1])}",
            "type": "Text", "format": "application/epub+zip",
        }  # fmt: skip
        yield Made(record, text, book(title, author, cut(pieces)))


def _others(found: Texts, chance: random.Random, collection: str, count: int) -> Iterator[Made]:
    formats = {"government-information": "text/html", "wenjin-recitation": "audio/mpeg"}
    pictures = {"journals", "old-photographs", "new-year-prints", "minority-pictures"}
    kind = formats.get(collection) or ("image/jpeg" if collection in pictures else "video/mp4")
    for number in range(count):
        place, subject = chance.choice(found.places), chance.choice(_SUBJECTS)
        sentence = chance.choice(found.sentences)
        record: dict[str, Any] = {
            "title": f"{place}{sentence[: chance.randint(6, 20)]}",
            "creator": [place + chance.choice(("人民政府", "教育局", "档案馆", "文化馆"))],
            "subject": [subject],
            "description": sentence + chance.choice(found.sentences),
            "date": f"{chance.randint(1996, 2014)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
            "language": "zh",
            "format": kind,
        }
        if collection == "wenjin-recitation":
            poem = found.poems[number * 37]
            record |= {
                "title": poem.title or "无题",
                "creator": [poem.author],
                "description": "".join(poem.lines),
            }
        if collection == "old-photographs":
            record |= {"date": str(chance.randint(1880, 1965)), "language": "zxx"}
        if collection.startswith("minority"):
            record["language"] = chance.choice(("bo", "ug", "mn", "zh"))
        text, content = "", b""
        if kind == "text/html":
            record["title"] = f"{place}{subject}{chance.choice(_NOUNS)}：{sentence[: chance.randint(4, 14)]}"
            body = chance.choices(found.sentences, k=chance.randint(4, 20))
            text = "\n".join((record["title"], *body))
            paragraphs = "".join(f"<p>{sentence}</p>\n" for sentence in body)
            content = (f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{record["title"]}'
                       f"</title></head>\n<body>\n{paragraphs}</body></html>\n").encode()  # fmt: skip
        yield Made(record, text, content)
