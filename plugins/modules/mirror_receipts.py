"""Ansible module ``mirror_receipts``: lists the receipts and keys on a mirror, and reads them. Reads only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mirror_receipts
short_description: Bring the receipts of a mirror, and the keys that signed them, to the controller
description:
  - On the mirror it reads only. On the controller what is missing or differs is written below C(folder); what
    is no longer on the mirror is kept there. Under C(--check) it is read and handed on, and not written.
options:
  folder:
    description: Folder on the controller; each mirror has one of its name there.
    type: path
  own:
    description: Code of this library where its own receipts are wanted too, as of a hub.
    type: str
    default: ""
  receipts:
    description: Folder of the receipts that came in, one folder a library.
    type: path
    default: /var/lib/shulu-receipts
  clients:
    description: Folder of the libraries' public keys.
    type: path
    default: /etc/shulu/mirror/clients
  own_receipts:
    description: Folder of the receipts that this server signed.
    type: path
    default: /var/lib/shulu/receipts
  own_key:
    description: Public key of this server.
    type: path
    default: /etc/shulu/keys/agent.pub
  wanted:
    description: Files to read, as C(listed) names them; without any they are listed.
    type: list
    elements: str
    default: []
attributes:
  check_mode: {support: full, description: Reads on the controller's behalf and writes nothing., details: ""}
author: [shulu]
"""

EXAMPLES = r"""
- name: Bring the receipts here
  mirror_receipts:
    folder: /srv/work/report/receipts
  become: true
"""

RETURN = r"""
listed:
  description: The SHA-256 of each file, by C(receipts/<code>/<name>) and C(clients/<code>.pub).
  type: dict
  returned: when nothing was wanted
odd:
  description: What lies among the receipts and is none.
  type: list
  elements: str
  returned: when nothing was wanted
files:
  description: Content of what was wanted, Base64; as much as fits one answer.
  type: dict
  returned: when something was wanted
brought:
  description: Under C(--check) the content of what would be written, Base64.
  type: dict
  returned: success
"""

import base64
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

MOST_BYTES = 16 << 20
"""Bytes of one receipt."""
MOST_ANSWER_BYTES = 4 << 20
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,31}", re.ASCII)
_FILE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}\.json(\.sig)?", re.ASCII)
ARGUMENTS: dict[str, dict[str, Any]] = {
    "folder": {"type": "path"},
    "own": {"type": "str", "default": ""},
    "receipts": {"type": "path", "default": "/var/lib/shulu-receipts"},
    "clients": {"type": "path", "default": "/etc/shulu/mirror/clients"},
    "own_receipts": {"type": "path", "default": "/var/lib/shulu/receipts"},
    "own_key": {"type": "path", "default": "/etc/shulu/keys/agent.pub"},
    "wanted": {"type": "list", "elements": "str", "default": []},
}


def find(options: dict[str, Any]) -> tuple[dict[str, Path], list[str]]:
    """Return the files by the names they get on the controller, and what is no receipt."""
    found: dict[str, Path] = {}
    odd: list[str] = []
    for folder in _entries(Path(options["receipts"])):
        if not _CODE.fullmatch(folder.name) or not folder.is_dir(follow_symlinks=False):
            odd.append(folder.path)
            continue
        for file in _entries(Path(folder.path)):
            if _FILE.fullmatch(file.name) and file.is_file(follow_symlinks=False):
                found[f"receipts/{folder.name}/{file.name}"] = Path(file.path)
            elif not file.name.startswith("."):  # what rsync is at work on
                odd.append(file.path)
    for file in _entries(Path(options["clients"])):
        if _CODE.fullmatch(file.name.removesuffix(".pub")) and file.name.endswith(".pub"):
            found[f"clients/{file.name}"] = Path(file.path)
    if own := options["own"]:
        for file in _entries(Path(options["own_receipts"])):
            if _FILE.fullmatch(file.name):
                found[f"receipts/{own}/{file.name}"] = Path(file.path)
        if Path(options["own_key"]).is_file():
            found[f"clients/{own}.pub"] = Path(options["own_key"])
    return found, odd


def content(path: Path) -> bytes | None:
    """Read a regular file, never through a link that a library laid; None where it is none, or too long."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            return None
        data = stream.read(MOST_BYTES + 1)
    return data if len(data) <= MOST_BYTES else None


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    if folder.is_dir():
        with os.scandir(folder) as entries:
            yield from sorted(entries, key=lambda entry: entry.name)


def look(options: dict[str, Any]) -> dict[str, Any]:
    """List what there is, or read what is wanted of it until the answer is full."""
    found, odd = find(options)
    if not options["wanted"]:
        listed = {}
        for name, path in found.items():
            data = content(path)
            if data is None:
                odd.append(str(path))
            else:
                listed[name] = hashlib.sha256(data).hexdigest()
        return {"listed": listed, "odd": odd}
    files: dict[str, str] = {}
    size = 0
    for name in options["wanted"]:
        data = content(found[name]) if name in found else None
        if data is None:
            files[name] = ""  # it went away meanwhile
            continue
        if files and size + len(data) > MOST_ANSWER_BYTES:
            break
        size += len(data)
        files[name] = base64.b64encode(data).decode()
    return {"files": files}


def main() -> None:
    """Answer the plugin on the controller."""
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True)
    module.exit_json(changed=False, **look(module.params))


if __name__ == "__main__":
    main()
