"""Ansible module ``config_files``: the small files and folders of one service, written as one."""

from __future__ import annotations

DOCUMENTATION = r"""
module: config_files
short_description: Write the small files and folders that belong together, all or none
description:
  - Compares everything first and then writes only what differs, each file by a rename.
  - Owners, and folders above, need not be there yet when a rehearsal asks.
  - When one of O(checks) fails, what was there before is put back, and nothing reads the new files.
options:
  folders:
    description: Folders; those above them are made with mode 0755.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: Where it is., type: path, required: true}
      owner: {description: Its user., type: str, default: root}
      group: {description: Its group., type: str, default: root}
      mode: {description: Its mode in octal digits., type: str, default: "0755"}
      exclusive:
        description: Whether files in it that O(files) does not name are removed.
        type: bool
        default: false
  files:
    description: Files with all that is in them.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: Where it is., type: path, required: true}
      content: {description: "Its text, or its bytes in base64.", type: str, required: true}
      encoding:
        description: How O(files[].content) is written.
        type: str
        choices: [text, base64]
        default: text
      owner: {description: Its user., type: str, default: root}
      group: {description: Its group., type: str, default: root}
      mode: {description: Its mode in octal digits., type: str, default: "0644"}
  checks:
    description: Commands, each a list of words, that must succeed with the new files in place.
    type: list
    elements: list
    default: []
attributes:
  check_mode: {support: full, description: Reports exactly what the run would do., details: ""}
  diff_mode: {support: full, description: Shows the text of files that differ., details: ""}
author: [shulu]
"""

EXAMPLES = r"""
- name: Configure the time service
  config_files:
    files:
      - path: /etc/chrony/chrony.conf
        content: "{{ lookup('ansible.builtin.template', 'chrony.conf.j2') }}"
  notify: Restart the time service
"""

RETURN = r"""
paths:
  description: What was written or removed, or would be.
  type: list
  elements: str
  returned: success
"""

import base64
import contextlib
import errno
import grp
import os
import pwd
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

NO_FOLDER = "must be a folder and is a link or a file; remove it"


class FilesError(Exception):
    """What could not be written, or did not pass its check."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file or folder: its bytes (None for a folder and for a file that is to go), owner, group, mode."""

    path: Path
    content: bytes | None
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644
    folder: bool = False


def _id(name: str, table: Any) -> int | None:
    """Return the number of a user or a group; None for one that a rehearsal has only foretold."""
    try:
        entry = pwd.getpwnam(name) if table is pwd else grp.getgrnam(name)
    except KeyError:
        return None
    return entry.pw_uid if isinstance(entry, pwd.struct_passwd) else entry.gr_gid


def differs(item: Item) -> bool:
    """Tell whether an item is not what it should be. No link is followed.

    Raises FilesError for a link or a file in a folder's place, in a rehearsal as in a run.
    """
    try:
        status = item.path.lstat()
    except FileNotFoundError:
        return item.folder or item.content is not None
    if not item.folder and item.content is None:
        return True
    if item.folder and not stat.S_ISDIR(status.st_mode):
        raise FilesError(f"{item.path} {NO_FOLDER}")
    if not item.folder and not stat.S_ISREG(status.st_mode):
        return True
    owned = (status.st_uid, status.st_gid) == (_id(item.owner, pwd), _id(item.group, grp))
    kept = owned and status.st_mode & 0o7777 == item.mode
    return not kept or (item.content is not None and item.path.read_bytes() != item.content)


def plan(items: list[Item], exclusive: list[Path]) -> list[Item]:
    """Return the items that differ, folders first, and those files of exclusive folders that are to go."""
    named = {item.path for item in items}
    strangers = [
        Item(path, content=None)
        for folder in exclusive
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path not in named and not path.is_dir()
    ]
    return sorted(filter(differs, items), key=lambda item: not item.folder) + strangers


def write_folder(path: Path, uid: int, gid: int, mode: int) -> None:
    """Make a folder, and give it its owner and mode.

    Raises FilesError for a link or a file in its place: who owns the folder above could lead root anywhere.
    """
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o755, parents=True)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if error.errno not in {errno.ELOOP, errno.ENOTDIR}:
            raise
        raise FilesError(f"{path} {NO_FOLDER}") from error
    try:
        os.fchown(descriptor, uid, gid)
        os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)


