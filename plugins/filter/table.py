"""Filter ``table``: rows as a text table that lines up."""

from __future__ import annotations

DOCUMENTATION = r"""
name: table
short_description: Rows as a text table that lines up
description: [Chinese characters take two columns of a terminal.]
positional: columns, numbers
options:
  _input: {description: Rows., type: list, elements: dict, required: true}
  columns: {description: Columns in order; by default those of the first row., type: list, elements: str}
  numbers: {description: Columns that stand to the right., type: list, elements: str, default: []}
"""

EXAMPLES = r"""
text: "{{ [{'name': '临江县图书馆', 'bags': 3}] | table(numbers=['bags']) }}"
"""

RETURN = r"""
_value: {description: The table., type: str}
"""

from collections.abc import Callable

from shulu.campaign.table import render


class FilterModule:
    def filters(self) -> dict[str, Callable[..., str]]:
        return {"table": render}
