"""Filter ``status_table``: where libraries stand, as a text table."""

from __future__ import annotations

DOCUMENTATION = r"""
name: status_table
short_description: Where libraries stand, as a text table
description: [One row a library, and a line that counts how they stand.]
positional: awaiting
options:
  _input: {description: Rows of the filter C(status_row)., type: list, elements: dict, required: true}
  awaiting: {description: Libraries not enrolled yet., type: list, elements: dict, default: []}
"""

EXAMPLES = r"""
text: "{{ rows | status_table(registry_awaiting) }}"
"""

RETURN = r"""
_value: {description: The table., type: str}
"""

from collections.abc import Callable

from shulu.campaign.status import table


class FilterModule:
    def filters(self) -> dict[str, Callable[..., str]]:
        return {"status_table": table}
