"""From a province's registry, a release and what its servers said to the planner's question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from shulu.content.release import KIT, Release
from shulu.findings import Finding, Refused, refuse
from shulu.plan.case import MBIT, NETWORK, TB, Bag, Case, Site, Terms, Text
from shulu.plan.hours import Hours
from shulu.programme import COLLECTIONS
from shulu.registry import Library, Registry, cells
from shulu.registry.table import decode, rows

ALL = "*"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a library's server. ``mbit`` is the measured payload, None where it was not.

    ``room`` is what is free for content, bytes; ``bags`` are those that it holds, ``<id>@<version>``;
    ``release`` is the mark (epoch, serial) of its last receipt; ``problem`` is why it did not answer.
    """

    mbit: float | None = None
    problem: str = ""
    room: int | None = None
    bags: frozenset[str] = frozenset()
    release: tuple[int, int] | None = None


@dataclass(frozen=True)
class Known:
    """What is known beside the registry: servers by code, earlier releases, collections held by code."""

    answers: Mapping[str, Answer]
    earlier: Sequence[Release] = ()
    held: Mapping[str, frozenset[str]] | None = None


def bags_of(release: Release) -> tuple[Bag, ...]:
    """Return the bags of a release, by id."""
    return tuple(
        Bag(bag.id, bag.version, bag.collection, bag.bytes)
        for bag in sorted(release.bags, key=lambda b: b.id)
    )


def expected_bags(sizes: Mapping[str, float], volume: int) -> tuple[Bag, ...]:
    """Return the bags that a release is going to have: TB by collection, in volumes of so many bytes.

    Raises Refused where a collection is unknown or a size is none.
    """
    ids = {each.id for each in COLLECTIONS}
    findings = [
        Finding(f"plan_collections_tb, {name}", "is no collection", "write an id of shulu_collections")
        for name in sizes
        if name not in ids
    ]
    findings += [
        Finding(f"plan_collections_tb, {name}", f"{size} is no size", "write TB, such as 0.2")
        for name, size in sizes.items()
        if not 0 <= size < 10_000
    ]
    if findings:
        raise Refused(findings)
    found = []
    for name in sorted(sizes):
        left, number = round(sizes[name] * TB), 0
        while left > 0:
            number += 1
            found.append(Bag(f"{name}-{number:03}", "1", name, min(left, volume)))
            left -= volume
    return tuple(found)


def read_held(path: Path, codes: set[str]) -> dict[str, frozenset[str]]:
    """Read ``held.csv``: which collections a library has from an earlier push; ``*`` means every library.

    Returns nothing where there is no file. Raises Refused with all that is wrong in it.
    """
    if not path.is_file():
        return {}
    table, findings = rows(decode(path.read_bytes(), path.name), path.name)
    found: dict[str, frozenset[str]] = {}
    for row in table:
        here = f"{path.name}:{row.line}"
        text = row.cells.get("code", "")
        try:
            code = ALL if cells.plain(text) == ALL else cells.code(text)
            collections = cells.collections(row.cells.get("collections", ""))
        except cells.Unclear as unclear:
            findings.append(Finding(here, unclear.problem, unclear.remedy))
            continue
        if code not in codes | {ALL}:
            findings.append(
                Finding(here, f"no library has the code {code}", "write a code of the registry, or *")
            )
        elif not collections:
            findings.append(Finding(here, "names no collection", "write the ids of what it has"))
        else:
            found[code] = found.get(code, frozenset()) | frozenset(collections)
    if findings:
        raise Refused(findings)
    return found


def build(
    registry: Registry,
    province: str,
    release: tuple[str, tuple[Bag, ...]],
    days: tuple[date, date],
    terms: Terms,
    *,
    known: Known,
) -> Case:
    """Return the question. Raises Refused where the days cannot be."""
    start, end = days
    if end < start:
        raise refuse("plan_date", f"{end} lies before the start, {start}", "name a later date")
    if (end - start).days > 1000:
        raise refuse("plan_date", f"{end} is more than 1000 days after {start}", "name an earlier date")
    name, bags = release
    marks = {each.mark: frozenset(f"{bag.id}@{bag.version}" for bag in each.bags) for each in known.earlier}
    shared: dict[tuple[Bag, ...], tuple[Bag, ...]] = {}
    sites = []
    for library in registry.libraries:
        answer = known.answers.get(library.code, Answer())
        part = [
            bag for bag in bags if not library.collections or bag.collection in {*library.collections, KIT}
        ]
        there = answer.bags or (marks.get(answer.release, frozenset()) if answer.release else frozenset())
        held = known.held or {}
        collections = held.get(library.code, frozenset()) | held.get(ALL, frozenset())
        missing = tuple(
            bag
            for bag in part
            if f"{bag.id}@{bag.version}" not in there and bag.collection not in collections
        )
        # One tuple for all that need the same: they are packed once.
        missing = shared.setdefault(missing, missing)
        sites.append(_site(library, answer, missing, sum(bag.bytes for bag in part), terms))
    return Case(province, name, start, end, tuple(sites), terms)


def _site(library: Library, answer: Answer, bags: tuple[Bag, ...], part: int, terms: Terms) -> Site:
    declared = library.line_mbit * MBIT * terms.efficiency
    measured = (answer.mbit or 0.0) * MBIT
    above = library.line_mbit or terms.uplink_mbit.get(library.tier, 0.0)
    hub = library.tier == "province"
    routes = (NETWORK, "disk", "remote") if library.auto else (library.route,)
    return Site(
        code=library.code,
        name=library.name,
        tier=library.tier,
        parent=library.parent,
        routes=() if hub else routes,
        line=measured or declared,
        speed="measured" if measured else "declared" if declared else "unknown",
        uplink=above * MBIT * terms.efficiency,
        hours=Hours.parse(library.window),
        bags=() if hub else bags,
        room=answer.room,
        wave=0 if library.any_wave else library.wave,
        awaiting=not library.address,
        remark=sum(_remarks(library, answer, part, terms), Text()),
    )


def _remarks(library: Library, answer: Answer, part: int, terms: Terms) -> Iterable[Text]:
    if answer.problem:
        yield Text(
            f"未能测速（{answer.problem}），按登记速率计",
            f"not measured: {answer.problem}; the declared speed is taken",
        )
    goal = terms.capacity_tb.get(library.tier, 0.0) * TB
    if goal and part > goal and library.route != "remote":
        need, has = part / TB, goal / TB
        yield Text(
            f"本批资源 {need:.2f} TB，超过本级容量目标 {has:g} TB",
            f"its part of {need:.2f} TB is more than the {has:g} TB that its tier aims at",
        )
