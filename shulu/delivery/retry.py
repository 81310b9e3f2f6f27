"""How often and how soon a line that failed is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits double from ``first`` to ``longest`` seconds; ``tries`` failures without headway are enough."""

    first: float = 2.0
    longest: float = 300.0
    tries: int = 8

    def seconds(self, failures: int) -> float:
        """Return the pause after so many failures in a row (from 1), spread by a fifth.

        Without the spread all libraries of a province would come back in the same second.
        """
        pause = min(self.longest, self.first * 2.0 ** (failures - 1))
        return pause * random.uniform(0.8, 1.2)  # noqa: S311 - no secret

    def is_enough(self, failures: int) -> bool:
        """Tell whether to give up."""
        return failures >= self.tries
