"""Filter ``receipt_folders``: a folder for each library's receipts, as ``config_files`` takes folders."""

from __future__ import annotations

DOCUMENTATION = r"""
name: receipt_folders
short_description: A folder for each library's receipts
positional: above, owner
options:
  _input: {description: Codes of libraries., type: list, elements: str, required: true}
  above: {description: The folder above., type: path, required: true}
  owner: {description: User and group of the folders., type: str, required: true}
"""

EXAMPLES = r"""
folders: "{{ ['990101'] | receipt_folders('/var/lib/shulu-receipts', 'shulu-receipts') }}"
"""

RETURN = r"""
_value: {description: Folders with path, owner and group., type: list, elements: dict}
"""

from collections.abc import Callable, Iterable


def receipt_folders(codes: Iterable[str], above: str, owner: str) -> list[dict[str, str]]:
    """Return the folder of each library below ``above``."""
    return [{"path": f"{above}/{code}", "owner": owner, "group": owner} for code in sorted(codes)]


class FilterModule:
    """What Ansible looks for in a filter file."""

    def filters(self) -> dict[str, Callable[..., list[dict[str, str]]]]:
        """Return the filter by its name."""
        return {"receipt_folders": receipt_folders}
