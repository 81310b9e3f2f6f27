"""The librarian's page: what is live, how delivery stands, what is to be mended. It tells nothing secret.

Everybody on the library's LAN may open it. A remote library's readers see what this server's LAN may not know
of them, and nothing of this server's own state: there the page tells the release alone.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import segno
from flask import Blueprint, Response, abort, render_template

from shulu.catalogue.lapses import DAYS
from shulu.catalogue.model import Bag, LiveRelease, Unreadable
from shulu.catalogue.view import View
from shulu.content.licence import CHINA
from shulu.content.release import RENEWAL_DAYS
from shulu.findings import Finding
from shulu.portal import asked
from shulu.portal.said import STATES, in_chinese
from shulu.portal.topic_pages import check
from shulu.portal.topics import Topic
from shulu.store import durable
from shulu.store.notice import read_notice
from shulu.usage.figures import read_figures
from shulu.usage.fragment import section

LITTLE_ROOM = 5 << 30
"""Free bytes below which the page says so: a delivery needs room for what it brings."""
MOST_ITEMS = 10
_MODULE_PIXELS = 5

librarian = Blueprint("librarian", __name__)


@librarian.get("/librarian")
def page() -> str:
    """Show how this library's portal stands, also before the first delivery has gone live."""
    own = asked.audience().scope == "lan"
    common = {
        "own": own,
        # In a remote library its own web server puts the section in here.
        "remote": asked.audience().scope == "province",
        "notice": _notice() if own else {},
        "said": in_chinese,
        "states": STATES,
        "free": durable.free_bytes(asked.live().folder.parent),
        "topics": asked.topics().topics,
        "folder": asked.topics_folder(),
        "today": asked.audience().today,
        "lapse_days": DAYS,
    }
    try:
        view = asked.catalogue()
    except Unreadable:
        return render_template("librarian.html", **common)
    bags = view.bags()
    return render_template(
        "librarian.html",
        **common,
        release=view.release(),
        since=_since(),
        bags=bags,
        holdings=view.holdings(),
        warnings=list(_warnings(view.release(), bags)) if own else [],
        lapsing=view.lapsing(asked.audience().today + timedelta(DAYS)),
        findings=_findings(view) if own else [],
        usage=_usage(view) if own else None,
        section=section,
    )


@librarian.get("/librarian/receipt.svg")
def receipt() -> Response:
    """Draw the receipt's code; readers of other libraries get none."""
    written = _notice().get("receipt")
    if asked.audience().scope != "lan" or not written or not written["code"]:
        abort(404)
    drawn = io.BytesIO()
    picture = segno.make(written["code"], error="m", micro=False, boost_error=False)
    picture.save(drawn, kind="svg", scale=_MODULE_PIXELS, border=4, dark="#000", light="#fff", xmldecl=False)
    return Response(drawn.getvalue(), mimetype="image/svg+xml")


def _notice() -> dict[str, Any]:
    return read_notice(asked.live().folder.parent)


def _since() -> datetime:
    return datetime.fromtimestamp(asked.live().folder.lstat().st_mtime, UTC).astimezone(CHINA)


def _usage(view: View) -> dict[str, Any] | None:
    """Return this week's counts by collection and the items opened most; None where nobody counts."""
    said = read_figures(asked.figures_folder())
    if said is None:
        return None
    items = [(view.item(each["bag"], each["id"]), each) for each in said["week"]["items"]]
    return {
        "said": said,
        "top": [(item, each) for item, each in items if item is not None][:MOST_ITEMS],
    }


def _findings(view: View) -> list[Finding]:
    """Return what is wrong in the topics' files, by file and line."""
    topics = asked.topics()
    found = [*topics.findings, *_absent(view, topics.topics)]
    return sorted(found, key=_by_line)


def _absent(view: View, topics: Iterable[Topic]) -> Iterator[Finding]:
    """Yield what the librarian's own topics name and is not here; the province writes for all libraries."""
    for topic in topics:
        if not topic.of_province:
            yield from check(view, topic)


def _by_line(finding: Finding) -> tuple[str, int]:
    file, _, line = finding.where.rpartition(":")
    return (file, int(line)) if file and line.isdecimal() else (finding.where, 0)


def _warnings(release: LiveRelease, bags: list[Bag]) -> Iterator[tuple[str, str]]:
    """Yield what a librarian should see to: a sentence, and what to do about it."""
    today, expires = asked.audience().today, date.fromisoformat(release.expires[:10])
    if expires < today:
        yield f"这一批资源的有效期已于{expires}截止", "请省馆下发新的一批；在那以前，读者照常使用"
    elif expires - today < timedelta(RENEWAL_DAYS):
        yield f"这一批资源有效至{expires}", "请留意省馆下发新的一批"
    away = [bag.id for bag in bags if asked.live().is_away(bag.id)]
    if away:
        yield f"{len(away)}个资源包所在的磁盘没有接上：{'、'.join(away)}", "把磁盘重新接上，页面会自己恢复"
    if durable.free_bytes(asked.live().folder.parent) < LITTLE_ROOM:
        yield "数据盘的剩余空间不多了", "下一批资源到来以前，请告诉省馆"
