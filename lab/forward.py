"""Opens the libraries' portals to a browser on this machine: loopback here, a reader's PC there."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from pathlib import Path

from lab import cgroup, netns, network
from lab.place import Place
from lab.spec import Host, Spec
from shulu.findings import Finding, Refused

FIRST_PORT = 8100
PORTAL = 80
CHUNK = 1 << 16
# No host can have this name.
GROUP = ".forward"


def ports(spec: Spec, first: int = FIRST_PORT) -> dict[int, Host]:
    """Return the port on 127.0.0.1 of each library that has a reader, by its place in the description."""
    return {first + index: host for index, host in enumerate(spec.hosts) if host.lan and host.reader}


def running(place: Place) -> dict[str, str]:
    """Return the address on this machine of each library's portal, by code; empty while nothing listens."""
    if not cgroup.processes(place, GROUP):
        return {}
    addresses: dict[str, str] = json.loads(_record(place).read_text())
    return addresses


def start(place: Place, spec: Spec, first: int = FIRST_PORT) -> dict[str, str]:
    """Listen, in a process of its own that ends with the lab; return what ``running`` does from then on."""
    if cgroup.processes(place, GROUP):
        return running(place)
    wanted = ports(spec, first)
    listeners: dict[int, socket.socket] = {}
    findings = []
    for port in wanted:
        try:
            listeners[port] = socket.create_server(("127.0.0.1", port), backlog=64)
        except OSError as error:
            findings.append(
                Finding(f"127.0.0.1:{port}", error.strerror or str(error), "choose others with --port")
            )
    try:
        if findings:
            raise Refused(findings)
        words = [f"{listeners[port].fileno()}={host.code}" for port, host in wanted.items()]
        _record(place).write_text(
            json.dumps({host.code: f"http://127.0.0.1:{port}/" for port, host in wanted.items()})
        )
        cgroup.launch(
            place,
            GROUP,
            [
                "env",
                f"--chdir={Path(__file__).parent.parent}",
                sys.executable,
                "-m",
                "lab.forward",
                place.lab,
                *words,
            ],
            place.folder / "forward.log",
            [listener.fileno() for listener in listeners.values()],
        )
    finally:
        for listener in listeners.values():
            listener.close()
    return running(place)


def stop(place: Place) -> None:
    """End the process; none there: nothing to do."""
    cgroup.kill(place, GROUP)


def _record(place: Place) -> Path:
    return place.folder / "forward.json"


async def _serve(place: Place, spec: Spec, words: list[str]) -> None:
    servers = []
    for word in words:
        handle, _, code = word.partition("=")
        host = spec.host(code)
        listener = socket.socket(fileno=int(handle))
        servers.append(await asyncio.start_server(_Portal(place, host).visit, sock=listener))
    await asyncio.gather(*(server.serve_forever() for server in servers))


class _Portal:
    """One library's portal, as a reader on its LAN reaches it."""

    def __init__(self, place: Place, host: Host) -> None:
        assert host.lan is not None  # noqa: S101 - ports() leaves out hosts without a LAN
        self.address = str(host.lan.ip)
        self.namespace = place.netns_path(network.reader(host.code))

    async def visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection, both ways, until both ends have closed it."""
        try:
            line = await asyncio.to_thread(netns.connect, self.namespace, self.address, PORTAL, 10.0)
            line.setblocking(False)
            there, back = await asyncio.open_connection(sock=line)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_carry(reader, back), _carry(there, writer))
        back.close()
        writer.close()


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while chunk := await source.read(CHUNK):
            target.write(chunk)
            await target.drain()
        if target.can_write_eof():
            target.write_eof()
    except OSError:
        target.close()


if __name__ == "__main__":
    here = Place(sys.argv[1])
    asyncio.run(_serve(here, Spec.load(here.spec), sys.argv[2:]))
