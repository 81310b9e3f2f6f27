"""Sends bytes to a web server that no client library would send, and reads what comes back."""

from __future__ import annotations

import contextlib
import re
import socket
from dataclasses import dataclass

from portal_servers import READER


@dataclass(frozen=True)
class Told:
    """An answer: its status (0 where the connection was closed without one), headers by small names, body."""

    status: int
    headers: dict[str, str]
    body: bytes


def send(port: int, request: bytes, seconds: float = 20) -> Told:
    """Send bytes, and read until the server closes."""
    data = b""
    with contextlib.suppress(ConnectionError), socket.create_connection((READER, port), seconds) as wire:
        wire.sendall(request)
        while not _is_whole(data) and (part := wire.recv(1 << 16)):
            data += part
    return told(data)


def _is_whole(data: bytes) -> bool:
    """Tell whether an answer is there that says how long it is: a server that refuses may close late."""
    head, parted, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
    return bool(parted) and length is not None and len(body) >= int(length[1])


def told(data: bytes) -> Told:
    """Take an answer apart; of several names of a header the last one counts."""
    data = data.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1."):
        return Told(0, {}, data)
    pairs = (line.partition(":")[::2] for line in lines[1:])
    named = {name.lower(): value.strip() for name, value in pairs}
    if named.get("transfer-encoding") == "chunked":
        body = _joined(body)
    return Told(int(words[1]), named, body)


def _joined(body: bytes) -> bytes:
    found = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            break
        found, body = found + body[:length], body[length + 2 :]
    return found


def request(
    target: bytes,
    method: bytes = b"GET",
    headers: tuple[tuple[bytes, bytes], ...] = (),
    version: bytes = b"1.1",
) -> bytes:
    """Put a request together, whatever stands in its parts."""
    lines = [b"%s %s HTTP/%s" % (method, target, version)]
    if not any(name.lower() == b"host" for name, _ in headers):
        lines.append(b"Host: portal")
    lines += [b"%s: %s" % pair for pair in headers]
    return b"\r\n".join([*lines, b"Connection: close", b"", b""])
