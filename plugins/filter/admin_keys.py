"""Filter ``admin_keys``: the admins of a host as the files that hold their keys."""

from __future__ import annotations

DOCUMENTATION = r"""
name: admin_keys
short_description: The admins of a host as the files that hold their keys
description:
  - Returns what the module M(config_files) takes as C(files), one file an admin.
  - Refuses what is no public key, all at once, since sshd would skip it without a word.
positional: folder
options:
  _input:
    description: Admins with C(name) and C(keys).
    type: list
    elements: dict
    required: true
  folder:
    description: The folder that sshd looks into.
    type: path
    required: true
"""

EXAMPLES = r"""
files: "{{ base_admins | admin_keys('/etc/ssh/authorized_keys') }}"
"""

RETURN = r"""
_value:
  description: Files with C(path), C(content) and C(mode).
  type: list
  elements: dict
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shulu.findings import Finding, Refused

# The portable names of useradd(8): such a name cannot leave the folder.
NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
KEY = re.compile(r"(?P<kind>(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+) (?P<blob>[A-Za-z0-9+/=]+)( [^\n]*)?")


def is_public_key(line: str) -> bool:
    """Tell whether a line is a public key that names the same kind inside and outside (RFC 4253, 6.6)."""
    found = KEY.fullmatch(line)
    if found is None:
        return False
    try:
        blob = base64.b64decode(found["blob"], validate=True)
    except binascii.Error:
        return False
    kind = found["kind"].encode()
    return blob.startswith(len(kind).to_bytes(4, "big") + kind)


def admin_keys(admins: Sequence[Mapping[str, Any]], folder: str) -> list[dict[str, str]]:
    """Return one file an admin; raise Refused with every name and key that cannot be used."""
    findings = []
    files = []
    for admin in admins:
        name, keys = str(admin["name"]), [str(key).strip() for key in admin["keys"]]
        where = f"base_admins, {name}"
        if not NAME.fullmatch(name) or name == "root":
            findings.append(Finding(where, "is no name for an admin", "use lower case letters and digits"))
        findings += [
            Finding(where, f"{key[:40]!r} is no public key", "take the line of the .pub file")
            for key in keys
            if not is_public_key(key)
        ]
        content = "".join(f"{key}\n" for key in keys)
        files.append({"path": f"{folder}/{name}", "content": content, "mode": "0644"})
    if findings:
        raise Refused(findings)
    return files


class FilterModule:
    """What Ansible looks for in a filter file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"admin_keys": admin_keys}
