"""Ansible module ``ssh_keypair``: a host's own ed25519 key, made where it is used."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ssh_keypair
short_description: Make an ed25519 key pair that never leaves its host
description:
  - Makes the pair when it is missing; an existing key is kept, its owner and mode are put right.
  - The private key is never returned.
options:
  path:
    description: The private key; the public one lies beside it with C(.pub) at its end.
    type: path
    required: true
  owner:
    description: User that owns both files.
    type: str
    required: true
  comment:
    description: Comment in the public key.
    type: str
    required: true
attributes:
  check_mode: {support: full, description: Reports exactly what the run would do., details: ""}
author: [shulu]
"""

EXAMPLES = r"""
- name: Make the server's own key
  ssh_keypair:
    path: /etc/shulu/keys/agent
    owner: shulu
    comment: "990101"
"""

RETURN = r"""
public_key:
  description: The public key in one line; empty in a rehearsal on a host that has none yet.
  type: str
  returned: success
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

MODES = {"": 0o600, ".pub": 0o644}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done: make the pair, and which of the files to put right."""

    make: bool
    mend: tuple[Path, ...]

    @property
    def changed(self) -> bool:
        """Whether anything is to be done at all."""
        return self.make or bool(self.mend)


def halves(path: Path) -> dict[Path, int]:
    """Return both files of a pair with their modes."""
    return {path.with_name(path.name + ending): mode for ending, mode in MODES.items()}


def _right(path: Path, mode: int, uid: int | None) -> bool:
    status = path.lstat()
    return status.st_mode & 0o7777 == mode and status.st_uid == uid


def plan(path: Path, owner: str) -> Plan:
    """Compare a pair with what it should be. A pair without its private half is made anew."""
    if not path.exists():
        return Plan(make=True, mend=())
    try:
        uid = pwd.getpwnam(owner).pw_uid
    except KeyError:  # a rehearsal before the user is made
        uid = None
    wrong = [half for half, mode in halves(path).items() if not half.exists() or not _right(half, mode, uid)]
    return Plan(make=False, mend=tuple(wrong))


def act(path: Path, owner: str, comment: str, todo: Plan) -> None:
    """Make the pair, or put its files right.

    Raises OSError, KeyError for an unknown owner, or CalledProcessError from ssh-keygen(1).
    """
    account = pwd.getpwnam(owner)
    public = path.with_name(path.name + ".pub")
    if todo.make:
        public.unlink(missing_ok=True)
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)]
        subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    path.chmod(MODES[""])  # or ssh-keygen(1) will not read it
    if not public.exists():
        command = ["ssh-keygen", "-y", "-f", str(path)]
        derived = subprocess.run(command, capture_output=True, text=True, check=True)
        public.write_text(derived.stdout, encoding="utf-8")
    for half, mode in halves(path).items():
        os.chown(half, account.pw_uid, account.pw_gid)
        half.chmod(mode)


def main() -> None:
    """Read the options, plan, and act unless this is a rehearsal."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "owner": {"type": "str", "required": True},
            "comment": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    path, owner = Path(module.params["path"]), module.params["owner"]
    todo = plan(path, owner)
    if todo.changed and not module.check_mode:
        try:
            act(path, owner, module.params["comment"], todo)
        except subprocess.CalledProcessError as problem:
            module.fail_json(msg=f"{path}: ssh-keygen failed: {problem.stderr.strip()}")
        except (OSError, KeyError) as problem:
            module.fail_json(
                msg=f"{path}: {problem}; the folder and the user {owner} have to be there before the key"
            )
    public = path.with_name(path.name + ".pub")
    public_key = public.read_text(encoding="utf-8").strip() if public.exists() else ""
    module.exit_json(changed=todo.changed, public_key=public_key)


if __name__ == "__main__":
    main()
