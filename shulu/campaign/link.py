"""Probe the line to a server: an SSH handshake with its host key, the admin's log-in, and round trips.

Reads the same ssh_config(5) as ``ssh``, so that what is probed is what the run will use.
"""

from __future__ import annotations

import contextlib
import logging
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import paramiko

from shulu.campaign.throughput import Sampling, measure

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Link:
    """What a probe found: ``problem`` is "" where all is well; ``rtt_ms`` is the shortest round trip.

    ``handshake_ms`` is what key exchange and log-in took, ``mbit`` what the line carried, where
    that was asked for.
    """

    problem: str = ""
    remedy: str = ""
    rtt_ms: float | None = None
    handshake_ms: float | None = None
    mbit: float | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a server is reached: as ssh_config(5) resolves it for ``host``."""

    host: str
    port: int
    user: str
    keys: tuple[str, ...]
    known_hosts: tuple[str, ...]
    key_name: str
    proxy: str
    lenient: bool


def target(host: str, options: str = "", user: str = "", port: int = 0, key: str = "") -> Target:
    """Resolve a host by the ``-F FILE`` in ``options`` (those of ssh), or by ~/.ssh/config.

    What is given beside wins over the file. Raises OSError or paramiko.ConfigParseError on a bad file.
    """
    words = shlex.split(options)
    named = words[words.index("-F") + 1] if "-F" in words[:-1] else ""
    path = Path(named) if named else Path("~/.ssh/config").expanduser()
    config = paramiko.SSHConfig.from_path(str(path)) if named or path.exists() else paramiko.SSHConfig()
    found = config.lookup(host)
    known = found.get("userknownhostsfile", "~/.ssh/known_hosts").split()
    number = port or int(found.get("port", "22"))
    name = found["hostname"]
    return Target(
        host=name,
        port=number,
        user=user or found.get("user", ""),
        keys=(key,) if key else tuple(found.get("identityfile", [])),
        known_hosts=tuple(str(Path(each).expanduser()) for each in known if each != "none"),
        key_name=found.get("hostkeyalias") or (name if number == 22 else f"[{name}]:{number}"),
        proxy=found.get("proxycommand", ""),
        lenient=found.get("stricthostkeychecking", "ask") in {"no", "off", "accept-new"},
    )


def probe(to: Target, timeout: float = 10.0, sampling: Sampling | None = None) -> Link:
    """Log in and measure; every failure becomes a problem with its remedy. ``timeout`` in seconds, a step."""
    # What paramiko logs about a failed handshake is said below, once and for the admin.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    try:
        with _line(to, timeout) as line, paramiko.SSHClient() as client:
            return _handshake(client, line, to, timeout, sampling)
    except OSError as error:
        return Link(f"cannot be reached ({_reason(error)})", _LOOK)


def _handshake(
    client: paramiko.SSHClient,
    line: socket.socket,
    to: Target,
    timeout: float,
    sampling: Sampling | None,
) -> Link:
    for path in to.known_hosts:
        with contextlib.suppress(OSError):
            client.load_host_keys(path)
    policy = paramiko.WarningPolicy if to.lenient else paramiko.RejectPolicy
    client.set_missing_host_key_policy(policy())
    began = time.perf_counter()
    try:
        # The name is what the host key is filed under; the line is already open.
        client.connect(
            to.key_name,
            port=22,
            username=to.user or None,
            key_filename=[str(Path(each).expanduser()) for each in to.keys] or None,  # type: ignore[arg-type]
            sock=line,
            timeout=timeout,
            banner_timeout=timeout,
            auth_timeout=timeout,
            look_for_keys=not to.keys,
            allow_agent=not to.keys,
        )
        handshake = time.perf_counter() - began
        transport = client.get_transport()
        assert transport is not None, "connect() has made it"  # noqa: S101 - says what mypy cannot know
        return Link(
            rtt_ms=round(_round_trip(transport) * 1000, 1),
            handshake_ms=round(handshake * 1000, 1),
            mbit=measure(transport, sampling, timeout) if sampling and sampling.samples else None,
        )
    except paramiko.BadHostKeyException as error:
        return Link(
            f"its host key is another one than known ({error.key.get_fingerprint().hex()})",
            "ask on the spot whether it was set up anew; only then replace the line in known_hosts",
        )
    except paramiko.AuthenticationException:
        return Link(f"does not let {to.user or 'the admin'} in", "put the admin's public key onto the server")
    except (paramiko.SSHException, OSError, EOFError) as error:
        if "not found in known_hosts" in str(error):
            return Link("its host key is not known", "compare its fingerprint, then add it to known_hosts")
        # Whether an end that hangs up is met while reading or while writing is a matter of the moment.
        transport = client.get_transport()
        spoke = transport is not None and transport.remote_version
        return Link(f"makes no SSH handshake ({_reason(error)})" if spoke else "does not answer", _LOOK)


_LOOK = "look after power, line and VPN; the other libraries go on without it"


def _reason(error: BaseException) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__


@contextlib.contextmanager
def _line(to: Target, timeout: float) -> Iterator[socket.socket]:
    if not to.proxy or to.proxy == "none":
        with socket.create_connection((to.host, to.port), timeout) as line:
            yield line
        return
    # Not paramiko.ProxyCommand: it spins once the command has ended, and kills a process id it has lost.
    line, far = socket.socketpair()
    with line, far:
        command = subprocess.Popen(
            shlex.split(to.proxy), stdin=far.fileno(), stdout=far.fileno(), stderr=subprocess.DEVNULL
        )
        far.close()
        try:
            yield line
        finally:
            line.close()
            command.terminate()
            command.wait()


def _round_trip(transport: paramiko.Transport) -> float:
    """Return seconds: how long an answer takes to a global request (RFC 4254, section 4) at best."""
    spans = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        transport.global_request("keepalive@openssh.com", wait=True)
        spans.append(time.perf_counter() - began)
    return min(spans)
