"""How much of everything a size of the demo holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Counts of items and the measures of what is rendered.

    ``poets`` and ``volumes`` are books; ``page_dpi`` is dots an inch of a page image; ``film_height`` is in
    pixels, ``film_seconds`` the length of an episode; ``picture_width`` is in pixels.
    """

    name: str
    poets: int
    classics: int
    volumes: int
    issues: int
    pages: int
    page_dpi: int
    series: int
    episodes: int
    film_height: int
    film_seconds: int
    recitations: int
    prints: int
    photographs: int
    paintings: int
    picture_width: int
    counties: int
    documents: int


TINY = Size("tiny", 12, 6, 0, 2, 3, 50, 1, 2, 180, 2, 4, 4, 4, 4, 480, 20, 4)
SMALL = Size("small", 200, 30, 20, 8, 8, 72, 3, 3, 270, 5, 24, 60, 16, 60, 960, 300, 60)
FULL = Size("full", 4000, 30, 900, 32, 20, 100, 4, 4, 360, 20, 120, 300, 60, 600, 1600, 3000, 300)
SIZES = {size.name: size for size in (TINY, SMALL, FULL)}
