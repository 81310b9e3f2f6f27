"""Go or no-go, library by library: what was found, held against what the run will need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shulu.campaign.variables import Misspelt
from shulu.content.signature import Trust
from shulu.progress import human_bytes

STOP, NOTE = "no-go", "note"
_MIB, _GB = 1 << 20, 1_000_000_000


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding: ``weight`` is STOP where the run cannot succeed, NOTE where somebody ought to look."""

    weight: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What a run asks of a server.

    ``bags`` are those of the release that this library keeps, bytes by ``<id>@<version>``; ``disk_serial`` is
    "" where no disk of its own is named; ``capacity_bytes`` is what its tier is to hold, 0 where nobody says.
    """

    releases: Sequence[str] = ("12", "13")
    architectures: Sequence[str] = ("x86_64",)
    python: tuple[int, int] = (3, 11)
    memory_bytes: int = 1_000 * _MIB
    root_free_bytes: int = 2 * _GB
    clock_seconds: float = 30.0
    disk_serial: str = ""
    capacity_bytes: int = 0
    bags: Mapping[str, int] | None = None


def bags_of(release: Mapping[str, Any], collections: Sequence[str]) -> dict[str, int]:
    """Return the bags of a release that a library keeps, bytes by ``<id>@<version>``; the kit always is."""
    return {
        f"{bag['id']}@{bag['version']}": int(bag["bytes"])
        for bag in release["bags"]
        if not collections or bag["collection"] in {*collections, "kit"}
    }


def of_licences(release: Mapping[str, Any]) -> list[Remark]:
    """Judge what readers of a library on the route remote get to read: nothing whose licence is lan."""
    scopes = [bag["licence"]["scope"] for bag in release["bags"] if bag["collection"] != "kit"]
    left_out = scopes.count("lan")
    if not left_out:
        return []
    problem = f"its readers see {len(scopes) - left_out} of {len(scopes)} bags: the others' licence is lan"
    return [Remark(NOTE, problem, "where contracts allow it, say province: pack_scope, pack_licences")]


def of_variables(
    misspelt: Iterable[Misspelt], unfit: Iterable[str], unset: Iterable[str] = ()
) -> list[Remark]:
    """Judge the variables: names that no role takes, values that no role would accept, and none at all."""
    remarks = [
        Remark(
            STOP,
            f"variable {each.name} is unknown to every role",
            f"write {each.meant}" if each.meant else "remove it",
        )
        for each in misspelt
    ]
    remarks += [
        Remark(
            STOP,
            f"variable {name} has no value, and its role requires one",
            "set it in the province's group_vars or host_vars (handbook, 2)",
        )
        for name in unset
    ]
    return remarks + [
        Remark(STOP, text, "mend it in the province's group_vars or host_vars") for text in unfit
    ]


def of_kit(kit: Path) -> list[Remark]:
    """Judge the kit's folder on the controller: every role that installs packages reads it."""
    if (kit / "kit.json").is_file():
        return []
    return [Remark(STOP, f"this machine has no kit in {kit}", "make it with shulu kit build (handbook, 4)")]


def of_trust(trust: Path) -> list[Remark]:
    """Judge the trust anchors on the controller: every server gets them, and they cannot be made up."""
    here = Trust.at(trust)
    return [
        Remark(
            STOP,
            f"this machine has no {path.name} in {trust}",
            "pack.yml makes it with the first key (handbook, 3 and 4); where others sign, get theirs",
        )
        for path in (here.allowed_signers, here.revoked)
        if not path.is_file()
    ]


def of_link(link: Mapping[str, Any], slow_ms: float) -> list[Remark]:
    """Judge the line."""
    if link["problem"]:
        return [Remark(STOP, link["problem"], link["remedy"])]
    if link["rtt_ms"] is not None and link["rtt_ms"] > slow_ms:
        return [Remark(NOTE, f"a round trip takes {link['rtt_ms']:.0f} ms", "expect long runs")]
    return []


def of_server(server: Mapping[str, Any], needs: Needs) -> list[Remark]:
    """Judge the server: system, clock, memory, disk, room."""
    remarks = [*_system(server, needs), *_clock(server, needs), *_disk(server, needs)]
    if server["root_free_bytes"] < needs.root_free_bytes:
        problem = f"{human_bytes(server['root_free_bytes'])} are free on the system disk"
        remarks.append(Remark(STOP, problem, f"make {human_bytes(needs.root_free_bytes)} free"))
    return remarks


def _system(server: Mapping[str, Any], needs: Needs) -> Iterable[Remark]:
    if server["os_id"] != "debian" or server["os_version"] not in needs.releases:
        found = f"{server['os_id'] or 'an unknown system'} {server['os_version']}".strip()
        yield Remark(STOP, f"runs {found}", f"install Debian {' or '.join(needs.releases)}")
    if server["architecture"] not in needs.architectures:
        problem = f"is a machine of type {server['architecture']}"
        yield Remark(STOP, problem, f"the kit is for {', '.join(needs.architectures)}")
    if tuple(map(int, server["python"].split(".")[:2])) < needs.python:
        yield Remark(STOP, f"has Python {server['python']}", f"it needs {'.'.join(map(str, needs.python))}")
    if server["memory_bytes"] < needs.memory_bytes:
        yield Remark(NOTE, f"has {server['memory_bytes'] // _MIB} MiB of memory", "readers may find it slow")


def _clock(server: Mapping[str, Any], needs: Needs) -> Iterable[Remark]:
    offset = server.get("clock_offset", 0.0)
    if abs(offset) - server.get("clock_uncertainty", 0.0) > needs.clock_seconds:
        problem = f"its clock is {offset:.0f} s ahead"
        if offset < 0:
            problem = f"its clock is {-offset:.0f} s behind"
        yield Remark(NOTE, problem, "the run sets it by the hub; if it comes back, change the battery")


def _disk(server: Mapping[str, Any], needs: Needs) -> Iterable[Remark]:
    disk = next((each for each in server["disks"] if each["serial"] == needs.disk_serial), None)
    if needs.disk_serial and disk is None:
        there = ", ".join(each["serial"] or each["node"] for each in server["disks"]) or "none"
        yield Remark(
            STOP, f"has no disk {needs.disk_serial} (it has: {there})", "plug it, or mend storage_serial"
        )
        return
    bare = disk is not None and not server["data_mounted"]
    size = disk["size_bytes"] if disk is not None and bare else server["data_bytes"]
    # A disk sold as 4 TB holds a little less once it has a file system.
    if size < needs.capacity_bytes * 95 // 100:
        there, goal = human_bytes(size), human_bytes(needs.capacity_bytes)
        problem = f"its content volume has {there}, and its tier is to hold {goal}"
        yield Remark(NOTE, problem, "a release of that size needs a bigger disk")
    missing = sum(each for bag, each in (needs.bags or {}).items() if bag not in server["bags"])
    # What ext4 takes for itself, with room to spare.
    room = size * 95 // 100 if bare else server["data_free_bytes"]
    if missing > room:
        problem = f"needs {human_bytes(missing)} for the release and has {human_bytes(room)}"
        yield Remark(STOP, problem, "give it a bigger disk or fewer collections, or the route remote")
