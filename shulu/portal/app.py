"""The portal as a WSGI application: what its pages are made with, and the headers that each of them has.

gunicorn calls ``create_app()`` (shulu-portal.service, roles/portal). The content itself never passes through
here: the web server sends it from the store.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
import sqlite3
from pathlib import Path
from urllib.parse import unquote

from flask import Flask, Response, current_app, g, render_template, request
from werkzeug.exceptions import HTTPException

from shulu.catalogue.media import MEDIA
from shulu.catalogue.model import Unreadable
from shulu.feeds import blueprints, jsonld, works
from shulu.feeds.source import Source
from shulu.portal import asked, covers, describe
from shulu.portal.allowed import allowed
from shulu.portal.items import items
from shulu.portal.librarian import librarian
from shulu.portal.live import Away, Live
from shulu.portal.pages import pages, ways
from shulu.portal.parts import clock
from shulu.portal.reading import PDF_POLICY, reading
from shulu.portal.topic_pages import topics
from shulu.portal.topics import TopicFolder
from shulu.progress import human_bytes
from shulu.usage.figures import FOLDER

STORE = "/srv/shulu/store"
TOPICS, PROVINCE_TOPICS = "/srv/shulu/topics", "/srv/shulu/topics-province"
CONTACT = "library@shulu.internal"
"""Whom those write to who gather records, where SHULU_PORTAL_CONTACT names nobody."""
LIBRARY_HEADER = "X-Shulu-Library"
"""The library's name, in UTF-8 and percent-encoded: its web server says it, also through another's portal."""

_POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PDFJS = "/static/vendor/pdfjs/"
"""A worker heeds the policy that comes with its own file."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def create_app(store: str | None = None, topics_folder: str | None = None) -> Flask:
    """Make the application; what is not given stands in SHULU_PORTAL_STORE and SHULU_PORTAL_TOPICS."""
    # Without the system's list Python calls them by an old name, which the web server does not compress.
    for ending in (".js", ".mjs"):
        mimetypes.add_type("text/javascript", ending)
    app = Flask(__name__)
    # An address has one spelling: the web server has put others right, or they are nothing.
    app.url_map.merge_slashes = False
    app.extensions["live"] = Live(Path(store or os.environ.get("SHULU_PORTAL_STORE", STORE)))
    topics_path = Path(topics_folder or os.environ.get("SHULU_PORTAL_TOPICS", TOPICS))
    of_province = Path(os.environ.get("SHULU_PORTAL_PROVINCE_TOPICS", PROVINCE_TOPICS))
    app.extensions["topics"] = TopicFolder(topics_path, of_province)
    app.extensions["figures"] = Path(os.environ.get("SHULU_PORTAL_FIGURES", FOLDER))
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        bytes=human_bytes,
        mark=describe.mark,
        fields=describe.fields,
        language=describe.language,
        language_name=describe.language_name,
        clock=clock,
        query_string=describe.query_string,
        but=describe.but,
        china=describe.china,
        picture=covers.picture,
        tone=covers.tone,
        page_of=works.page_of,
        json_ld=jsonld.script,
    )
    app.jinja_env.globals.update(
        asset=_assets(Path(str(app.static_folder))), media=MEDIA, library=_library, ways=_ways
    )
    app.register_blueprint(pages)
    app.register_blueprint(items)
    app.register_blueprint(reading)
    app.register_blueprint(topics)
    app.register_blueprint(librarian)
    app.register_blueprint(allowed)
    contact = os.environ.get("SHULU_PORTAL_CONTACT", CONTACT)
    blueprints.register(
        app, Source(asked.catalogue, asked.require, Away, lambda: asked.live().folder, _library, contact)
    )
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Unreadable, _nothing_live)
    app.register_error_handler(Away, _away)
    app.register_error_handler(Exception, _failure)
    app.after_request(_finish)
    return app


def _assets(folder: Path) -> describe.Asset:
    digests = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in folder.rglob("*")
        if path.is_file()
    }
    return describe.Asset(digests)


def _library() -> str:
    """Return the name of the reader's library, "" where the web server does not say it."""
    name = unquote(request.headers.get(LIBRARY_HEADER, "")[:600])
    return "".join(c for c in name if c.isprintable())[:60]


def _ways() -> list[tuple[str, str, str]]:
    """Return where the head of a page leads, nowhere while nothing can be read: also errors are pages."""
    try:
        return ways()
    except (Unreadable, sqlite3.Error):
        return []


def _http_error(error: HTTPException) -> tuple[str, int] | HTTPException:
    code = error.code or 500
    if code < 400:
        return error
    return render_template("error.html", code=code), code


def _nothing_live(error: Unreadable) -> tuple[str, int]:
    return render_template("error.html", code=503), 503


def _away(error: Away) -> tuple[str, int, dict[str, str]]:
    return render_template("error.html", code="away"), 503, {"Retry-After": "60"}


def _failure(error: Exception) -> tuple[str, int]:
    current_app.logger.error("the page %r failed", request.path, exc_info=error)
    return render_template("error.html", code=500), 500


def _finish(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    response.headers["Content-Security-Policy"] = g.get("policy", _POLICY)
    if request.endpoint == "static" and request.path.startswith(_PDFJS):
        response.headers["Content-Security-Policy"] = PDF_POLICY
    if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
    response.headers["Cache-Control"] = "no-cache"
    if response.status_code == 200 and request.endpoint != "static":
        response.add_etag()
        response.make_conditional(request)
    return response
