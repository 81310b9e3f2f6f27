"""What is wrong with a user's input, said so that it can be mended.

Readers and checkers collect every finding before they refuse, so that a user mends a file once and not
line by line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong: where it stands, what it is, and what would mend it."""

    where: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}" + (f"; {self.remedy}" if self.remedy else "")


class Refused(Exception):  # noqa: N818 - it is a verdict on an input, not a fault of the program
    """An input that is not acted on, with all its findings. The command line prints them and exits 1."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, self.findings)))


def refuse(where: str, problem: str, remedy: str = "") -> Refused:
    """Build a refusal of one finding: ``raise refuse("release.json", "signature is bad", "...")``."""
    return Refused([Finding(where, problem, remedy)])
