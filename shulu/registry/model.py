"""What a registry says once it is read: libraries, and the province's own limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

# From the top down: a parent's tier stands before its children's.
TIERS = ("province", "city", "county", "station")
ROUTES = ("network", "disk", "remote")
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a province lays down beside its registry.

    ``vpn``: the ranges of its virtual network, CIDRs; none until the first library is enrolled.
    ``network_from_mbit``: the slowest line, in Mbit/s, for which ``auto`` means the network. The address plan
    hands out of ``vpn`` what is not ``vpn_reserved``, and LANs of ``lan_prefix`` bits out of ``lan_ranges``.
    """

    vpn: tuple[str, ...]
    province: str = ""
    network_from_mbit: int = 100
    vpn_reserved: tuple[str, ...] = ()
    lan_ranges: tuple[str, ...] = ()
    lan_prefix: int = 24


@dataclass(frozen=True, slots=True)
class Library:
    """One row: ``address`` is "" for a library not enrolled yet, ``parent`` is "" for the hub.

    ``route`` is resolved, never ``auto``. ``line_mbit`` is 0 where unknown. ``window`` is ``HH:MM-HH:MM`` or
    "" (at any time). ``collections`` is empty for all. ``line`` is where the row begins in the file, from 1.
    ``auto`` and ``any_wave`` say that the registry leaves route and wave to the plan.
    """

    code: str
    name: str
    tier: str
    parent: str
    address: str
    route: str
    line_mbit: int
    window: str
    lans: tuple[str, ...]
    wave: int
    collections: tuple[str, ...]
    line: int
    auto: bool = field(default=False, compare=False)
    any_wave: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Registry:
    """A province's libraries in the order of the file, free of findings."""

    libraries: tuple[Library, ...]

    @cached_property
    def hub(self) -> Library:
        """The one library of tier province."""
        return next(library for library in self.libraries if library.tier == "province")

    @property
    def enrolled(self) -> tuple[Library, ...]:
        """Libraries with an address: those that playbooks touch."""
        return tuple(library for library in self.libraries if library.address)

    @property
    def awaiting(self) -> tuple[Library, ...]:
        """Libraries without an address: counted, not touched."""
        return tuple(library for library in self.libraries if not library.address)


def nothing_enrolled(registry: Registry, inventory: str) -> str:
    """Say that no play can do anything yet, and how that is mended."""
    return (
        f"none of the {len(registry.libraries)} libraries is enrolled, so there is no host: name the "
        f"province's range as vpn in the *.library_registry.yml of {inventory}, then give the hub "
        f"{registry.hub.code} and others an address: shulu registry enrol {inventory} SHEET"
    )
