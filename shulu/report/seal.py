"""Signatures of receipts checked in this process: a province has more receipts than can each have processes.

One kind is known here, Ed25519 over SHA-512, which ``ssh-keygen -Y sign`` makes with the key of an agent. All
of such a file but its last 64 bytes is given (PROTOCOL.sshsig): it is held against what it must be, and
nothing in it is parsed. What is not proven here is for OpenSSH to judge.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from struct import pack

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_KIND = "ssh-ed25519"
_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----\n", b"\n-----END SSH SIGNATURE-----\n"
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64


def holds(signed: bytes, signature: bytes, public_key: str, namespace: str) -> bool:
    """Whether a key, a line as OpenSSH writes it, is proven to have signed these bytes for this purpose.

    False says only that nothing is proven: the signature may also be of a kind that is not known here.
    """
    if not (signature.startswith(_BEGIN) and signature.endswith(_END)):
        return False
    try:
        kind, encoded = public_key.split()[:2]
        key = base64.b64decode(encoded, validate=True)
        blob = base64.b64decode(signature[len(_BEGIN) : -len(_END)].replace(b"\n", b""), validate=True)
    except (ValueError, binascii.Error):
        return False
    given = _string(_KIND.encode()) + pack(">I", _KEY_BYTES)
    if kind != _KIND or key[:-_KEY_BYTES] != given:
        return False
    purpose = _string(namespace.encode()) + _string(b"") + _string(b"sha512")
    before = b"SSHSIG" + pack(">I", 1) + _string(key) + purpose
    length = pack(">I", len(given) + _SIGNATURE_BYTES)
    before += length + _string(_KIND.encode()) + pack(">I", _SIGNATURE_BYTES)
    if len(blob) != len(before) + _SIGNATURE_BYTES or not blob.startswith(before):
        return False
    message = b"SSHSIG" + purpose + _string(hashlib.sha512(signed).digest())
    try:
        Ed25519PublicKey.from_public_bytes(key[-_KEY_BYTES:]).verify(blob[-_SIGNATURE_BYTES:], message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _string(content: bytes) -> bytes:
    return pack(">I", len(content)) + content
