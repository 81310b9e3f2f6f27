"""XML that is built, never parsed: whatever a record says is text in it."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from flask import Response

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write."""

Element = ET.Element


def clean(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return _FORBIDDEN.sub("", text)


def add(parent: Element, tag: str, text: str = "", /, **attributes: str) -> Element:
    """Add an element with its text and attributes, and return it; the root declares the prefixes of names."""
    child = ET.SubElement(parent, tag, {name: clean(value) for name, value in attributes.items()})
    child.text = clean(text) or None
    return child


def answer(root: Element, content_type: str) -> Response:
    """Return a document as a response."""
    body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(body, content_type=content_type)
