"""Which sequences of characters are in so many records that they get postings of their own.

The index finds any sequence. But a list of 100,000 hits is long to make, so that what stands in more than one
of ``SHARE`` records is looked up in bitmaps. A sample tells which: a sequence that it misses is found all the
same, only slower.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from shulu.catalogue.normalise import is_cjk

SAMPLE = 16
"""One record of so many is looked at."""
SHARE = 100
LEAST = 20
"""Records of the sample that must have a sequence at least."""

_LONGEST = 8
_PREFIX = 6


def frequent(sample: Sequence[list[str]]) -> set[str]:
    """Return the frequent tokens: sequences of 2 to 8 Chinese characters, beginnings of other words.

    ``sample`` are the runs of records, one of ``SAMPLE`` of all.
    """
    least = max(LEAST, len(sample) // SHARE)
    chinese: list[set[str]] = []
    counted: Counter[str] = Counter()
    for found in sample:
        chinese.append({run for run in found if is_cjk(run)})
        counted.update({run[:n] for run in found if not is_cjk(run) for n in range(1, _PREFIX + 1)})
    kept = {token for token, count in counted.items() if count >= least}
    shorter: set[str] | None = None
    for size in range(2, _LONGEST + 1):
        counted = Counter()
        for found_runs in chinese:
            counted.update(_sequences(found_runs, size, shorter))
        shorter = {token for token, count in counted.items() if count >= least}
        if not shorter:
            break
        kept |= shorter
    return kept


def _sequences(runs: set[str], size: int, shorter: set[str] | None) -> set[str]:
    """Return the sequences of a size whose beginning and end are frequent too."""
    found = {run[n : n + size] for run in runs for n in range(len(run) - size + 1)}
    if shorter is None:
        return found
    return {token for token in found if token[:-1] in shorter and token[1:] in shorter}
