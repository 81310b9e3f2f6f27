from __future__ import annotations

import multiprocessing
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest
from content_bags import DECLARATION, digest, good, manifest, tag_manifest, write

from shulu.cli.main import main
from shulu.content.bag import check_digest, check_structure, identify
from shulu.content.release import BagEntry, Licence
from shulu.content.verify import verify
from shulu.findings import Refused
from shulu.progress import Progress

BASE = {"data/a.txt": b"hello\n", "data/sub/b.txt": b"world\n"}


def without_tag_manifest(root: Path) -> Path:
    good(root)
    (root / "tagmanifest-sha256.txt").unlink()
    return root


def remake(root: Path, name: str, data: bytes) -> None:
    (root / name).write_bytes(data)
    tag_manifest(root)


# --- valid bags of RFC 8493 ---------------------------------------------------------------------------------


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


# --- what is refused ----------------------------------------------------------------------------------------


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


# --- how it works -------------------------------------------------------------------------------------------


def many(root: Path) -> Path:
    payload = {f"{n % 7}/{n}.bin": bytes([n % 251]) * (n * 37) for n in range(700)}
    payload["large.bin"] = os.urandom(33 << 20)
    return good(root, payload)


def test_all_cores_find_the_same(tmp_path: Path) -> None:
    root = many(tmp_path / "bag")
    progress = Progress(interval=0.01)
    assert verify(root, progress=progress, processes=2) == []
    assert progress.done_bytes == progress.total_bytes
    assert progress.done_files == progress.total_files == 701
    with (root / "data/large.bin").open("r+b") as stream:
        stream.seek(20 << 20)
        byte = stream.read(1)
        stream.seek(20 << 20)
        stream.write(bytes([byte[0] ^ 1]))
    write(root, {"data/3/10.bin": b"\x0b" * 370})
    for processes in (1, 2):
        assert [finding.where for finding in verify(root, processes=processes)] == [
            *("data/3/10.bin", "data/large.bin")
        ]


class StopError(Exception):
    pass


def stop_after(count: int) -> Callable[[Progress], None]:
    def listen(progress: Progress) -> None:
        if progress.done_files >= count:
            raise StopError

    return listen


def test_an_interrupted_verification_resumes(tmp_path: Path) -> None:
    root = many(tmp_path / "bag")
    journal = tmp_path / "journal"
    with pytest.raises(StopError):
        verify(root, processes=1, journal=journal, progress=Progress(interval=0, listener=stop_after(400)))
    with journal.open("a") as stream:
        stream.write("12 34 torn")
    # A file that changed after it was found good is read again.
    target = root / "data/0/7.bin"
    times = target.stat()
    target.write_bytes(b"\x08" * (7 * 37))
    os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))
    progress = Progress()
    findings = verify(root, processes=1, journal=journal, progress=progress)
    assert [finding.where for finding in findings] == ["data/0/7.bin"]
    assert progress.resumed_bytes > 0
    assert progress.done_files == 701
    assert not journal.exists()


def test_a_journal_of_another_bag_counts_nothing(tmp_path: Path) -> None:
    root = good(tmp_path / "bag")
    journal = tmp_path / "journal"
    with pytest.raises(StopError):
        verify(root, journal=journal, progress=Progress(interval=0, listener=stop_after(2)))
    other = good(tmp_path / "other", {"a.txt": b"hello\n", "sub/b.txt": b"World\n"})
    progress = Progress()
    assert verify(other, journal=journal, progress=progress) == []
    assert progress.resumed_bytes == 0


def test_a_journal_within_the_bag_is_refused(tmp_path: Path) -> None:
    root = good(tmp_path / "bag")
    with pytest.raises(Refused, match="within the bag"):
        verify(root, journal=root / "journal")


# --- the chain from the release -----------------------------------------------------------------------------


def entry_of(root: Path) -> BagEntry:
    name, bag = identify(root)
    return BagEntry("x-001", "x", "1", name, bag.oxum.bytes, bag.oxum.files, Licence("lan"))


def test_the_bag_that_the_release_names(tmp_path: Path) -> None:
    root = good(tmp_path / "bag")
    assert check_digest(root, entry_of(root)) == check_structure(root)


def test_another_bag_is_refused(tmp_path: Path) -> None:
    root = good(tmp_path / "bag")
    other = good(tmp_path / "other", {"a.txt": b"HELLO\n", "sub/b.txt": b"world\n"})
    with pytest.raises(Refused, match="is not the bag that the release names"):
        check_digest(other, entry_of(root))


@pytest.mark.parametrize("name", ["tagmanifest-sha512.txt", "manifest-sha512.txt", "notes.txt", "x/y"])
def test_no_file_may_lie_beside_the_chain(tmp_path: Path, name: str) -> None:
    root = good(tmp_path / "bag")
    entry = entry_of(root)
    text = manifest({"manifest-sha256.txt": (root / "manifest-sha256.txt").read_bytes()}, "sha512")
    write(root, {name: text})
    with pytest.raises(Refused, match="the tag manifest does not list this file"):
        check_digest(root, entry)


def test_a_release_that_counts_otherwise_is_refused(tmp_path: Path) -> None:
    root = good(tmp_path / "bag")
    found = entry_of(root)
    entry = BagEntry(found.id, found.collection, found.version, found.digest, 13, found.files, found.licence)
    with pytest.raises(Refused, match=r"the payload is 12\.2 and the release says 13\.2"):
        check_digest(root, entry)


# --- the command --------------------------------------------------------------------------------------------


def test_the_command_says_valid_and_exits_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = good(tmp_path / "bag")
    assert main(["verify", str(root)]) == 0
    said = capsys.readouterr()
    assert said.out == f"{root}: valid, 2 files, 12 bytes\n"
    assert "verify 100.0 %" in said.err


def test_the_command_prints_a_line_per_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = good(tmp_path / "bag")
    write(root, {"data/a.txt": b"hellO\n", "data/sub/b.txt": b"World\n"})
    assert main(["verify", str(root), "--quiet"]) == 1
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 2
    assert said.err == ""
    assert main(["verify", str(root), "--json", "--quiet"]) == 1
    assert '"valid": false' in capsys.readouterr().out


def test_a_link_to_a_bag_is_followed(tmp_path: Path) -> None:
    good(tmp_path / "bag")
    (tmp_path / "live").symlink_to("bag")
    assert main(["verify", str(tmp_path / "live"), "--quiet"]) == 0


def test_a_killed_worker_is_told(tmp_path: Path) -> None:
    root = many(tmp_path / "bag")

    def kill(progress: Progress) -> None:
        for child in multiprocessing.active_children():
            child.kill()

    with pytest.raises(Refused, match="a hashing process was killed"):
        verify(root, processes=2, progress=Progress(interval=0, listener=kill))


def test_what_is_no_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path / "nothing"), "--quiet"]) == 1
    assert "is not a folder" in capsys.readouterr().out
