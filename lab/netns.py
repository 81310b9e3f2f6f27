"""Sockets that live in another network namespace: setns(2) moves the calling thread there and back."""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def inside(namespace: Path) -> Iterator[None]:
    """Be in a namespace for a moment. A socket made here stays there for its whole life."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        target = os.open(namespace, os.O_RDONLY)
        try:
            _enter(target)
        finally:
            os.close(target)
        try:
            yield
        finally:
            _enter(home)
    finally:
        os.close(home)


def connect(namespace: Path, address: str, port: int, timeout: float) -> socket.socket:
    """Open a TCP connection from inside a namespace; raise OSError as socket does."""
    with inside(namespace):
        line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        line.settimeout(timeout)
        line.connect((address, port))
    except OSError:
        line.close()
        raise
    return line


def _enter(handle: int) -> None:
    if _libc.setns(handle, CLONE_NEWNET):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
