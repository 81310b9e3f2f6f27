"""Filters of a rollout: the batches in which libraries are taken, what each came to, when it is too bad."""

from __future__ import annotations

DOCUMENTATION = r"""
name: rollout_batches
short_description: How many libraries to take at a time, wave by wave
description:
  - Libraries that follow each other and share wave and tier are one batch. A relay has delivered before the
    libraries below it begin. Canaries are batches of their own.
  - The hosts stand in the inventory's order, which is canaries first, then by wave and tier.
positional: groups, sizes
options:
  _input:
    description: Names of the hosts in the order of the play.
    type: list
    elements: str
    required: true
  groups: {description: Ansible's groups., type: dict, required: true}
  sizes:
    description: Batches for those behind the canaries, as in Ansible's C(serial); waves and tiers without.
    type: raw
    default: []
"""

EXAMPLES = r"""
serial: "{{ ansible_play_hosts_all | rollout_batches(groups) }}"
"""

RETURN = r"""
_value: {description: Sizes of the batches., type: list, elements: int}
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from ansible.utils.helpers import pct_to_int

from shulu.progress import human_bytes, human_seconds


def rollout_batches(
    hosts: Iterable[str], groups: Mapping[str, Iterable[str]], sizes: object = ()
) -> list[int]:
    """Return the sizes of the runs of hosts that share wave and tier, canaries apart.

    With ``sizes``, those behind the last canary are cut by them instead.
    """
    places: dict[str, list[str]] = {}
    for group, members in groups.items():
        if group.startswith(("wave_", "tier_")) or group == "canaries":
            for member in members:
                places.setdefault(member, []).append(group)
    runs = [
        (list(run), "canaries" in place)
        for place, run in groupby(hosts, lambda host: sorted(places.get(host, [])))
    ]
    if not sizes:
        return [len(run) for run, _ in runs]
    behind = max((place + 1 for place, (_, canaries) in enumerate(runs) if canaries), default=0)
    rest = [host for run, _ in runs[behind:] for host in run]
    return [len(run) for run, _ in runs[:behind]] + [len(batch) for batch in batches(rest, sizes)]


def batches(hosts: list[str], sizes: object) -> Iterator[list[str]]:
    """Cut a play's hosts as Ansible's ``serial`` does: numbers, percentages, or a list of them."""
    steps = sizes if isinstance(sizes, list | tuple) else [sizes]
    place, step = 0, 0
    while place < len(hosts):
        size = pct_to_int(steps[min(step, len(steps) - 1)], len(hosts)) if steps else 0
        size = size if size > 0 else len(hosts)
        yield hosts[place : place + size]
        place, step = place + size, step + 1


def rollout_excess(
    batch: list[str], everybody: list[str], sizes: object, percent: float, canaries: Iterable[str] = ()
) -> list[str]:
    """Return the libraries of a batch that failed, where they are more than a roll-out bears; else nothing.

    ``batch`` are those of it that are still at work, ``everybody`` all hosts of the play. A single failure is
    borne also where the batch is small; with 0 percent none is, nor is one of ``canaries`` below 100 percent.
    """
    whole = next((hosts for hosts in batches(everybody, sizes) if batch[0] in hosts), [])
    failed = [host for host in whole if host not in batch]
    strict = float(percent) <= 0 or (float(percent) < 100 and not set(whole).isdisjoint(canaries))
    borne = 0 if strict else max(1, int(len(whole) * float(percent) / 100))
    return failed if len(failed) > borne else []


def delivery_rows(libraries: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return a row a library for the table at a run's end, from its variables and ``delivery_result``."""
    rows = []
    for library in libraries:
        result = library["delivery_result"]
        live, release = result.get("live") or {}, result.get("release") or {}
        seconds = result.get("seconds")
        rows.append(
            {
                "library": str(library["library_code"]),
                "name": str(library["library_name"]),
                "route": str(library["library_route"]),
                "state": str(result.get("state", "failed")),
                "release": f"{release['epoch']}-{release['serial']}" if release else "",
                "bags": str(len(live.get("bags", []))),
                "bytes": human_bytes(live.get("bytes", 0)),
                "time": "" if seconds is None else human_seconds(seconds),
                "remark": str(result.get("message") or result.get("msg") or ""),
            }
        )
    return rows


class FilterModule:
    """What Ansible looks for in a filter file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by their names."""
        return {
            "rollout_batches": rollout_batches,
            "rollout_excess": rollout_excess,
            "delivery_rows": delivery_rows,
        }
