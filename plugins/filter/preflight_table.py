"""Filter ``preflight_table``: verdicts as a text table."""

from __future__ import annotations

DOCUMENTATION = r"""
name: preflight_table
short_description: Verdicts as a text table
description: [One row a finding; what all libraries share stands once.]
options:
  _input:
    description: Verdicts with library, name, route, rtt_ms and remarks (weight, problem, remedy).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
text: "{{ verdicts | preflight_table }}"
"""

RETURN = r"""
_value: {description: The table., type: str}
"""

from collections.abc import Callable

from shulu.campaign.preflight import table


class FilterModule:
    def filters(self) -> dict[str, Callable[..., str]]:
        return {"preflight_table": table}
