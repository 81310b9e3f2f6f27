from __future__ import annotations

import pytest

from plugins.filter.firewall_rules import firewall_rules
from shulu.findings import Refused


def test_one_rule_for_each_family_with_merged_sources() -> None:
    service = {"port": 80, "from": ["10.0.0.0/24", "10.0.1.0/24", "fd00::/8"], "comment": "portal"}
    assert firewall_rules([service]) == [
        'ip saddr { 10.0.0.0/23 } tcp dport 80 accept comment "portal"',
        'ip6 saddr { fd00::/8 } tcp dport 80 accept comment "portal"',
    ]


def test_groups_of_a_network_are_asked_for_without_a_port() -> None:
    service = {"protocol": "igmp", "from": ["192.168.101.0/24", "0.0.0.0/32", "fd00::/8"], "comment": "who"}
    assert firewall_rules([service]) == [
        'ip saddr { 0.0.0.0/32, 192.168.101.0/24 } meta l4proto igmp accept comment "who"'
    ]


def test_nobody_is_not_everybody() -> None:
    assert firewall_rules([{"port": 80, "from": []}]) == []


def test_all_findings_at_once() -> None:
    bad = {"port": 70000, "protocol": "icmp", "from": ["10.0.0.0/40", "x"], "comment": 'a" drop'}
    with pytest.raises(Refused) as refused:
        firewall_rules([bad])
    assert len(refused.value.findings) == 5
