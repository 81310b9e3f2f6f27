"""Bags that RFC 8493 allows, each in its own way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bagit
import pytest
from content_bags import BASE, DECLARATION, digest, good, manifest, remake, tag_manifest, write

from shulu.content.bag import check_structure
from shulu.content.verify import verify


def minimal(root: Path) -> None:
    write(root, {**BASE, "bagit.txt": DECLARATION, "manifest-sha256.txt": manifest(BASE)})


def sha512(root: Path) -> None:
    write(root, {**BASE, "bagit.txt": DECLARATION, "manifest-sha512.txt": manifest(BASE, "sha512")})


def three_manifests(root: Path) -> None:
    minimal(root)
    write(root, {f"manifest-{name}.txt": manifest(BASE, name) for name in ("sha512", "md5")})
    tag_manifest(root)


def crlf(root: Path) -> None:
    minimal(root)
    write(root, {"bagit.txt": DECLARATION.replace(b"\n", b"\r\n"), "bag-info.txt": b"A: b\r\n  c\r\n"})
    remake(root, "manifest-sha256.txt", manifest(BASE, end="\r\n"))


def carriage_returns(root: Path) -> None:
    minimal(root)
    remake(root, "manifest-sha256.txt", manifest(BASE, end="\r"))


def no_last_line_end(root: Path) -> None:
    minimal(root)
    write(root, {"bagit.txt": DECLARATION.rstrip(), "manifest-sha256.txt": manifest(BASE).rstrip()})


def upper_case_and_tabs(root: Path) -> None:
    minimal(root)
    lines = manifest(BASE).decode().splitlines()
    text = "".join(f"{line[:64].upper()}\t \t{line[66:]}\n" for line in lines)
    remake(root, "manifest-sha256.txt", text.encode())


def percent_encoded(root: Path) -> None:
    files = {"data/100%.txt": b"p", "data/a\nb": b"lf", "data/c\rd": b"cr", "data/%41": b"literal"}
    write(root, {**files, "bagit.txt": DECLARATION})
    listed = {"data/100%25.txt": b"p", "data/a%0Ab": b"lf", "data/c%0dd": b"cr", "data/%2541": b"literal"}
    remake(root, "manifest-sha256.txt", manifest(listed))


def old_percent(root: Path) -> None:
    files = {"data/100%25.txt": b"p"}
    declaration = DECLARATION.replace(b"1.0", b"0.97")
    write(root, {**files, "bagit.txt": declaration, "manifest-sha256.txt": manifest(files)})


def chinese_and_spaces(root: Path) -> None:
    good(root, {"唐诗 三百首/李白 (一).txt": "床前明月光".encode(), " lead": b"", "e\u0301": b"nfd"})


def empty_payload(root: Path) -> None:
    good(root, {})


def other_tag_files(root: Path) -> None:
    good(root)
    write(root, {"metadata/dc.xml": b"<dc/>", "metadata/data/x": b"1"})


def utf16(root: Path) -> None:
    declaration = DECLARATION.replace(b"UTF-8", b"UTF-16")
    text = manifest(BASE).decode().encode("utf-16")
    write(root, {**BASE, "bagit.txt": declaration, "manifest-sha256.txt": text})


def repeated_metadata(root: Path) -> None:
    good(root)
    remake(root, "bag-info.txt", b"Contact-Name: A\nContact-Name: B\nX: \nPayload-Oxum: 12.2\n")


def made_by_bagit(root: Path) -> None:
    write(root, {"a.txt": b"hello", "sub/b.txt": b"world"})
    bagit.make_bag(str(root), checksums=["sha256", "sha512"])


VALID: list[Callable[[Path], object]] = [
    *(good, minimal, sha512, three_manifests, crlf, carriage_returns, no_last_line_end, upper_case_and_tabs),
    *(percent_encoded, old_percent, chinese_and_spaces, empty_payload, other_tag_files, utf16),
    *(repeated_metadata, made_by_bagit),
]


@pytest.mark.parametrize("make", VALID, ids=lambda make: make.__name__)
def test_valid_bags_are_accepted(tmp_path: Path, make: Callable[[Path], object]) -> None:
    root = tmp_path / "bag"
    root.mkdir()
    make(root)
    assert verify(root) == []


def test_structure_tells_what_is_in_a_bag(tmp_path: Path) -> None:
    three_manifests(tmp_path)
    bag = check_structure(tmp_path)
    assert bag.algorithm == "sha256"
    assert bag.payload == {path: digest(data) for path, data in sorted(BASE.items())}
    assert str(bag.oxum) == "12.2"
    assert set(bag.tag_files) == {
        *("bagit.txt", "manifest-md5.txt", "manifest-sha256.txt", "manifest-sha512.txt"),
        "tagmanifest-sha256.txt",
    }
