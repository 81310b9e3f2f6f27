from __future__ import annotations

DOCUMENTATION = r"""
name: library_registry
short_description: The libraries of a province, from its registry
description:
  - Makes a host of every library that has an address; its name is the library's code.
  - Groups are C(enrolled) (all hosts), C(hubs) (tier province), C(libraries) (all others), C(tier_<tier>),
    C(route_<route>), C(wave_<n>), C(below_<code>) (those whose parent that library is), C(canaries), and
    C(prefecture_<number>) by the first four digits of the code.
  - A library without an address is no host. It is counted in C(registry_awaiting), a list of dictionaries
    with C(code), C(name), C(tier) and C(parent), which every host sees.
  - A province where nothing is enrolled yet has no hosts; a warning says how to enrol.
  - The configuration is a file named C(<anything>.library_registry.yml).
options:
  plugin:
    description: This plugin's name.
    type: str
    required: true
    choices: [library_registry]
  province:
    description: The province's name, for tables and pages.
    type: str
    default: ""
  registry:
    description: The registry's file, seen from the folder of this configuration.
    type: str
    default: libraries.csv
  vpn:
    description: The ranges of the province's virtual network, CIDRs; C([]) until the first enrolment.
    type: list
    elements: str
    required: true
  vpn_reserved:
    description: Addresses and ranges of O(vpn) that the address plan never hands out.
    type: list
    elements: str
    default: []
  lan_ranges:
    description: The ranges that the address plan hands out to the libraries' own LANs, CIDRs.
    type: list
    elements: str
    default: []
  lan_prefix:
    description: How many bits of its address a LAN of the address plan has for its network.
    type: int
    default: 24
  network_from_mbit:
    description: Lines at least this fast, in Mbit/s, are given the network where the registry says C(auto).
    type: int
    default: 100
  canaries:
    description:
      - Codes of the libraries that a roll-out takes first, apart from all others; those above go with them.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
plugin: library_registry
province: 示范省
registry: libraries.csv
vpn: [10.99.0.0/16]
"""

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

from shulu.findings import Refused
from shulu.registry import TIERS, Library, Registry, Settings, read
from shulu.registry.model import nothing_enrolled
from shulu.registry.prefecture import prefecture


class InventoryModule(BaseInventoryPlugin):
    NAME = "library_registry"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(
            (".library_registry.yml", ".library_registry.yaml")
        )

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        settings = Settings(
            vpn=tuple(map(str, self.get_option("vpn"))),
            province=str(self.get_option("province")),
            network_from_mbit=self.get_option("network_from_mbit"),
        )
        try:
            registry = read(Path(path).parent / self.get_option("registry"), settings)
        except Refused as refused:
            raise AnsibleParserError(f"the registry has findings:\n{refused}") from refused
        if not registry.enrolled:
            self.display.warning(nothing_enrolled(registry, str(Path(path).parent)))
        self._fill(registry, settings, frozenset(map(str, self.get_option("canaries"))))

    def _fill(self, registry: Registry, settings: Settings, canaries: frozenset[str]) -> None:
        for group in ("enrolled", "hubs", "libraries"):
            self.inventory.add_group(group)
        self.inventory.set_variable("all", "registry_province", settings.province)
        self.inventory.set_variable("all", "registry_vpn", list(settings.vpn))
        awaiting = [
            {"code": each.code, "name": each.name, "tier": each.tier, "parent": each.parent}
            for each in registry.awaiting
        ]
        self.inventory.set_variable("all", "registry_awaiting", awaiting)
        strangers = sorted(canaries - {each.code for each in registry.libraries})
        if strangers:
            raise AnsibleParserError(f"canaries are not in the registry: {', '.join(strangers)}")
        names = {each.code: each.name for each in registry.libraries}
        for library in in_order(registry, canaries):
            self.inventory.add_host(library.code, "enrolled")
            for group in [*groups_of(library), *(["canaries"] if library.code in canaries else [])]:
                self.inventory.add_group(group)
                self.inventory.add_host(library.code, group)
            told = variables_of(library) | {"library_prefecture": prefecture(library.code, names)}
            for name, value in told.items():
                self.inventory.set_variable(library.code, name, value)


def in_order(registry: Registry, canaries: frozenset[str]) -> list[Library]:
    """Return the enrolled libraries as a roll-out takes them: canaries, then wave by wave, from the top down.

    Those above a canary go with it, since its content comes through them.
    """
    above = {each.code: each.parent for each in registry.libraries}
    ahead: set[str] = set()
    for canary in canaries:
        code = canary
        while code and code not in ahead:
            ahead.add(code)
            code = above[code]

    def place(library: Library) -> tuple[bool, int, int]:
        first = library.code in ahead
        return not first, 0 if first else library.wave, TIERS.index(library.tier)

    return sorted(registry.enrolled, key=place)


def groups_of(library: Library) -> list[str]:
    """Name the groups a library is in, beside ``enrolled``."""
    groups = [
        "hubs" if library.tier == "province" else "libraries",
        f"tier_{library.tier}",
        f"route_{library.route}",
        f"wave_{library.wave}",
        f"prefecture_{library.code[:4]}",
    ]
    return [*groups, f"below_{library.parent}"] if library.parent else groups


def variables_of(library: Library) -> dict[str, Any]:
    """Tell the variables of a library's host: architecture.md, section 6."""
    return {
        "ansible_host": library.address,
        "library_code": library.code,
        "library_name": library.name,
        "library_tier": library.tier,
        "library_parent": library.parent,
        "library_route": library.route,
        "library_line_mbit": library.line_mbit,
        "library_window": library.window,
        "library_lans": list(library.lans),
        "library_wave": library.wave,
        "library_collections": list(library.collections),
    }
