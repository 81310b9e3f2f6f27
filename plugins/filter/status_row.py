"""Filter ``status_row``: what is known of one library, from what its server answered."""

from __future__ import annotations

DOCUMENTATION = r"""
name: status_row
short_description: What is known of one library, from what its server answered
description: [A server that was not reached, or is not set up, gives a row that says so.]
positional: library, receipt
options:
  _input: {description: The result of the module C(server_status)., type: dict, required: true}
  library:
    description: Its C(library) (the code), C(name), C(route), C(tier), C(wave) and C(prefecture).
    type: dict
    required: true
  receipt: {description: Its newest receipt., type: dict}
"""

EXAMPLES = r"""
row: "{{ answer | status_row(who) }}"
"""

RETURN = r"""
_value: {description: The row., type: dict}
"""

from collections.abc import Callable
from typing import Any

from shulu.campaign.status import row


class FilterModule:
    def filters(self) -> dict[str, Callable[..., dict[str, Any]]]:
        return {"status_row": row}
