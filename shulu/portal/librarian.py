"""The librarian's page: what is live, how delivery stands, what is to be mended. It tells nothing secret."""

from __future__ import annotations

from flask import Blueprint, render_template

from shulu.portal import asked
from shulu.portal.topic_pages import check

librarian = Blueprint("librarian", __name__)


@librarian.get("/librarian")
def page() -> str:
    """Show how this library's portal stands."""
    view = asked.catalogue()
    topics = asked.topics()
    findings = [*topics.findings, *(finding for topic in topics.topics for finding in check(view, topic))]
    return render_template("librarian.html", release=view.release(), topics=topics.topics, findings=findings)
