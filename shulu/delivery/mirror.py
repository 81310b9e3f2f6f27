"""The mirror's side of the line: which keys may log in, to what, and how many at a time.

sshd(8) asks ``shulu mirror keys USER`` (AuthorizedKeysCommand); what that answers forces each key into one
command of one library. No key gets a shell.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from shulu.delivery.ask import QUESTION, reply
from shulu.delivery.config import CODE, Mirror
from shulu.delivery.inbox import take
from shulu.delivery.line import BUSY, check_rsync
from shulu.findings import Finding, Refused, refuse

RRSYNC = "/usr/bin/rrsync"
SHULU = "/usr/bin/shulu"
_KIND = b"ssh-ed25519"
_MOST_BYTES = 4096


def authorized_keys(mirror: Mirror, user: str) -> tuple[list[str], list[Finding]]:
    """Return a line of authorized_keys(5) for each library that may log in as ``user``, and what is wrong.

    A file that is not one ed25519 public key admits nobody and harms no other.
    """
    actions = {mirror.user: "serve", mirror.receipts_user: "receive"}
    if user not in actions:
        return [], [Finding(user, "serves no libraries")]
    lines: list[str] = []
    findings: list[Finding] = []
    for file in sorted(mirror.clients.glob("*.pub")):
        try:
            key = read_public_key(file)
        except Refused as refused:
            findings.extend(refused.findings)
            continue
        command = f"{SHULU} mirror {actions[user]} {file.stem}"
        lines.append(f'restrict,command="{command}" {key} {file.stem}')
    return lines, findings


def read_public_key(file: Path) -> str:
    """Return ``ssh-ed25519 <base64>`` of a client's file. Raises Refused where it is anything else.

    The key is taken apart (RFC 8709, 4): sshd must not find options or another kind of key in the line.
    """
    if not CODE.fullmatch(file.stem):
        raise refuse(str(file), "is not named after a library's code")
    try:
        text = file.read_bytes()[:_MOST_BYTES].decode("ascii")
    except (OSError, ValueError) as error:
        raise refuse(str(file), f"cannot be read: {error}") from error
    lines = [line for line in text.splitlines() if line.strip()]
    words = lines[0].split() if len(lines) == 1 else []
    if len(words) < 2 or words[0] != _KIND.decode():
        raise refuse(str(file), "is not one ssh-ed25519 public key", "run playbooks/provision.yml")
    try:
        blob = base64.b64decode(words[1], validate=True)
    except binascii.Error as error:
        raise refuse(str(file), f"the key is not base64: {error}") from error
    if blob != struct.pack(">I", len(_KIND)) + _KIND + struct.pack(">I", 32) + blob[-32:] or len(blob) != 51:
        raise refuse(str(file), "the key is not an ed25519 key")
    return f"{words[0]} {words[1]}"


def serve(mirror: Mirror, store: Path, code: str) -> None:
    """Answer which release is live; else become rrsync(1), reading the store, once a slot is free.

    Raises Refused when none is.
    """
    _check_client(mirror, code)
    if os.environ.get("SSH_ORIGINAL_COMMAND") == QUESTION:
        reply(store / "live", sys.stdout.buffer)
        return
    check_rsync()
    _take_slot(mirror)
    os.execv(RRSYNC, [RRSYNC, "-ro", str(store)])  # noqa: S606 - an argument list, no shell


def receive(mirror: Mirror, code: str) -> int:
    """Let rrsync(1) drop receipts into the library's own folder, none over another; return its exit code.

    Raises Refused where the library has dropped too much there.
    """
    _check_client(mirror, code)
    check_rsync()
    folder = mirror.receipts / code
    return take(folder, [RRSYNC, "-wo", "-no-lock", "-no-overwrite", "-no-del", str(folder)])


def _check_client(mirror: Mirror, code: str) -> None:
    if not CODE.fullmatch(code) or not (mirror.clients / f"{code}.pub").is_file():
        raise refuse(code, "is no library that this mirror knows")


def _take_slot(mirror: Mirror) -> None:
    """Hold a free slot's flock(2) in a descriptor that outlives exec: it ends with the transfer."""
    folder = mirror.slots_folder
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.geteuid() or folder.is_symlink():
        raise refuse(str(folder), "does not belong to the mirror's user", "remove it")
    for descriptor in _slots(folder, mirror.slots):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
        else:
            os.set_inheritable(descriptor, True)
            return
    raise refuse("mirror", BUSY, "it is tried again by itself")


def _slots(folder: Path, count: int) -> Iterator[int]:
    for number in range(count):
        yield os.open(folder / f"slot-{number}", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
