"""Who: the libraries of a province, read from ``libraries.csv``.

Needs netaddr, so it runs on the controller only; a server never imports it.
"""

from __future__ import annotations

from shulu.registry.model import ROUTES, TIERS, Library, Registry, Settings
from shulu.registry.reader import parse, read

__all__ = ["ROUTES", "TIERS", "Library", "Registry", "Settings", "parse", "read"]
