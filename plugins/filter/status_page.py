"""Filter ``status_page``: where libraries stand, as a page."""

from __future__ import annotations

DOCUMENTATION = r"""
name: status_page
short_description: Where libraries stand, as one HTML page that needs nothing beside it
description: [Chinese first.]
positional: awaiting, province, written
options:
  _input: {description: Rows of the filter C(status_row)., type: list, elements: dict, required: true}
  awaiting: {description: Libraries not enrolled yet., type: list, elements: dict, required: true}
  province: {description: The province's name., type: str, required: true}
  written: {description: The moment the page speaks of., type: str, required: true}
"""

EXAMPLES = r"""
content: "{{ rows | status_page(registry_awaiting, registry_province, '2026-11-23 08:00') }}"
"""

RETURN = r"""
_value: {description: The page., type: str}
"""

from collections.abc import Callable

from shulu.campaign.page import page


class FilterModule:
    def filters(self) -> dict[str, Callable[..., str]]:
        return {"status_page": page}
