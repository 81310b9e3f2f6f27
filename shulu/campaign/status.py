"""Where every library stands: from what its server says, and from its last receipt where it says nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from textwrap import shorten
from typing import Any

from shulu.campaign import lapsing, used
from shulu.campaign.standing import MARKS, WORKING, chosen, damaged, newest, remedy, standing, worst_first
from shulu.campaign.table import render
from shulu.moment import moment
from shulu.progress import human_bytes, human_seconds

Row = dict[str, Any]

_STATE_WIDTH = 60
_COLUMNS = ["library", "name", "prefecture", "route", "state", "release", "bags", "bytes", "free"]


def row(
    answer: Mapping[str, Any],
    library: Mapping[str, Any],
    receipt: Mapping[str, Any] | None = None,
) -> Row:
    """Return what is known of a library, as plain data: architecture.md, section 4, and ``reach``.

    ``library`` has its ``library`` (the code), ``name``, ``route``, ``tier``, ``wave`` and ``prefecture`` (a
    name). ``answer`` is what the module ``server_status`` gave, or that its server could not be asked;
    ``reach`` is one of ``answers``, ``new`` (nobody has set it up), ``silent`` (no connection), ``broken``.
    """
    said = answer.get("status") or {}
    if answer.get("unreachable"):
        reach, problem = "silent", _short(answer.get("msg"))
    elif "provisioned" not in answer:
        reach, problem = "broken", _short(answer.get("module_stderr") or answer.get("msg"))
    elif not answer["provisioned"]:
        reach, problem = "new", ""
    else:
        reach, problem = ("broken", str(answer["problem"])) if answer["problem"] else ("answers", "")
    return {
        **library,
        "reach": reach,
        "problem": problem,
        "remedy": _short(answer["remedy"]) if answer.get("remedy") else "",
        "live": said.get("live"),
        "activity": said.get("activity"),
        "free_bytes": said.get("free_bytes"),
        "usage": used.told(said.get("usage")),
        "lapsing": lapsing.told(said.get("lapsing")),
        "receipt": dict(receipt) if receipt else None,
    }


def rank(
    rows: Sequence[Mapping[str, Any]],
    written: str,
    before: Mapping[str, Mapping[str, Any]],
    above: Sequence[Mapping[str, Any] | None] = (),
) -> list[Row]:
    """Return the rows, worst first, each with ``as_of``, ``standing``, ``contact`` and ``remedy``.

    ``written`` is now. ``before`` are ranked rows of an earlier run by code: those of libraries that this run
    was not for stay with their ``as_of``, but stand as the newest release now known makes them stand.
    ``above`` are live releases of servers that have no row. Where a server does not answer, the last contact
    is the newest of the earlier one and of its receipt; times are ISO 8601, UTC.
    """
    asked = {each["library"] for each in rows}
    known = [_asked(each, written, before.get(each["library"], {})) for each in rows]
    known += [dict(each) for code, each in before.items() if code not in asked]
    release = newest([*(each["live"] for each in known), *above, *(_received(each) for each in known)])
    for each in known:
        each["standing"] = standing(each, release)
        each["remedy"] = remedy(each)[1]
    return worst_first(known)


def _asked(row: Mapping[str, Any], written: str, past: Mapping[str, Any]) -> Row:
    # Who holds its receipts may be as silent as itself.
    receipt = row["receipt"] or past.get("receipt")
    contact = written
    if row["reach"] == "silent":
        contact = max(past.get("contact", ""), (receipt or {}).get("ended", ""))
    return dict(row) | {"as_of": written, "receipt": receipt, "contact": contact}


def _received(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return row["receipt"]["release"] if row["receipt"] else None


def _short(text: object) -> str:
    return " ".join(str(text or "no reason given").split())[:160]


def shown(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    """Return ranked rows as people read them, by the headings of the table."""
    return [
        {
            "library": each["library"],
            "name": each["name"],
            "prefecture": each["prefecture"],
            "route": each["route"],
            "state": state(each),
            "release": release(each["live"]),
            "bags": len(each["live"]["bags"]) if each["live"] else None,
            "bytes": human_bytes(each["live"]["bytes"]) if each["live"] else None,
            "free": None if each["free_bytes"] is None else human_bytes(each["free_bytes"]),
            "last contact": moment(each["contact"]),
            "last receipt": last_receipt(each["receipt"]),
            "what to do": each["remedy"],
        }
        for each in rows
    ]


def table(
    rows: Sequence[Mapping[str, Any]],
    written: str,
    awaiting: Sequence[Mapping[str, Any]] = (),
    only: Iterable[str] = (),
) -> str:
    """Show the ranked rows of this run as a text table, and count how all stand.

    ``only`` are words of MARKS that the table keeps to; empty for all. Raises Refused on an unknown one.
    """
    fresh = [each for each in rows if each["as_of"] == written]
    meant = chosen(fresh, only)
    columns = [*_COLUMNS, "last contact", "last receipt", "what to do"]
    people = shown(meant)
    long = [
        f"{each['library']}: {each['state']}" for each in people if len(str(each["state"])) > _STATE_WIDTH
    ]
    for each in people:
        each["state"] = shorten(str(each["state"]), _STATE_WIDTH, placeholder=" ...")
    lines = [render(people, columns, numbers=("bags", "bytes", "free"))]
    # One long answer would push what stands behind it out of everybody's sight.
    lines += ["", *long, ""] if long else []
    if len(meant) < len(fresh):
        lines.append(f"({len(fresh) - len(meant)} others are left out by status_only)")
    if len(fresh) < len(rows):
        oldest = min(each["as_of"] for each in rows)
        told = f"{len(rows) - len(fresh)} libraries that this run was not for count as they were asked last"
        lines.append(f"({told}, the earliest {moment(oldest)})")
    ending = lapsing.lines(lapsing.gathered(rows, written))
    return "\n".join([*lines, "", *ending, summary(rows, awaiting)])


def summary(rows: Sequence[Mapping[str, Any]], awaiting: Sequence[Mapping[str, Any]] = ()) -> str:
    """Count the libraries by how they stand, the good first."""
    counts = Counter(each["standing"] for each in rows)
    parts = [f"{len(rows)} libraries"]
    parts += [f"{counts[word]} {mark.en}" for word, mark in reversed(MARKS.items()) if counts[word]]
    parts += [f"{len(awaiting)} awaiting enrolment"] if awaiting else []
    return f"{', '.join(parts)}; times are Beijing's"


def state(row: Mapping[str, Any]) -> str:
    """Say what a library does, or why nothing is known: ``fetching 45 %, 2.1 MB/s, 12 min left``."""
    mark = MARKS[row["standing"]]
    if row["reach"] != "answers":
        return f"{mark.en}: {row['problem']}" if row["problem"] else mark.en
    activity = row["activity"] or {}
    word = str(activity.get("state") or "idle")
    if word in WORKING:
        return ", ".join([f"{word} {share}" if (share := _share(activity)) else word, *_pace(activity)])
    message = " ".join(str(activity.get("message") or "").split())
    if word in {"failed", "paused", "waiting"}:
        return f"{word}: {message}" if message else word
    if row["standing"] == "failed":
        return f"failed: {damaged(row['live'])} of its bags are damaged"
    return mark.en


def _share(activity: Mapping[str, Any]) -> str:
    total = activity.get("total_bytes") or 0
    return f"{100 * (activity.get('done_bytes') or 0) / total:.0f} %" if total else ""


def _pace(activity: Mapping[str, Any]) -> list[str]:
    rate, left = activity.get("rate"), activity.get("seconds_left")
    pace = [f"{human_bytes(rate)}/s"] if rate else []
    return pace if left is None else [*pace, f"{human_seconds(left)} left"]


def release(live: Mapping[str, Any] | None) -> str:
    """Say which release is live: ``1-7 since 2026-11-23 16:15``, nothing without one."""
    return f"{live['epoch']}-{live['serial']} since {moment(live['since'])}" if live else ""


def last_receipt(receipt: Mapping[str, Any] | None) -> str:
    """Say what a receipt is for: ``1-7 2026-11-23 16:15, in 5 min``, nothing without one."""
    if not receipt:
        return ""
    number = receipt["release"]
    return f"{number['epoch']}-{number['serial']} {moment(receipt['ended'])}, in {took(receipt)}"


def took(receipt: Mapping[str, Any]) -> str:
    """Say how long the delivery took that a receipt is for."""
    began, ended = (datetime.fromisoformat(receipt[key]) for key in ("started", "ended"))
    return human_seconds((ended - began).total_seconds())
