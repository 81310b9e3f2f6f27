"""A receipt as a line of letters and digits, short enough for a QR code (docs/formats.md, "Receipt code").

It is the receipt that was signed, and its signature: what its release says already is left out and put back
by whoever reads the code and has that release. No other signature is made, and nothing is believed before
that one holds.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

from shulu.content.release import BagEntry, parse
from shulu.content.signature import NAMESPACE_RECEIPT
from shulu.findings import Refused, refuse

PREFIX = "SHULU1"
MOST_CHARACTERS = 1800
"""A code of this length still has modules that a phone's camera parts on a screen."""
_MOST_BYTES = 64 << 10
_WHERE = "receipt code"
_SIGNATURE_BYTES = 64
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_LINE = 70
# Texts that receipts share; part of the format, never to be changed under this prefix.
_SHARED = (
    '",0,[],"/run/shulu/disk","/run/shulu/served","990000 at 10.99.0.1","none",'
    '"sha256 of every file that came""shulu 0.1.0"]["","市县区图书馆","network","disk","remote",'
).encode()
_PLAIN = (
    "files", "bytes", "travelled_files", "travelled_bytes", "linked_files", "bad_files",
    "source", "started", "ended", "verified", "free_bytes", "agent",
)  # fmt: skip
"""Members of a receipt behind its bags, in the order in which they are written."""


def write_code(text: bytes, signature: bytes, release: bytes) -> str:
    """Return the code of a receipt, given its bytes, its ``.sig`` and the ``release.json`` that it names.

    Raises Refused where there is none: another kind of key, bags that the release does not have, too long.
    """
    document = json.loads(text)
    bags = [entry.id for entry in parse(release).bags]
    try:
        held = [bags.index(bag["id"]) for bag in document["bags"]]
    except ValueError:
        raise refuse(_WHERE, "the receipt has bags that its release does not have") from None
    named = document["release"]
    head = [document["library"], document["name"], document["route"], named["epoch"], named["serial"]]
    values = [*head, None if held == list(range(len(bags))) else held, *(document[name] for name in _PLAIN)]
    packed = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=_SHARED)
    key, raw = _taken_apart(signature)
    body = raw + compressor.compress(packed) + compressor.flush()
    code = f"{PREFIX}:{base64.b32encode(body).decode().rstrip('=')}"
    if len(code) > MOST_CHARACTERS:
        raise refuse(_WHERE, "the receipt is too long for a code", "send it over the line")
    again, _ = _put_together(values, raw, release, key)
    if again != text:
        raise refuse(_WHERE, "the receipt is of another form than this program writes")
    return code


def read_code(
    code: str, release_of: Callable[[int, int], bytes], key_of: Callable[[str], str]
) -> tuple[str, str, bytes, bytes]:
    """Return the library, the file's name, the receipt's bytes and its ``.sig``: all of it unchecked.

    ``release_of`` returns the ``release.json`` of an epoch and a serial, ``key_of`` the public key (a line as
    in ``.pub``) of a library. Raises Refused where the code is damaged, and what these two raise.
    """
    values, raw = _opened(code)
    key = base64.b64decode(key_of(values[0]).split()[1])
    text, signature = _put_together(values, raw, release_of(values[3], values[4]), key)
    ended = str(values[6 + _PLAIN.index("ended")])
    moment = ended.replace("-", "").replace(":", "")
    return values[0], f"{values[3]}-{values[4]}-{moment}.json", text, signature


def _opened(code: str) -> tuple[list[Any], bytes]:
    prefix, _, letters = "".join(code.split()).upper().partition(":")
    if prefix != PREFIX:
        raise refuse(_WHERE, f"does not begin with {PREFIX}:", "take the whole line that the phone read")
    try:
        body = base64.b32decode(letters + "=" * (-len(letters) % 8))
        if base64.b32encode(body).decode().rstrip("=") != letters:
            raise ValueError("its last letter is another")
        inflated = zlib.decompressobj(-15, zdict=_SHARED)
        packed = inflated.decompress(body[_SIGNATURE_BYTES:], _MOST_BYTES)
        if not inflated.eof or inflated.unused_data:
            raise ValueError("it ends too early or too late")
        values = json.loads(packed)
        if not isinstance(values, list) or len(values) != 6 + len(_PLAIN):
            raise ValueError("it has another number of values")
        kinds: tuple[type, ...] = (str, str, str, int, int)
        if any(type(value) is not kind for value, kind in zip(values, kinds, strict=False)):
            raise ValueError("its values are of another type")
    except (ValueError, zlib.error, RecursionError) as error:
        raise refuse(_WHERE, f"is damaged: {error}", "read the QR code again") from error
    return values, body[:_SIGNATURE_BYTES]


def _put_together(values: list[Any], raw: bytes, release: bytes, key: bytes) -> tuple[bytes, bytes]:
    entries = parse(release).bags
    held = range(len(entries)) if values[5] is None else values[5]
    try:
        bags = [_bag(entries[place]) for place in held]
    except (IndexError, TypeError) as error:
        raise refuse(_WHERE, "names bags that its release does not have", "read the QR code again") from error
    document = {
        "format": 1,
        "library": values[0],
        "name": values[1],
        "route": values[2],
        "release": {"epoch": values[3], "serial": values[4]},
        "bags": bags,
        **dict(zip(_PLAIN, values[6:], strict=True)),
    }
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    return text.encode("utf-8", "replace"), _armoured(raw, key)


def _bag(entry: BagEntry) -> dict[str, str]:
    return {"id": entry.id, "version": entry.version, "digest": entry.digest}


# SSHSIG (OpenSSH, PROTOCOL.sshsig): a header, then strings with their lengths before them.


def _armoured(raw: bytes, key: bytes) -> bytes:
    signed = _string(b"ssh-ed25519") + _string(raw)
    fields = (key, NAMESPACE_RECEIPT.encode(), b"", b"sha512", signed)
    blob = b"SSHSIG" + struct.pack(">I", 1) + b"".join(map(_string, fields))
    letters = base64.b64encode(blob).decode()
    lines = [letters[begin : begin + _LINE] for begin in range(0, len(letters), _LINE)]
    return "\n".join([_BEGIN, *lines, _END, ""]).encode()


def _taken_apart(signature: bytes) -> tuple[bytes, bytes]:
    """Return the public key and the 64 bytes of an Ed25519 signature."""
    try:
        lines = signature.decode("ascii").strip().splitlines()
        blob = base64.b64decode("".join(lines[1:-1]))
        key, rest = _first(blob[10:])
        for _ in range(3):
            _, rest = _first(rest)
        signed, _ = _first(rest)
        kind, rest = _first(signed)
        raw, _ = _first(rest)
    except (ValueError, struct.error) as error:
        raise Refused(
            [*refuse(_WHERE, f"the receipt's signature cannot be read: {error}").findings]
        ) from error
    if kind != b"ssh-ed25519" or _armoured(raw, key) != signature:
        raise refuse(_WHERE, "the receipt is signed in another way than servers sign")
    return key, raw


def _string(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def _first(content: bytes) -> tuple[bytes, bytes]:
    (length,) = struct.unpack_from(">I", content)
    if len(content) < 4 + length:
        raise ValueError("it ends too early")
    return content[4 : 4 + length], content[4 + length :]
