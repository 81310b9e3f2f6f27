"""Filter ``file_base64``: the bytes of a file on the controller, as base64."""

from __future__ import annotations

DOCUMENTATION = r"""
name: file_base64
short_description: The bytes of a file on the controller, as base64
description:
  - Unlike the lookup P(ansible.builtin.file#lookup), it takes files that are no text.
options:
  _input:
    description: The file's path.
    type: path
    required: true
"""

EXAMPLES = r"""
content: "{{ '/srv/work/keys/revoked.krl' | file_base64 }}"
"""

RETURN = r"""
_value:
  description: The bytes, in base64 without line breaks.
  type: str
"""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any


def file_base64(path: str) -> str:
    """Return the bytes of a file in base64; raise OSError when it cannot be read."""
    return base64.b64encode(Path(path).read_bytes()).decode("ascii")


class FilterModule:
    """What Ansible looks for in a filter file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"file_base64": file_base64}
