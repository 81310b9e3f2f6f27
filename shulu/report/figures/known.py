"""What a report is made from, and the receipts by library: which is the newest, what is live."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shulu.content.release import Release
from shulu.registry import Library
from shulu.report.evidence import Counted, Rejected
from shulu.report.sources import Planned, Trouble
from shulu.report.usage import Usage

MOMENT = "%Y-%m-%dT%H:%M:%SZ"
Row = dict[str, Any]


@dataclass(frozen=True)
class Inputs:
    """All that a report is made from. ``records`` are counts by bag (id, version), None where unknown.

    ``usage`` are rows from whatever tells them, None where nothing does.
    """

    province: str
    libraries: Sequence[Library]
    receipts: Sequence[Counted]
    rejected: Sequence[Rejected]
    release: Release | None
    as_of: str
    records: Mapping[tuple[str, str], int | None]
    plan: Planned | None = None
    status: tuple[str, Sequence[Trouble]] | None = None
    usage: Sequence[Usage] | None = None
    sources: Sequence[Row] = ()
    notes: Sequence[str] = ()


class Known:
    """The receipts by library, the oldest first, and what follows from them."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.by: dict[str, list[Counted]] = {each.code: [] for each in inputs.libraries}
        for receipt in sorted(inputs.receipts, key=lambda each: (each.ended, each.file)):
            self.by[receipt.library.code].append(receipt)
        self.newest = {code: receipts[-1] for code, receipts in self.by.items() if receipts}
        self.live = {code: receipt for code, receipt in self.newest.items() if receipt.live}
        self.first = {code: next(receipt for receipt in self.by[code] if receipt.live) for code in self.live}
        self.names = {each.code: each.name for each in inputs.libraries}

    def is_current(self, code: str) -> bool:
        """Whether the newest release is what is live there."""
        release = self.inputs.release
        return code in self.live and release is not None and self.live[code].release.mark == release.mark

    def numbers(self, codes: Iterable[str]) -> list[int]:
        """Return the numbers of the receipts that tell what is live there."""
        return sorted(self.live[code].no for code in codes)
