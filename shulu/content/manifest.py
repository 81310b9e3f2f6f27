"""Manifests of BagIt (RFC 8493, 2.1.3 and 2.2.1): lines of a digest, white space and a path.

A parsed manifest is a dict from the path within the bag to the digest in lower-case hex.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shulu.content.names import shown, unsafe
from shulu.findings import Finding, Refused

HEX_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
"""The algorithms that are understood, with the digits of their digests."""
STRONG = ("sha256", "sha512")
"""A bag must have a payload manifest of one of these; the first that it has is the one that counts."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_ENTRY = re.compile(r"([0-9A-Fa-f]+)[ \t]+(.+)", re.DOTALL)
_ESCAPE = re.compile(r"%0[AaDd]|%25")
_ESCAPES = {"%0A": "\n", "%0D": "\r", "%25": "%"}


def parse_manifest(
    text: bytes,
    *,
    where: str = "manifest-sha256.txt",
    algorithm: str = "sha256",
    encoding: str = "utf-8",
    percent: bool = True,
) -> dict[str, str]:
    """Read a manifest, in the order of its lines.

    Line ends are LF, CR or CRLF; the last line may lack its own (RFC 8493, 2.3). ``percent`` is BagIt 1.0's
    rule that ``%`` itself stands as ``%25``; without it (0.97) only the line ends are escaped. Raises Refused
    with every line that is malformed, names a path twice, or leaves the bag.
    """
    try:
        content = text.decode(encoding)
    except ValueError as error:
        raise Refused([Finding(where, f"is not {encoding}: {error}")]) from error
    entries: dict[str, str] = {}
    findings: list[Finding] = []
    digits = HEX_DIGITS[algorithm]
    for number, line in enumerate(_lines(content), 1):
        entry = _ENTRY.fullmatch(line)
        problem = _malformed(entry, digits, percent)
        if entry is None or problem:
            findings.append(Finding(f"{where}:{number}", f"{problem}: {shown(line)[:120]}"))
            continue
        path = decode_path(entry[2], percent=percent)
        if problem := unsafe(path):
            findings.append(Finding(f"{where}:{number}", f"{problem}: {shown(path)}"))
        elif path in entries:
            findings.append(Finding(f"{where}:{number}", f"a file is listed twice: {shown(path)}"))
        else:
            entries[path] = entry[1].lower()
    if findings:
        raise Refused(findings)
    return entries


def format_manifest(entries: dict[str, str]) -> bytes:
    """Write a manifest: UTF-8, LF, sorted by the path's bytes, two spaces as sha256sum has them."""
    lines = sorted((encode_path(path).encode(), digest) for path, digest in entries.items())
    return b"".join(b"%s  %s\n" % (digest.encode(), path) for path, digest in lines)


def encode_path(path: str) -> str:
    """Escape what may not stand in a manifest: ``%``, LF and CR (RFC 8493, 2.1.3)."""
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def decode_path(text: str, *, percent: bool = True) -> str:
    """Undo ``encode_path``; without ``percent`` a ``%25`` stays as it is (BagIt 0.97)."""
    if "%" not in text:
        return text

    def character(match: re.Match[str]) -> str:
        escape = match[0].upper()
        return match[0] if escape == "%25" and not percent else _ESCAPES[escape]

    return _ESCAPE.sub(character, text)


def _lines(content: str) -> Iterator[str]:
    """Yield lines one by one: a list of 300,000 of them would take more than the manifest itself."""
    start = 0
    for match in _LINE_END.finditer(content):
        yield content[start : match.start()]
        start = match.end()
    if start < len(content):
        yield content[start:]


def _malformed(entry: re.Match[str] | None, digits: int, percent: bool) -> str:
    if entry is None:
        return "is not a digest and a path"
    if len(entry[1]) != digits:
        return f"has a digest of {len(entry[1])} digits and not {digits}"
    if percent and entry[2].count("%") != len(_ESCAPE.findall(entry[2])):
        return "has a % that is neither %25, %0A nor %0D"
    return ""
