"""Filter ``release_bytes``: how much of a packed release belongs to a library's collections."""

from __future__ import annotations

DOCUMENTATION = r"""
name: release_bytes
short_description: The bytes of a packed release that belong to some collections
description:
  - 0 where no release is packed yet.
positional: collections
options:
  _input:
    description: The path of C(release.json) on the controller.
    type: path
    required: true
  collections:
    description: Ids of collections; empty means all. The kit goes to every library.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
needed: "{{ '/srv/work/release/release.json' | release_bytes(['ebooks']) }}"
"""

RETURN = r"""
_value:
  description: The payload bytes of the bags.
  type: int
"""

from collections.abc import Callable, Collection
from pathlib import Path

from shulu.content import release as releases


def release_bytes(path: str, collections: Collection[str]) -> int:
    """Return the payload bytes of those collections' bags and the kit. Raises Refused."""
    try:
        release = releases.parse(Path(path).read_bytes())
    except FileNotFoundError:
        return 0
    return sum(
        bag.bytes for bag in release.bags if not collections or bag.collection in {*collections, "kit"}
    )


class FilterModule:
    """What Ansible looks for in a filter file."""

    def filters(self) -> dict[str, Callable[[str, Collection[str]], int]]:
        """Return the filter by its name."""
        return {"release_bytes": release_bytes}
