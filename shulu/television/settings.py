"""The settings of the media server that is kept, minidlna: minidlna.conf(5)."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from shulu.television.names import plain
from shulu.television.tree import INDEX, TREE

_NAME_BYTES = 63
"""What minidlna has room for; what is longer it would cut within a character."""

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


def interfaces(listing: str, networks: Sequence[ipaddress.IPv4Network]) -> list[Interface]:
    """Return the interfaces that are in one of the networks.

    ``listing`` is what ``ip -json -4 address show`` prints.
    """
    return [
        Interface(interface["ifname"], address["local"])
        for interface in json.loads(listing)
        for address in interface.get("addr_info", ())
        if any(ipaddress.IPv4Address(address["local"]) in network for network in networks)
    ]


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
