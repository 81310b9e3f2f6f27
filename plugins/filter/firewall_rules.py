"""Filter ``firewall_rules``: the services of a host as rules for nftables."""

from __future__ import annotations

DOCUMENTATION = r"""
name: firewall_rules
short_description: The services of a host as rules for nftables
description:
  - Returns one rule for each service and address family, in the order given. Sources are merged.
  - A service that nobody may reach gets no rule, never one for everybody.
options:
  _input:
    description:
      - Services with C(port), C(protocol) (C(tcp) or C(udp)), C(from) (CIDRs), C(comment).
      - C(igmp) has no port, and is of IPv4 alone.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
rules: "{{ [{'port': 80, 'from': ['192.168.101.0/24'], 'comment': 'portal'}] | firewall_rules }}"
# ['ip saddr { 192.168.101.0/24 } tcp dport 80 accept comment "portal"']
"""

RETURN = r"""
_value:
  description: Rules in the language of nft(8), without a chain around them.
  type: list
  elements: str
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from netaddr import AddrFormatError, IPNetwork, cidr_merge

from shulu.findings import Finding, Refused

# nft(8) allows 128 bytes and no quotation mark.
COMMENT = re.compile(r"[^\"\\\n]{0,80}")
FAMILIES = {4: "ip", 6: "ip6"}


def _networks(where: str, sources: Sequence[str], findings: list[Finding]) -> list[IPNetwork]:
    networks = []
    for source in sources:
        try:
            networks.append(IPNetwork(str(source)))
        except (AddrFormatError, ValueError):
            findings.append(Finding(where, f"{source} is no network", "write it like 10.99.0.0/16"))
    return cidr_merge(networks)


def firewall_rules(services: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the rules; raise Refused with every service that cannot be understood."""
    findings: list[Finding] = []
    rules = []
    for index, service in enumerate(services):
        comment = str(service.get("comment", ""))
        where = f"base_firewall_allow[{index}] {comment}".strip()
        protocol, port = str(service.get("protocol", "tcp")), str(service.get("port", ""))
        if protocol not in {"tcp", "udp", "igmp"}:
            findings.append(Finding(where, f"{protocol} is no protocol", "use tcp, udp or igmp"))
        if protocol != "igmp" and (not port.isdecimal() or not 0 < int(port) < 65536):
            findings.append(Finding(where, f"{port or 'nothing'} is no port", "use 1 to 65535"))
        if not COMMENT.fullmatch(comment):
            findings.append(Finding(where, "the comment is too long or has quotation marks"))
        networks = _networks(where, service.get("from", []), findings)
        for version, family in FAMILIES.items():
            sources = ", ".join(str(network) for network in networks if network.version == version)
            what = "meta l4proto igmp" if protocol == "igmp" else f"{protocol} dport {port}"
            if sources and (version == 4 or protocol != "igmp"):
                rules.append(f'{family} saddr {{ {sources} }} {what} accept comment "{comment}"')
    if findings:
        raise Refused(findings)
    return rules


class FilterModule:
    """What Ansible looks for in a filter file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"firewall_rules": firewall_rules}
