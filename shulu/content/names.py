"""Names of files: which never may be used as a path, and which every file system can hold.

Sources: RFC 8493, 5.1 (names that leave the bag) and 6.1 (interoperability); Microsoft's "Naming Files,
Paths, and Namespaces" for the rest, as disks of exFAT and NTFS are accepted.
"""

from __future__ import annotations

import re
import unicodedata

MAX_COMPONENT_BYTES = 255
MAX_PATH_BYTES = 3000
"""Leaves room below Linux' 4096 for the store's own folders."""

# CR and LF are let through here: RFC 8493 says how a manifest writes them. Packing refuses them.
_SUSPECT = re.compile(
    r"[<>:\"|?*\\\x00-\x09\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]|[. ](?:/|\Z)|(?:\A|/)(?:/|\Z)|\A~"
    r"|(?:\A|/)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(?:[./]|\Z)",
    re.IGNORECASE,
)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(?:\..*)?", re.IGNORECASE | re.DOTALL)
_FORBIDDEN = re.compile(r"[<>:\"|?*\\]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def unsafe(path: str) -> str:
    """Say why a bag's path is refused, "" where it is fine.

    Refused are paths that could leave the folder they are joined to (absolute, ``..``, ``~``, a drive) and
    names that some file system cannot hold.
    """
    if len(path) > 80 and (problem := _too_long(path)):
        return problem
    if not _SUSPECT.search(path):
        return ""
    if path.startswith(("/", "~")):
        return "the path is absolute" if path[0] == "/" else "the path begins with ~"
    parts = path.split("/")
    if "" in parts:
        return "the path has an empty part"
    if ".." in parts or "." in parts:
        return "the path leaves its folder"
    return next(filter(None, map(_unportable, parts)), "")


def unportable(path: str) -> str:
    """Say why a relative path may not be packed, "" where it may.

    Beside ``unsafe``: it must be NFC, without control characters and outer blanks.
    """
    if problem := unsafe(path):
        return problem
    if _CONTROL.search(path):
        return "the name has a control character"
    if any(name != name.strip() for name in path.split("/")):
        return "the name begins or ends with a blank"
    if not unicodedata.is_normalized("NFC", path):
        return "the name is not in Unicode's form NFC"
    return ""


def sameness(path: str) -> str:
    """Return what two paths have in common that some file system takes for the same."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def shown(text: str) -> str:
    """Return a foreign text so that it prints as one line and does nothing to a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _too_long(path: str) -> str:
    data = path.encode("utf-8", "surrogatepass")
    if len(data) > MAX_PATH_BYTES:
        return f"the path has more than {MAX_PATH_BYTES} bytes"
    if max(map(len, data.split(b"/"))) > MAX_COMPONENT_BYTES:
        return f"a name has more than {MAX_COMPONENT_BYTES} bytes"
    return ""


def _unportable(name: str) -> str:
    if found := _FORBIDDEN.search(name):
        return f"the name has the character {found[0]}, which Windows disks cannot hold"
    if any((c < " " and c not in "\r\n") or c == "\x7f" for c in name):
        return "the name has a control character"
    if any("\ud800" <= c <= "\udfff" for c in name):
        return "the name is not UTF-8"
    if name.endswith((".", " ")):
        return "the name ends with a dot or a space"
    if _RESERVED.fullmatch(name):
        return "the name is one that Windows keeps for devices"
    return ""
