"""How large an image is, read from its head."""

from __future__ import annotations

import functools
import io
from pathlib import Path

import imagesize

_HEADS = (1 << 16, 1 << 20)
"""Bytes of a file that are looked at: photographs may have a preview before their size."""
_MOST = 100_000
"""Pixels of a side; what says more is broken."""


@functools.lru_cache(maxsize=1 << 15)
def size(path: Path, version: str) -> tuple[int, int] | None:
    """Return an image's width and height; None where what was read is no image. Raises OSError.

    ``version`` is that of its bag: a file of one version never changes. But whether it can be read does, with
    its disk: an error is not kept, so that the next request looks again.
    """
    for length in _HEADS:
        with path.open("rb") as file:
            head = file.read(length)
        try:
            width, height = imagesize.get(io.BytesIO(head))
        except Exception:  # noqa: S112 - the library says only that it did not work, in many ways
            continue
        if 0 < width <= _MOST and 0 < height <= _MOST:
            return int(width), int(height)
    return None
