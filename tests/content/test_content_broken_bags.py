"""Bags that break one rule each, and what is said of them."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from content_bags import BASE, DECLARATION, digest, good, manifest, remake, tag_manifest, write

from shulu.content.verify import verify


def breaks(name: str, expected: str) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    def note(function: Callable[[Path], None]) -> Callable[[Path], None]:
        BROKEN[name] = (function, expected)
        return function

    return note


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {}


def listing(path: str) -> Callable[[Path], None]:
    """Break a bag by one more manifest line of this path, whose file would be found if it were followed."""

    def change(root: Path) -> None:
        (root.parent / "outside").write_bytes(b"x")
        text = (root / "manifest-sha256.txt").read_bytes()
        remake(root, "manifest-sha256.txt", text + f"{digest(b'x')}  {path}\n".encode())

    return change


for listed, said in {
    "data/../../outside": "leaves its folder",
    "../outside": "leaves its folder",
    "data/./a.txt": "leaves its folder",
    "data//a.txt": "empty part",
    "/etc/hostname": "absolute",
    "~root/.profile": "begins with ~",
    "C:/x": "Windows disks cannot hold",
    "data\\a.txt": "Windows disks cannot hold",
    "data/a.txt": "listed twice",
    "data/missing.txt": "is missing",
    "bagit.txt": "outside the payload",
    "data/x%41": "neither %25, %0A nor %0D",
    "data/nul.txt": "keeps for devices",
    "data/dot.": "ends with a dot",
    "data/" + "字" * 86: "more than 255 bytes",
    "data/\x07": "control character",
}.items():
    BROKEN[f"lists {listed[:20]!r}"] = (listing(listed), said)


@breaks("truncated last line", "digest of 40 digits and not 64")
def _(root: Path) -> None:
    text = (root / "manifest-sha256.txt").read_bytes()
    remake(root, "manifest-sha256.txt", text + digest(b"x")[:40].encode() + b"  data/gone.txt")


@breaks("cut-off line", "is not a digest and a path")
def _(root: Path) -> None:
    remake(root, "manifest-sha256.txt", (root / "manifest-sha256.txt").read_bytes() + b"0123")


@breaks("blank line", "is not a digest and a path")
def _(root: Path) -> None:
    remake(root, "manifest-sha256.txt", (root / "manifest-sha256.txt").read_bytes() + b"\n")


@breaks("byte-order mark in manifest", "is not a digest and a path")
def _(root: Path) -> None:
    remake(root, "manifest-sha256.txt", b"\xef\xbb\xbf" + (root / "manifest-sha256.txt").read_bytes())


@breaks("byte-order mark in bag-info", "is not a label and a value")
def _(root: Path) -> None:
    remake(root, "bag-info.txt", b"\xef\xbb\xbfA: b\n")


@breaks("manifest not UTF-8", "is not utf-8")
def _(root: Path) -> None:
    remake(root, "manifest-sha256.txt", (root / "manifest-sha256.txt").read_bytes() + b"\xff\n")


@breaks("extra file", "is too many")
def _(root: Path) -> None:
    write(root, {"data/extra.txt": b"x"})


@breaks("missing file", "is missing")
def _(root: Path) -> None:
    (root / "data/a.txt").unlink()


@breaks("altered file", "does not match its sha256 digest")
def _(root: Path) -> None:
    write(root, {"data/a.txt": b"hellO\n"})


@breaks("longer file", "Payload-Oxum is 12.2 and the payload is 13.2")
def _(root: Path) -> None:
    write(root, {"data/a.txt": b"hello\n\n"})


@breaks("altered tag file", "does not match its digest in tagmanifest-sha256.txt")
def _(root: Path) -> None:
    write(root, {"bag-info.txt": b"Payload-Oxum: 12.2\n"})


@breaks("tag file gone", "is missing: tagmanifest-sha256.txt lists it")
def _(root: Path) -> None:
    (root / "bag-info.txt").unlink()


@breaks("tag manifest lists payload", "may not be listed")
def _(root: Path) -> None:
    text = (root / "tagmanifest-sha256.txt").read_bytes() + manifest({"data/a.txt": b"hello\n"})
    (root / "tagmanifest-sha256.txt").write_bytes(text)


@breaks("tag manifest lacks the manifest", "is not listed in tagmanifest-sha256.txt")
def _(root: Path) -> None:
    (root / "tagmanifest-sha256.txt").write_bytes(manifest({"bagit.txt": DECLARATION}))


@breaks("wrong Oxum", "Payload-Oxum is 12.3")
def _(root: Path) -> None:
    remake(root, "bag-info.txt", b"Payload-Oxum: 12.3\n")


@breaks("malformed Oxum", "is not bytes.files")
def _(root: Path) -> None:
    remake(root, "bag-info.txt", b"Payload-Oxum: 12,2\n")


@breaks("two Oxums", "more than one Payload-Oxum")
def _(root: Path) -> None:
    remake(root, "bag-info.txt", b"Payload-Oxum: 12.2\nPayload-Oxum: 12.2\n")


@breaks("malformed bag-info", "is not a label and a value")
def _(root: Path) -> None:
    remake(root, "bag-info.txt", b"no colon here\n")


@breaks("no declaration", "this is no bag")
def _(root: Path) -> None:
    (root / "bagit.txt").unlink()


@breaks("malformed declaration", "not the two lines")
def _(root: Path) -> None:
    remake(root, "bagit.txt", b"\xef\xbb\xbf" + DECLARATION)


@breaks("unknown version", "declares BagIt 2.0")
def _(root: Path) -> None:
    remake(root, "bagit.txt", DECLARATION.replace(b"1.0", b"2.0"))


@breaks("unknown encoding", "declares the encoding idna")
def _(root: Path) -> None:
    remake(root, "bagit.txt", DECLARATION.replace(b"UTF-8", b"idna"))


@breaks("no manifest", "manifest-sha256.txt: is missing")
def _(root: Path) -> None:
    (root / "manifest-sha256.txt").unlink()
    tag_manifest(root)


@breaks("weak manifest only", "no manifest-sha512.txt either")
def _(root: Path) -> None:
    (root / "manifest-sha256.txt").unlink()
    remake(root, "manifest-md5.txt", manifest(BASE, "md5"))


@breaks("unknown algorithm", "algorithm that is not known")
def _(root: Path) -> None:
    remake(root, "manifest-crc32.txt", b"00000000  data/a.txt\n")


@breaks("manifests that differ in their files", "is too many: manifest-sha512.txt")
def _(root: Path) -> None:
    remake(root, "manifest-sha512.txt", manifest({"data/a.txt": b"hello\n"}, "sha512"))


@breaks("manifests that differ in a digest", "does not match its sha512 digest")
def _(root: Path) -> None:
    remake(root, "manifest-sha512.txt", manifest({**BASE, "data/a.txt": b"else"}, "sha512"))


@breaks("no payload folder", "payload's folder is missing")
def _(root: Path) -> None:
    shutil.rmtree(root / "data")


@breaks("fetch.txt", "would have to be fetched")
def _(root: Path) -> None:
    remake(root, "fetch.txt", b"http://127.0.0.1/a 6 data/a.txt\n")


@breaks("symbolic link to a file", "is a symbolic link")
def _(root: Path) -> None:
    shutil.copy(root / "data/a.txt", root.parent / "elsewhere")
    (root / "data/a.txt").unlink()
    (root / "data/a.txt").symlink_to(root.parent / "elsewhere")


@breaks("symbolic link to a folder", "is a symbolic link")
def _(root: Path) -> None:
    shutil.move(root / "data/sub", root.parent / "sub")
    (root / "data/sub").symlink_to(root.parent / "sub")


@breaks("linked payload", "is a symbolic link")
def _(root: Path) -> None:
    shutil.move(root / "data", root.parent / "data")
    (root / "data").symlink_to(root.parent / "data")


@breaks("named pipe", "neither a file nor a folder")
def _(root: Path) -> None:
    os.mkfifo(root / "data/pipe")


@breaks("socket", "neither a file nor a folder")
def _(root: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "data/s"))


@breaks("case duplicates", "take this for the same as data/A.txt")
def _(root: Path) -> None:
    files = {**BASE, "data/A.txt": b"other"}
    write(root, files)
    remake(root, "manifest-sha256.txt", manifest(files))


@breaks("folders that differ in case", "data/sub: some file systems take")
def _(root: Path) -> None:
    files = {**BASE, "data/SUB/c.txt": b"other"}
    write(root, files)
    remake(root, "manifest-sha256.txt", manifest(files))


@breaks("normalisation duplicates", "some file systems take")
def _(root: Path) -> None:
    files = {**BASE, "data/\u00e9": b"nfc", "data/e\u0301": b"nfd"}
    write(root, files)
    remake(root, "manifest-sha256.txt", manifest(files))


@breaks("name that is not UTF-8", "is not UTF-8")
def _(root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root) + b"/data/\xff")).write_bytes(b"x")


@pytest.mark.parametrize("name", BROKEN)
def test_every_violation_is_refused(tmp_path: Path, name: str) -> None:
    change, expected = BROKEN[name]
    root = good(tmp_path / "bag")
    change(root)
    findings = verify(root)
    assert any(expected in str(finding) for finding in findings), findings
    for finding in findings:
        assert str(finding).isprintable()


def test_all_findings_are_told_at_once(tmp_path: Path) -> None:
    root = good(tmp_path / "bag")
    write(root, {"data/extra": b"x", "data/more": b"y"})
    (root / "data/a.txt").unlink()
    assert {finding.where for finding in verify(root)} == {
        *("data/extra", "data/more", "data/a.txt", "bag-info.txt")
    }
