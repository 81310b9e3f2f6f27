"""A province's keys: made, listed and revoked in one folder, with the two files that servers trust.

``<name>`` and ``<name>.pub`` are a key pair of OpenSSH, ``allowed_signers`` says what each public key may
sign, ``revoked.krl`` which may no longer (ssh-keygen(1)).
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from shulu.content.signature import NAMESPACE_RELEASE, PRINCIPAL_RELEASE, Trust, fingerprint
from shulu.findings import refuse

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")
_RESERVED = {"allowed_signers", "revoked.krl"}


@dataclass(frozen=True, slots=True)
class Key:
    """One key that ``allowed_signers`` lists: its name (the comment), principals, fingerprint, and fate."""

    name: str
    principals: str
    fingerprint: str
    revoked: bool
    private_here: bool


def new(name: str, folder: Path, *, principal: str = PRINCIPAL_RELEASE, ask_passphrase: bool = False) -> Path:
    """Make an ed25519 key that may sign releases; return the private key's path (mode 0600).

    A second key is how keys are rotated: both are trusted until the first is revoked. Raises Refused where
    the name is taken or cannot be a file's.
    """
    if not _NAME.fullmatch(name) or name in _RESERVED or name.endswith(".pub"):
        raise refuse(name, "cannot be a key's name", "use letters, digits, . _ and -")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    private = folder / name
    public = folder / f"{name}.pub"
    if private.exists() or public.exists() or any(key.name == name for key in listed(folder)):
        raise refuse(str(private), "is there already", "choose another name")
    passphrase = [] if ask_passphrase else ["-N", ""]
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-C", name, "-f", str(private), *passphrase]
    if subprocess.run(command, check=False).returncode != 0:
        raise refuse(str(private), "ssh-keygen could not make the key")
    private.chmod(0o600)
    public.chmod(0o644)
    line = f'{principal} namespaces="{NAMESPACE_RELEASE}" {public.read_text(encoding="utf-8").strip()}\n'
    trust = Trust.at(folder)
    before = trust.allowed_signers.read_text(encoding="utf-8") if trust.allowed_signers.exists() else ""
    if before and not before.endswith("\n"):
        before += "\n"
    _replace(trust.allowed_signers, (before + line).encode())
    ensure_revoked(folder)
    return private


def ensure_revoked(folder: Path) -> Path:
    """Make ``revoked.krl`` where there is none: an empty list, so that its absence is always an error."""
    krl = Trust.at(folder).revoked
    if not krl.exists():
        _krl(krl, [])
    return krl


def revoke(name: str, folder: Path) -> Key:
    """Revoke the key of this name; it stays in ``allowed_signers``, so that refusals can say what it is.

    Revoking twice changes nothing. Raises Refused where no key has the name.
    """
    found = [(key, blob) for key, blob in _lines(folder) if key.name == name]
    if not found:
        names = ", ".join(key.name for key, _ in _lines(folder)) or "none"
        raise refuse(name, f"no key of this name is trusted in {folder}", f"trusted are: {names}")
    key, blob = found[0]
    if not key.revoked:
        krl = ensure_revoked(folder)
        with tempfile.TemporaryDirectory(prefix="shulu-keys-") as work:
            public = Path(work, "key.pub")
            public.write_text(f"{blob} {name}\n", encoding="utf-8")
            _krl(krl, [str(public)])
    return key


def refuse_revoked(private: Path) -> None:
    """Raise Refused where the folder of a private key has revoked it: no server takes what it would sign."""
    keys = listed(private.parent)
    if not any(key.revoked for key in keys):
        return
    mark = fingerprint(private)
    if any(key.revoked and key.fingerprint == mark for key in keys):
        names = ", ".join(key.name for key in keys if key.private_here and not key.revoked)
        raise refuse(
            str(private),
            "is revoked: servers refuse what it signs",
            f"sign with {names} (for playbooks: pack_key)" if names else "make another key: shulu keys new",
        )


def listed(folder: Path) -> list[Key]:
    """Return the keys of ``allowed_signers`` in their order. Raises Refused where a line is none."""
    return [key for key, _ in _lines(folder)]


def _lines(folder: Path) -> list[tuple[Key, str]]:
    trust = Trust.at(folder)
    if not trust.allowed_signers.exists():
        return []
    keys = []
    for number, line in enumerate(trust.allowed_signers.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(
            r'(\S+) (?:(?:[^"\s]|"[^"]*")+ )?((?:ssh|ecdsa|sk)-\S+ [0-9A-Za-z+/=]+)(?: (.*))?', line
        )
        if match is None:
            raise refuse(f"{trust.allowed_signers}:{number}", "is no allowed signer", "see ssh-keygen(1)")
        principals, blob, comment = match[1], match[2], (match[3] or "").strip()
        name = comment or f"line-{number}"
        keys.append((_key(folder, name, principals, blob), blob))
    return keys


def _key(folder: Path, name: str, principals: str, blob: str) -> Key:
    with tempfile.TemporaryDirectory(prefix="shulu-keys-") as work:
        public = Path(work, "key.pub")
        public.write_text(f"{blob}\n", encoding="utf-8")
        shown = subprocess.run(["ssh-keygen", "-l", "-f", str(public)], capture_output=True, check=False)
        if shown.returncode != 0:
            raise refuse(name, "its public key cannot be read")
        krl = Trust.at(folder).revoked
        asked = ["ssh-keygen", "-Q", "-f", str(krl), str(public)]
        revoked = krl.exists() and subprocess.run(asked, capture_output=True, check=False).returncode != 0
    private = folder / name
    return Key(name, principals, shown.stdout.decode().split()[1], revoked, private.is_file())


def _krl(krl: Path, public_keys: list[str]) -> None:
    """Write the revocation list anew with more keys on it, and let it show only when it is whole."""
    with tempfile.TemporaryDirectory(dir=krl.parent, prefix=".krl-") as work:
        draft = Path(work, "draft")
        update = []
        if krl.exists():
            draft.write_bytes(krl.read_bytes())
            update = ["-u"]
        command = ["ssh-keygen", "-q", "-k", *update, "-f", str(draft), *public_keys]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode != 0:
            raise refuse(
                str(krl), f"ssh-keygen could not revoke: {done.stderr.decode(errors='replace').strip()}"
            )
        draft.chmod(0o644)
        draft.replace(krl)


def _replace(path: Path, text: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(text)
    temporary.chmod(0o644)
    temporary.replace(path)
