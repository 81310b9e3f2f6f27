"""Trees of random bytes to measure with, the same for everybody who asks for the same shape."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

KB, MB = 1000, 1_000_000

Shape = Iterable[tuple[str, int]]


def mixed(total: int, seed: int = 1) -> list[tuple[str, int]]:
    """Return names and sizes of a collection's mix: videos, page images, books, web documents.

    By bytes about 60 % videos of 40 MB, 25 % page images, 12 % books and 3 % web documents.
    """
    chance = random.Random(seed)  # noqa: S311 - shapes, not secrets
    kinds = (("video", "mp4", 0.60, 40 * MB, 40 * MB), ("page", "jpg", 0.25, 600 * KB, 1400 * KB),
             ("book", "epub", 0.12, 1 * MB, 5 * MB), ("web", "html", 0.03, 2 * KB, 28 * KB))  # fmt: skip
    shape = []
    for name, suffix, share, least, most in kinds:
        left, number = int(total * share), 0
        while left > 0:
            size = chance.randint(least, most)
            shape.append((f"{name}/{number // 1000:03d}/{number:06d}.{suffix}", min(size, left)))
            left -= size
            number += 1
    return shape


def many(count: int, seed: int = 2) -> list[tuple[str, int]]:
    """Return names and sizes of ``count`` small files, 1.8 to 5.4 KB, 100 a folder."""
    chance = random.Random(seed)  # noqa: S311 - shapes, not secrets
    return [
        (f"d{number // 100:05d}/{number:07d}.html", chance.randint(1800, 5400)) for number in range(count)
    ]


def write(folder: Path, shape: Shape, seed: int = 3) -> Path:
    """Write a tree of that shape below ``folder``; return the folder."""
    chance = random.Random(seed)  # noqa: S311 - content, not secrets
    for name, size in shape:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            # No byte is used twice: rsync would find what repeats, and fetch less than a film needs.
            for start in range(0, size, 16 * MB):
                stream.write(chance.randbytes(min(16 * MB, size - start)))
    return folder
