"""All feeds of the portal."""

from __future__ import annotations

from flask import Flask

from shulu.feeds.iiif import iiif
from shulu.feeds.oai import oai
from shulu.feeds.opds1 import opds1
from shulu.feeds.opds2 import opds2
from shulu.feeds.sitemap import sitemap
from shulu.feeds.source import Source


def register(app: Flask, source: Source) -> None:
    """Add the feeds to an application."""
    app.extensions["feeds"] = source
    for blueprint in (opds1, opds2, iiif, oai, sitemap):
        app.register_blueprint(blueprint)
