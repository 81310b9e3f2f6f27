"""What is here, for search engines of the library's own network. https://www.sitemaps.org/protocol.html"""

from __future__ import annotations

from flask import Blueprint, Response, abort

from shulu.feeds.source import base, issued, source
from shulu.feeds.xml import Element, add, answer

SIZE = 50_000
"""Addresses in a part, the most that the protocol allows."""
_NAME = "http://www.sitemaps.org/schemas/sitemap/0.9"
_TYPE = "text/xml; charset=utf-8"

sitemap = Blueprint("sitemap", __name__)


@sitemap.get("/sitemap.xml")
def index() -> Response:
    """Return the list of the parts."""
    total = sum(held.count for held in source().view().holdings())
    made = Element("sitemapindex", {"xmlns": _NAME})
    for number in range(1, max(1, -(-total // SIZE)) + 1):
        part = add(made, "sitemap")
        add(part, "loc", f"{base()}/sitemaps/{number}.xml")
        add(part, "lastmod", issued())
    return answer(made, _TYPE)


@sitemap.get("/sitemaps/<int:number>.xml")
def part(number: int) -> Response:
    """Return a part of the items' addresses."""
    found = source().view().listed((number - 1) * SIZE, SIZE) if number else []
    if not found:
        abort(404)
    made = Element("urlset", {"xmlns": _NAME})
    for bag, record_id, since in found:
        one = add(made, "url")
        add(one, "loc", f"{base()}/items/{bag}/{record_id}")
        add(one, "lastmod", since)
    return answer(made, _TYPE)


@sitemap.get("/robots.txt")
def robots() -> Response:
    """Ask robots to read the pages of items, and not to search."""
    text = f"User-agent: *\nDisallow: /search\nDisallow: /suggest\nSitemap: {base()}/sitemap.xml\n"
    return Response(text, content_type="text/plain; charset=utf-8")
