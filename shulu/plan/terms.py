"""Rates as an inventory gives them, read into Terms; everything that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from shulu.findings import Finding, Refused
from shulu.plan.case import TB, DiskKind, Terms
from shulu.registry import ROUTES, TIERS


def read_terms(said: Mapping[str, Any]) -> Terms:
    """Read rates by the names of the role's variables without ``plan_``. Raises Refused."""
    reader = _Reader(said)
    terms = Terms(
        disks=reader.disks(),
        copies_a_day=round(reader.number("copies_a_day", least=1)),
        shipping_days=reader.by("shipping_days", TIERS),
        import_mb_s=reader.number("import_mb_s", least=0.1),
        parcel_cny=reader.by("parcel_cny", TIERS),
        copy_cny=reader.number("copy_cny"),
        network_cny_per_tb=reader.number("network_cny_per_tb"),
        training_cny=reader.by("training_cny", ROUTES),
        uplink_mbit=reader.by("uplink_mbit", TIERS),
        capacity_tb=reader.by("capacity_tb", TIERS),
        slots=round(reader.number("slots", least=1)),
        efficiency=reader.number("efficiency", least=0.05, most=1),
        remote_from_mbit=reader.number("remote_from_mbit"),
        spare=reader.number("spare", least=1, most=2),
        wave_days=round(reader.number("wave_days", least=1)),
    )
    if reader.findings:
        raise Refused(reader.findings)
    return terms


class _Reader:
    def __init__(self, said: Mapping[str, Any]) -> None:
        self.said = said
        self.findings: list[Finding] = []

    def number(self, name: str, *, least: float = 0.0, most: float = 1e12) -> float:
        return self._judge(f"plan_{name}", self.said.get(name), least, most)

    def by(self, name: str, keys: tuple[str, ...]) -> dict[str, Any]:
        """Return a number for each key; shipping is counted in whole days."""
        value = self.said.get(name)
        value = value if isinstance(value, Mapping) else {}
        for key in sorted(set(map(str, value)) - set(keys)):
            self.findings.append(Finding(f"plan_{name}, {key}", "is unknown", f"write {', '.join(keys)}"))
        whole: Callable[[float], Any] = round if name == "shipping_days" else float
        return {key: whole(self._judge(f"plan_{name}, {key}", value.get(key), 0.0, 1e9)) for key in keys}

    def disks(self) -> tuple[DiskKind, ...]:
        found = []
        value = self.said.get("disks")
        for place, one in enumerate(value if isinstance(value, list) else [], 1):
            where = f"plan_disks, {place}"
            one = one if isinstance(one, Mapping) else {}  # noqa: PLW2901 - what is no mapping has nothing
            size = self._judge(f"{where}, tb", one.get("tb"), 0.001, 1000)
            found.append(DiskKind(round(size * TB), self._judge(f"{where}, cny", one.get("cny"), 0.0, 1e6)))
        if not found:
            self.findings.append(Finding("plan_disks", "is empty", "name at least one: {tb: 4, cny: 750}"))
        return tuple(sorted(found))

    def _judge(self, where: str, value: object, least: float, most: float) -> float:
        try:
            number = float(str(value))
        except ValueError:
            number = float("nan")
        if not isfinite(number) or not least <= number <= most:
            self.findings.append(
                Finding(where, f"is {str(value)[:40]!r}", f"write a number from {least:g} to {most:g}")
            )
            return max(least, 1.0)
        return number