def write(item: Item) -> None:
    """Bring one item to what it should be.

    Raises OSError, or FilesError for an owner that is not there.
    """
    if not item.folder and item.content is None:
        item.path.unlink(missing_ok=True)
        return
    uid, gid = _id(item.owner, pwd), _id(item.group, grp)
    if uid is None or gid is None:
        raise FilesError(f"{item.path}: there is no user {item.owner} or no group {item.group} on this host")
    if item.folder:
        write_folder(item.path, uid, gid, item.mode)
        return
    item.path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=".", suffix=".new", dir=item.path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(item.content or b"")
            os.fchown(file.fileno(), uid, gid)
            os.fchmod(file.fileno(), item.mode)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(item.path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def remember(item: Item) -> Item:
    """Return what is there now, as an item that would bring it back."""
    try:
        status = item.path.lstat()
    except FileNotFoundError:
        return Item(item.path, content=None)
    if not stat.S_ISREG(status.st_mode):
        return item
    owner, group = pwd.getpwuid(status.st_uid).pw_name, grp.getgrgid(status.st_gid).gr_name
    return Item(item.path, item.path.read_bytes(), owner, group, status.st_mode & 0o7777)


def act(changes: list[Item], checks: list[list[str]]) -> None:
    """Write the changes; put all files back when one cannot be written or a check does not pass.

    Raises FilesError with the words of the check, or OSError.
    """
    written: list[Item] = []
    try:
        for item in changes:
            before = remember(item)
            write(item)
            if not item.folder:
                written.append(before)
        for command in checks if changes else []:
            run_check(command)
    except (FilesError, OSError):
        # The last first; one that cannot go back must not keep the others from it.
        for item in reversed(written):
            with contextlib.suppress(FilesError, OSError):
                write(item)
        raise


def run_check(command: list[str]) -> None:
    """Run one check. Raises FilesError with its words when it refuses."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        words = (done.stderr or done.stdout).strip()
        raise FilesError(f"{' '.join(command)} refused the new files, the old ones are back: {words}")


def difference(item: Item) -> dict[str, str]:
    """Return what ``--diff`` shows of an item."""
    before = b""
    if not item.folder and item.path.is_file():
        before = item.path.read_bytes()
    shown = {"before_header": str(item.path), "after_header": f"{item.path} ({item.owner}, {item.mode:04o})"}
    return shown | {
        "before": before.decode("utf-8", "replace"),
        "after": (item.content or b"").decode("utf-8", "replace"),
    }


def bytes_of(file: dict[str, Any]) -> bytes:
    """Return what is to be in a file."""
    content: str = file["content"]
    return base64.b64decode(content) if file["encoding"] == "base64" else content.encode()


def items_of(options: dict[str, Any]) -> list[Item]:
    """Read the module's options."""
    folders = [
        Item(Path(each["path"]), None, each["owner"], each["group"], int(each["mode"], 8), folder=True)
        for each in options["folders"]
    ]
    return folders + [
        Item(Path(each["path"]), bytes_of(each), each["owner"], each["group"], int(each["mode"], 8))
        for each in options["files"]
    ]


def main() -> None:
    """Read the options, plan, and act unless this is a rehearsal."""
    common: dict[str, Any] = {
        "path": {"type": "path", "required": True},
        "owner": {"type": "str", "default": "root"},
        "group": {"type": "str", "default": "root"},
    }
    folder = common | {
        "mode": {"type": "str", "default": "0755"},
        "exclusive": {"type": "bool", "default": False},
    }
    file = common | {
        "mode": {"type": "str", "default": "0644"},
        "content": {"type": "str", "required": True},
        "encoding": {"type": "str", "choices": ["text", "base64"], "default": "text"},
    }
    module = AnsibleModule(
        argument_spec={
            "folders": {"type": "list", "elements": "dict", "default": [], "options": folder},
            "files": {"type": "list", "elements": "dict", "default": [], "options": file},
            "checks": {"type": "list", "elements": "list", "default": []},
        },
        supports_check_mode=True,
    )
    exclusive = [Path(each["path"]) for each in module.params["folders"] if each["exclusive"]]
    try:
        changes = plan(items_of(module.params), exclusive)
        shown = [difference(item) for item in changes]
        if not module.check_mode:
            act(changes, module.params["checks"])
    except (FilesError, OSError) as problem:
        module.fail_json(msg=str(problem))
    module.exit_json(changed=bool(changes), paths=[str(item.path) for item in changes], diff=shown)


if __name__ == "__main__":
    main()
