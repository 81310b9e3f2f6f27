"""How much a line carries: bounded samples over SSH, from here to the library, the way its content goes.

Random bytes, since a line that compresses would flatter itself; the clock stops when the far end has read
them all.
"""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass

import paramiko

_SINK = "cat >/dev/null"
_PIECE = 32_768
_MBIT = 125_000.0


@dataclass(frozen=True, slots=True)
class Sampling:
    """``samples`` of at most ``bytes`` and about ``seconds`` each; none at all where ``samples`` is 0."""

    samples: int = 0
    bytes: int = 8_000_000
    seconds: float = 4.0


def measure(transport: paramiko.Transport, sampling: Sampling, timeout: float) -> float:
    """Return the median of the samples, payload Mbit/s. Raises paramiko.SSHException, OSError."""
    return round(statistics.median(_sample(transport, sampling, timeout) for _ in range(sampling.samples)), 1)


def _sample(transport: paramiko.Transport, sampling: Sampling, timeout: float) -> float:
    piece = os.urandom(_PIECE)
    with transport.open_session(timeout=timeout) as channel:
        channel.settimeout(timeout)
        channel.exec_command(_SINK)
        began = time.perf_counter()
        sent = 0
        while sent < sampling.bytes and time.perf_counter() - began < sampling.seconds:
            sent += channel.send(piece[: sampling.bytes - sent])
        channel.shutdown_write()
        if not channel.status_event.wait(timeout):
            raise TimeoutError("the sample was not read to its end in time")
        if channel.exit_status != 0:
            raise paramiko.SSHException("the server does not run the sample's command")
        return sent / (time.perf_counter() - began) / _MBIT
