"""What a television on a library's LAN finds and shows, seen through a client that others wrote.

Run at a place of the lab: ``lab exec LAB reader-990101 -- television.py look 192.168.101.50 NAME PATH ...``,
where the address is the television's: the library NAME answers, offers these paths of titles, and they
play. ``lacks ADDRESS NAME PATH`` waits until a path is not offered any more, ``nobody ADDRESS SERVER`` holds
that nobody answers. Prints what it saw; exits with a line on what it should have seen.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any, NoReturn

from async_upnp_client.aiohttp import AiohttpRequester
from async_upnp_client.client_factory import UpnpFactory
from async_upnp_client.exceptions import UpnpError
from async_upnp_client.profiles.dlna import DmsDevice
from async_upnp_client.search import async_search
from didl_lite import didl_lite

SERVER = "urn:schemas-upnp-org:device:MediaServer:1"
ANSWER_SECONDS = 2
SECONDS = 60
PORT = 8200
PIECE = range(1000, 2000)


def fail(words: str) -> NoReturn:
    """End with a line that says what is wrong."""
    sys.exit(f"television: {words}")


async def found(address: str) -> set[str]:
    """Ask the network who has films, from an address of this machine; return the descriptions' addresses."""
    answers: set[str] = set()

    async def heard(headers: Any) -> None:
        answers.add(headers["location"])

    await async_search(heard, ANSWER_SECONDS, SERVER, source=(address, 0))
    return answers


async def shown(server: DmsDevice, folder: str = "0", path: str = "") -> dict[str, didl_lite.DidlObject]:
    """Return all that a server offers, by its path of titles."""
    listed: dict[str, didl_lite.DidlObject] = {}
    for entry in (await server.async_browse_direct_children(folder)).result:
        if not isinstance(entry, didl_lite.DidlObject):
            fail(f"{path} has a {type(entry)}")
        title = f"{path}{entry.title}"
        listed[title] = entry
        if isinstance(entry, didl_lite.Container) and entry.id is not None:
            listed |= await shown(server, entry.id, f"{title}/")
    return listed


async def library(address: str, name: str) -> dict[str, didl_lite.DidlObject]:
    """Find the library by its name; return all that it offers, nothing where it does not answer."""
    for location in await found(address):
        device = await UpnpFactory(AiohttpRequester()).async_create_device(location)
        if device.friendly_name == name:
            return await shown(DmsDevice(device, None))
    return {}


def tries(address: str, name: str) -> Iterator[dict[str, didl_lite.DidlObject]]:
    """Yield what the library offers again and again until time is up; between two releases it is away."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            yield asyncio.run(library(address, name))
        except UpnpError as error:
            print(f"television: {error}")
        time.sleep(1)


def look(address: str, name: str, *paths: str) -> None:
    """Hold that the paths are offered and play from their middle."""
    offered: dict[str, didl_lite.DidlObject] = {}
    for offered in tries(address, name):
        if offered.keys() >= set(paths):
            break
    else:
        fail(f"{name} does not offer {sorted(set(paths) - offered.keys())}, but {sorted(offered)}")
    for path in paths:
        play(path, str(offered[path].resources[0].uri))
    print(f"{name}: {len(offered)} entries, {len(paths)} played: {', '.join(sorted(offered))}")


def play(film: str, address: str) -> None:
    """Fetch a file, and a piece of it as a television does that jumps."""
    with urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310
        whole = answer.read()
    wanted = urllib.request.Request(address, headers={"Range": f"bytes={PIECE.start}-{PIECE.stop - 1}"})  # noqa: S310
    with urllib.request.urlopen(wanted, timeout=SECONDS) as answer:  # noqa: S310
        if (
            answer.status != 206
            or answer.read() != whole[PIECE.start : PIECE.stop]
            or len(whole) < PIECE.stop
        ):
            fail(f"{film} answers {answer.status} to a range of {len(whole)} bytes")


def lacks(address: str, name: str, path: str) -> None:
    """Hold that a path goes, and something else stays."""
    for offered in tries(address, name):
        if offered and path not in offered:
            print(f"{name}: {path} is not among {len(offered)} entries")
            return
    fail(f"{name} still offers {path}, or nothing at all")


def nobody(address: str, server: str) -> None:
    """Hold that no media server answers from here, neither to all nor at its own address."""
    if answers := asyncio.run(found(address)):
        fail(f"{answers} answer")
    try:
        with socket.create_connection((server, PORT), timeout=ANSWER_SECONDS):
            fail(f"{server} answers at {PORT}")
    except OSError as error:
        print(f"{server}: no answer ({error})")


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    {"look": look, "lacks": lacks, "nobody": nobody}[what](*words)
