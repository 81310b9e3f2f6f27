"""Where every library stands: from what its server says, and from its last receipt where it says nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shulu.campaign.table import render
from shulu.progress import human_bytes, human_seconds

Row = dict[str, Any]

_AT_WORK = {"fetching", "importing", "verifying"}


def row(
    answer: Mapping[str, Any],
    library: str,
    name: str,
    route: str,
    receipt: Mapping[str, Any] | None = None,
) -> Row:
    """Return what is known of a library, as plain data: architecture.md, section 4, and ``reach``.

    ``answer`` is what the module ``server_status`` gave, or that its server could not be asked; ``reach`` is
    one of ``answers``, ``new`` (nobody has set it up), ``silent`` (no connection) and ``broken``.
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
        "library": library,
        "name": name,
        "route": route,
        "reach": reach,
        "problem": problem,
        "live": said.get("live"),
        "activity": said.get("activity"),
        "free_bytes": said.get("free_bytes"),
        "receipt": dict(receipt) if receipt else None,
    }


def _short(text: object) -> str:
    return " ".join(str(text or "no reason given").split())[:160]


def shown(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    """Return the rows as people read them, by the headings of the table."""
    return [
        {
            "library": each["library"],
            "name": each["name"],
            "route": each["route"],
            "release": _release(each["live"]),
            "bags": len(each["live"]["bags"]) if each["live"] else None,
            "bytes": human_bytes(each["live"]["bytes"]) if each["live"] else None,
            "state": state(each),
            "free": None if each["free_bytes"] is None else human_bytes(each["free_bytes"]),
            "last receipt": _receipt(each["receipt"]),
        }
        for each in rows
    ]


def table(rows: Sequence[Mapping[str, Any]], awaiting: Sequence[Mapping[str, Any]] = ()) -> str:
    """Show rows as a text table, and count what stands how."""
    columns = ["library", "name", "route", "release", "bags", "bytes", "state", "free", "last receipt"]
    return f"{render(shown(rows), columns, numbers=('bags', 'bytes', 'free'))}\n\n{summary(rows, awaiting)}"


def summary(rows: Sequence[Mapping[str, Any]], awaiting: Sequence[Mapping[str, Any]] = ()) -> str:
    """Count the libraries by how they stand."""
    live = sum(bool(each["live"]) for each in rows)
    busy = sum((each["activity"] or {}).get("state") in _AT_WORK for each in rows)
    parts = [f"{len(rows)} libraries", f"{live} serve a release"]
    parts += [f"{busy} at work"] if busy else []
    for reach, word in (("new", "not provisioned"), ("silent", "unreachable"), ("broken", "broken")):
        if count := sum(each["reach"] == reach for each in rows):
            parts.append(f"{count} {word}")
    parts += [f"{len(awaiting)} awaiting enrolment"] if awaiting else []
    return ", ".join(parts)


def state(row: Mapping[str, Any]) -> str:
    """Say what a library does, or why nothing is known: ``fetching 45 %, 2.1 MB/s, 12 min left``."""
    if row["reach"] == "new":
        return "not provisioned"
    if row["reach"] in {"silent", "broken"}:
        return f"{'unreachable' if row['reach'] == 'silent' else 'broken'}: {row['problem']}"
    activity = row["activity"] or {}
    word = str(activity.get("state") or "idle")
    if word in _AT_WORK:
        return ", ".join([f"{word} {share}" if (share := _share(activity)) else word, *_pace(activity)])
    message = " ".join(str(activity.get("message") or "").split())
    return f"{word}: {message}" if message and word in {"failed", "paused", "waiting"} else word


def _share(activity: Mapping[str, Any]) -> str:
    total = activity.get("total_bytes") or 0
    return f"{100 * (activity.get('done_bytes') or 0) / total:.0f} %" if total else ""


def _pace(activity: Mapping[str, Any]) -> list[str]:
    rate, left = activity.get("rate"), activity.get("seconds_left")
    pace = [f"{human_bytes(rate)}/s"] if rate else []
    return pace if left is None else [*pace, f"{human_seconds(left)} left"]


def _release(live: Mapping[str, Any] | None) -> str:
    return f"{live['epoch']}-{live['serial']} since {_day(live['since'])}" if live else ""


def _receipt(receipt: Mapping[str, Any] | None) -> str:
    if not receipt:
        return ""
    release = receipt["release"]
    began, ended = (datetime.fromisoformat(receipt[key]) for key in ("started", "ended"))
    took = human_seconds((ended - began).total_seconds())
    return f"{release['epoch']}-{release['serial']} {_day(receipt['ended'])}, in {took}"


def _day(moment: object) -> str:
    """``2026-11-23T08:15:00Z`` as ``2026-11-23 08:15``, universal time."""
    return str(moment)[:16].replace("T", " ")
