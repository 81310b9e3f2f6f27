"""What readers look for, by class of query, and how many records a plain scan finds for each."""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import opencc

from bench.harness import say
from bench.searchcorpus import TRUTH
from bench.searchtexts import Texts, texts
from shulu.catalogue.normalise import is_cjk, normalise, runs

COUNTS = {"one": 33, "two": 119, "three": 37, "four": 33, "six and more": 8, "several": 36, "latin": 8,
          "traditional": 12, "none": 3}  # fmt: skip
"""Queries of each class."""

_PART = 10_000
_CHINESE = re.compile("[\u4e00-\u9fff]+")


def queries(work: Path) -> dict[str, list[str]]:
    """Return the queries by class: words of the texts, frequent ones more often than rare ones."""
    found = texts(work)
    chance = random.Random(7)  # noqa: S311 - queries, not secrets
    words = [word for word in found.words if _CHINESE.fullmatch(word)]
    by_length = {length: [word for word in words if len(word) == length] for length in (2, 3, 4)}
    long = [word for word in words if len(word) >= 6]
    made = {
        "one": _picked(_characters(found), COUNTS["one"], chance),
        "two": _picked(by_length[2], COUNTS["two"], chance),
        "three": _picked(by_length[3], COUNTS["three"], chance),
        "four": _picked(by_length[4], COUNTS["four"], chance),
        "six and more": [*_picked(long, 4, chance), *(chance.choice(found.poems).lines[0] for _ in range(4))],
        "several": [" ".join(_picked(by_length[2], 2, chance)) for _ in range(COUNTS["several"])],
        "latin": ["1998", "1997年", "WTO", "APEC", "１２月", "GDP", "CPU", "2008 奥运"],
        "none": ["魑魅魍魉饕餮", "飍驫鱻", "xyzzy7q"],
    }
    to_traditional = opencc.OpenCC("s2t").convert
    written = [(word, to_traditional(word)) for word in by_length[2] + by_length[3] + by_length[4]]
    made["traditional"] = _picked(
        [other for word, other in written if other != word], COUNTS["traditional"], chance
    )
    return made


def totals(corpus: Path, asked: dict[str, list[str]]) -> dict[str, int]:
    """Return how many records each query has by a plain scan of all texts; kept beside the corpus."""
    wanted = sorted({query for one in asked.values() for query in one})
    name = hashlib.sha256("\n".join(wanted).encode()).hexdigest()[:12]
    file = corpus / f"totals-{name}.json"
    if not file.exists():
        say("search: a plain scan of all texts for each query")
        counted = dict.fromkeys(wanted, 0)
        with (
            (corpus / TRUTH).open() as lines,
            ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool,
        ):
            parts = iter(lambda: [line for _, line in zip(range(_PART), lines, strict=False)], [])
            for found in pool.map(_scan, parts, [wanted] * 1000):
                for query, count in zip(wanted, found, strict=True):
                    counted[query] += count
        file.write_text(json.dumps(counted, ensure_ascii=False))
    known: dict[str, int] = json.loads(file.read_text())
    return known


def _scan(lines: list[str], wanted: list[str]) -> list[int]:
    read = [normalise("\n".join(json.loads(line)["texts"])) for line in lines]
    counted = []
    for query in wanted:
        hits = read
        for word in runs(query):
            begins = re.compile(rf"(?<![^\s\u3400-\u9fff]){re.escape(word)}")
            hits = [text for text in hits if word in text and (is_cjk(word) or begins.search(text))]
        counted.append(len(hits))
    return counted


def _picked(words: list[str], count: int, chance: random.Random) -> list[str]:
    """Pick from words that stand by frequency, as many of the first ten as of the next ninety, and so on."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[words[int(math.exp(chance.uniform(0, math.log(len(words)))))]] = None
    return list(found)


def _characters(found: Texts) -> list[str]:
    counts: dict[str, int] = {}
    for sentence in found.sentences:
        for character in sentence:
            counts[character] = counts.get(character, 0) + 1
    ordered = sorted(counts, key=lambda character: (-counts[character], character))
    return [character for character in ordered if _CHINESE.fullmatch(character)]
