"""Signatures by OpenSSH: ``ssh-keygen -Y`` makes and checks SSHSIG files (PROTOCOL.sshsig, ssh-keygen(1)).

A key is trusted for a principal and for namespaces by ``allowed_signers``, and no longer once ``revoked.krl``
names it. Every refusal says which of these failed.
"""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from shulu.content import release as releases
from shulu.content.release import RELEASE_FILE, SIGNATURE_FILE, Release
from shulu.findings import Refused, refuse

NAMESPACE_RELEASE = "release@shulu"
NAMESPACE_RECEIPT = "receipt@shulu"
NAMESPACE_REPORT = "report@shulu"
PRINCIPAL_RELEASE = "release"
MAX_SIGNATURE_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe: the allowed signers and the revoked keys (ssh-keygen(1), ALLOWED SIGNERS, KRLS)."""

    allowed_signers: Path
    revoked: Path

    @classmethod
    def at(cls, folder: Path) -> Trust:
        """Return the trust that lies in a folder, as ``/etc/shulu/trust`` and a province's ``keys/`` do."""
        return cls(folder / "allowed_signers", folder / "revoked.krl")


def sign(file: Path, key: Path, namespace: str) -> Path:
    """Sign a file; return the detached signature, ``<file>.sig``, written whole or not at all.

    Raises Refused where ssh-keygen cannot use the key.
    """
    return keep(signature_of(file.read_bytes(), key, namespace), file)


def keep(made: bytes, file: Path) -> Path:
    """Write a file's signature beside it, whole or not at all; return its path."""
    signature = file.with_name(f"{file.name}.sig")
    temporary = file.with_name(f".{file.name}.sig.new")
    temporary.write_bytes(made)
    temporary.chmod(0o644)
    temporary.replace(signature)
    return signature


def signature_of(data: bytes, key: Path, namespace: str) -> bytes:
    """Sign bytes; return the detached signature. Raises Refused where ssh-keygen cannot use the key."""
    done = _ssh_keygen("-Y", "sign", "-q", "-f", str(key), "-n", namespace, data=data)
    if done.returncode != 0 or not done.stdout.startswith(b"-----BEGIN SSH SIGNATURE-----"):
        raise refuse(
            str(key), f"cannot sign: {_last_line(done.stderr)}", "name a private key that this user can read"
        )
    return done.stdout


def verify(signed: bytes | Path, signature: Path, trust: Trust, *, principal: str, namespace: str) -> None:
    """Check that ``principal``'s trusted key signed these bytes for this purpose.

    Give bytes where they are used afterwards: nothing can then change between check and use. Raises Refused
    with one finding: no signature, a malformed or bad one, one for another purpose, a revoked key, an
    unknown key, or trust that cannot be read.
    """
    where = str(signature)
    data = signed if isinstance(signed, bytes) else read_regular(signed, None)
    blob = read_regular(signature, MAX_SIGNATURE_BYTES)
    for file in (trust.allowed_signers, trust.revoked):
        if not file.is_file():
            raise refuse(
                str(file), "is missing, so nothing can be trusted", "install the trust of the province"
            )
    with tempfile.TemporaryDirectory(prefix="shulu-signature-") as folder:
        copy = Path(folder, "signature")
        copy.write_bytes(blob)
        common = ("-n", namespace, "-s", str(copy))
        trusted = ("-Y", "verify", "-f", str(trust.allowed_signers), "-I", principal, *common)
        if _ssh_keygen(*trusted, "-r", str(trust.revoked), data=data).returncode == 0:
            return
        bare = _ssh_keygen("-Y", "check-novalidate", *common, data=data)
        if bare.returncode != 0:
            raise _bad(where, bare.stderr, namespace)
        name = bare.stdout.decode("utf-8", "replace").strip().rpartition(" with ")[2] or "key"
        if _ssh_keygen(*trusted, data=data).returncode != 0:
            raise refuse(
                where,
                f"the signature is by an unknown key: {name}",
                f"{trust.allowed_signers} does not trust it for {principal} and {namespace} at this time",
            )
        if _ssh_keygen("-Q", "-l", "-f", str(trust.revoked)).returncode != 0:
            raise refuse(str(trust.revoked), "is no key revocation list", "install the trust of the province")
        raise refuse(where, f"the signature is by a revoked key: {name}", "have it signed with a valid key")


def is_by(key: Path, signed: Path, signature: Path, namespace: str) -> bool:
    """Tell whether this private key signed the file as it is; whether anybody trusts the key is not asked."""
    good = _ssh_keygen(
        "-Y", "check-novalidate", "-n", namespace, "-s", str(signature), data=signed.read_bytes()
    )
    return good.returncode == 0 and good.stdout.decode("utf-8", "replace").split()[-1:] == [fingerprint(key)]


def fingerprint(key: Path) -> str:
    """Return a key's fingerprint, of a private key without its passphrase; "" where there is no such key."""
    shown = _ssh_keygen("-l", "-f", str(key))
    return shown.stdout.decode("utf-8", "replace").split()[1] if shown.returncode == 0 else ""


def load_release(folder: Path, trust: Trust) -> Release:
    """Read the release of an export layout once, check its signature, and return what was signed.

    Raises Refused where the chain of trust does not hold; then nothing of the folder may be used.
    """
    return parse_signed(
        read_regular(folder / RELEASE_FILE, releases.MAX_BYTES), folder / SIGNATURE_FILE, trust
    )


def parse_signed(text: bytes, signature: Path, trust: Trust) -> Release:
    """Check a release's bytes against a signature file and return the release. Raises Refused."""
    verify(text, signature, trust, principal=PRINCIPAL_RELEASE, namespace=NAMESPACE_RELEASE)
    return releases.parse(text)


def read_regular(path: Path, limit: int | None) -> bytes:
    """Read a regular file whole, without following a link. Raises Refused: missing, special, too long."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise refuse(str(path), f"cannot be read: {os.strerror(error.errno or 0)}") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise refuse(str(path), "is not a regular file")
    with os.fdopen(handle, "rb") as stream:
        data = stream.read() if limit is None else stream.read(limit + 1)
    if limit is not None and len(data) > limit:
        raise refuse(str(path), f"has more than {limit} bytes")
    return data


def _bad(where: str, stderr: bytes, namespace: str) -> Refused:
    said = stderr.decode("utf-8", "replace")
    if "namespace" in said:
        return refuse(where, "the signature was made for another purpose", f"it must be for {namespace}")
    if "incorrect signature" in said:
        return refuse(where, "the signature is bad: the signed file was altered", "fetch both files again")
    return refuse(where, f"is no SSH signature: {_last_line(stderr)}", "fetch it again")


def _last_line(text: bytes) -> str:
    lines = text.decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "ssh-keygen said nothing")


def _ssh_keygen(*words: str, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["ssh-keygen", *words], input=data or b"", capture_output=True, check=False)
    except FileNotFoundError as error:
        raise refuse("ssh-keygen", "is not installed", "install openssh-client") from error
