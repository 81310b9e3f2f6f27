"""Tag files of BagIt: the declaration and the metadata of a bag (RFC 8493, 2.1.1 and 2.2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from shulu.content.names import shown
from shulu.findings import Finding, Refused, refuse

DECLARATION = "bagit.txt"
INFO = "bag-info.txt"
FETCH = "fetch.txt"
PAYLOAD = "data"

# Python knows codecs that are no character sets (idna, unicode_escape); tag files are written in these.
_ENCODINGS = {
    "utf-8": "utf-8",
    "us-ascii": "ascii",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
    "gb18030": "gb18030",
    "gbk": "gbk",
    "gb2312": "gb2312",
    "big5": "big5",
}
_DECLARATION = re.compile(
    r"BagIt-Version: ([0-9]+)\.([0-9]+)(?:\r\n|\r|\n)Tag-File-Character-Encoding: ([!-~]+)(?:\r\n|\r|\n)?"
)
# A leading U+FEFF would be a byte-order mark, which UTF-8 must not have (RFC 8493, 2.3).
_ELEMENT = re.compile(r"([^:\s\ufeff](?:[^:]*[^:\s])?):[ \t](.*)", re.DOTALL)
_OLD_ELEMENT = re.compile(r"([^:\s\ufeff](?:[^:]*[^:\s])?)[ \t]*:[ \t]*(.*)", re.DOTALL)
_OXUM = re.compile(r"([0-9]{1,19})\.([0-9]{1,19})")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What ``bagit.txt`` says: version (1, 0) or (0, 97), and the tag files' encoding as Python calls it."""

    version: tuple[int, int]
    encoding: str


@dataclass(frozen=True, slots=True)
class Oxum:
    """Payload-Oxum: how many bytes and how many files the payload has."""

    bytes: int
    files: int

    def __str__(self) -> str:
        return f"{self.bytes}.{self.files}"


def parse_declaration(text: bytes) -> Declaration:
    """Read ``bagit.txt``.

    BagIt 1.0 is RFC 8493. 0.97, which ``bagit.py`` still writes, is read as well: a bag that says so is held
    to all rules of 1.0 but how a manifest escapes ``%`` and the spaces around bag-info's colon. Raises
    Refused on anything else.
    """
    try:
        match = _DECLARATION.fullmatch(text.decode())
    except ValueError:
        match = None
    if match is None:
        raise refuse(DECLARATION, "is not the two lines that declare a bag")
    version = (int(match[1]), int(match[2]))
    if version not in {(1, 0), (0, 97)}:
        raise refuse(DECLARATION, f"declares BagIt {match[1]}.{match[2]}", "only 1.0 and 0.97 are read")
    encoding = _ENCODINGS.get(match[3].lower())
    if encoding is None:
        raise refuse(DECLARATION, f"declares the encoding {match[3]}", "write the tag files in UTF-8")
    return Declaration(version, encoding)


def parse_info(text: bytes, declaration: Declaration) -> tuple[tuple[str, str], ...]:
    """Read ``bag-info.txt``: labels and values in their order, continued lines joined by a space.

    1.0 wants one space or tab after the colon and none before it; 0.97 allows any there. Raises Refused
    with every malformed line.
    """
    try:
        content = text.decode(declaration.encoding)
    except ValueError as error:
        raise refuse(INFO, f"is not {declaration.encoding}: {error}") from error
    element = _ELEMENT if declaration.version >= (1, 0) else _OLD_ELEMENT
    pairs: list[tuple[str, str]] = []
    findings: list[Finding] = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", content), 1):
        if not line.strip(" \t"):
            continue
        if line[0] in " \t" and pairs:
            label, value = pairs[-1]
            pairs[-1] = (label, f"{value} {line.strip()}".strip())
            continue
        match = element.fullmatch(line)
        if match is None:
            findings.append(Finding(f"{INFO}:{number}", f"is not a label and a value: {shown(line)[:120]}"))
        else:
            pairs.append((match[1], match[2].strip()))
    if findings:
        raise Refused(findings)
    return tuple(pairs)


def format_info(pairs: Iterable[tuple[str, str]]) -> bytes:
    """Write ``bag-info.txt`` in the order given. Values are single lines (ValueError)."""
    lines = []
    for label, value in pairs:
        if "\n" in value or "\r" in value or ":" in label:
            raise ValueError(f"{label}: {value!r} cannot stand in bag-info.txt")
        lines.append(f"{label}: {value}\n")
    return "".join(lines).encode()


def oxum(info: Iterable[tuple[str, str]]) -> Oxum | None:
    """Return what Payload-Oxum declares, None without one. Raises Refused where malformed or repeated."""
    declared = [value for label, value in info if label.lower() == "payload-oxum"]
    if not declared:
        return None
    if len(declared) > 1:
        raise refuse(INFO, "has more than one Payload-Oxum")
    match = _OXUM.fullmatch(declared[0])
    if match is None:
        raise refuse(INFO, f"Payload-Oxum is not bytes.files: {shown(declared[0])[:60]}")
    return Oxum(int(match[1]), int(match[2]))
