"""The settings of the media server that is kept, minidlna: minidlna.conf(5)."""

from __future__ import annotations

import array
import fcntl
import ipaddress
import socket
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from shulu.television.names import plain
from shulu.television.tree import INDEX, TREE

_NAME_BYTES = 63
"""What minidlna has room for; what is longer it would cut within a character."""
_SIOCGIFCONF, _IFREQ_BYTES, _MOST_ADDRESSES = 0x8912, 40, 256

_SETTINGS = """\
friendly_name={name}
network_interface={interfaces}
port={port}
presentation_url=http://{address}:{portal_port}/
media_dir={tree}
db_dir={index}
log_dir={run}
log_level=general,artwork,database,inotify,scanner,metadata,ssdp,tivo=warn,http=error
root_container=B
wide_links=yes
inotify=no
album_art_names=.none
enable_tivo=no
max_connections=64
"""


@dataclass(frozen=True, slots=True)
class Place:
    """What televisions see: the library's name, its networks, the ports for televisions and of the portal."""

    name: str
    networks: Sequence[ipaddress.IPv4Network]
    port: int
    portal_port: int


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface of this server, and an IPv4 address of it."""

    name: str
    address: str


def addresses() -> list[Interface]:
    """Return the IPv4 addresses of this machine: SIOCGIFCONF, netdevice(7).

    The command ``ip`` would want to change its capabilities, which a confined service may not.
    """
    room = array.array("B", bytes(_IFREQ_BYTES * _MOST_ADDRESSES))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        answer = fcntl.ioctl(asked, _SIOCGIFCONF, struct.pack("iP", len(room), room.buffer_info()[0]))
    length: int = struct.unpack("iP", answer)[0]
    entries = [room[at : at + _IFREQ_BYTES].tobytes() for at in range(0, length, _IFREQ_BYTES)]
    return [
        # A second address may be called eth0:1.
        Interface(entry[:16].partition(b"\0")[0].decode().partition(":")[0], socket.inet_ntoa(entry[20:24]))
        for entry in entries
    ]


def interfaces(known: Iterable[Interface], networks: Sequence[ipaddress.IPv4Network]) -> list[Interface]:
    """Return those that have an address in one of the networks."""
    return [at for at in known if any(ipaddress.IPv4Address(at.address) in network for network in networks)]


def settings(place: Place, at: Sequence[Interface], folder: Path, run: Path) -> str:
    """Return the settings; ``folder`` has the tree, ``run`` is for what does not outlast the server."""
    return _SETTINGS.format(
        name=shown(place.name),
        interfaces=",".join(dict.fromkeys(interface.name for interface in at)),
        address=at[0].address,
        port=place.port,
        portal_port=place.portal_port,
        tree=folder / TREE,
        index=folder / INDEX,
        run=run,
    )


def shown(name: str) -> str:
    """Return a name as minidlna needs it: it puts it into XML as it is."""
    kept = plain(name)
    while len(escape(kept).encode()) > _NAME_BYTES:
        kept = kept[:-1]
    return escape(kept)
