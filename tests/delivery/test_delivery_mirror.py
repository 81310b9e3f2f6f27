"""The mirror's side: whose key is let in, to what, and how receipts are believed."""

from __future__ import annotations

import base64
import json
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
from delivery_servers import Hub, Library, load_hub, make_library, serve
from parcels import Province, make_key

from shulu.content.signature import NAMESPACE_RECEIPT, sign
from shulu.delivery.mirror import authorized_keys


@pytest.fixture
def mirror(tmp_path: Path, province: Province) -> Library:
    library = make_library(tmp_path / "mirror", province, "disk", code="990000")
    for name in ("clients", "receipts"):
        (library.folder / name).mkdir()
    return library


def client(mirror: Library, code: str) -> Path:
    key = make_key(mirror.folder / f"key-{code}")
    shutil.copy(key.with_suffix(".pub"), mirror.folder / f"clients/{code}.pub")
    return key


def test_each_key_is_forced_into_one_command_of_its_library(mirror: Library) -> None:
    client(mirror, "990101")
    lines, findings = authorized_keys(mirror.config.mirror, "root")
    assert findings == []
    assert len(lines) == 1
    assert lines[0].startswith('restrict,command="/usr/bin/shulu mirror serve 990101" ssh-ed25519 AAAA')
    assert lines[0].endswith(" 990101")
    assert "mirror receive 990101" in authorized_keys(mirror.config.mirror, "nobody")[0][0]
    assert authorized_keys(mirror.config.mirror, "admin")[0] == []


RSA = base64.b64encode(struct.pack(">I", 7) + b"ssh-rsa" + bytes(40)).decode()
SHORT = base64.b64encode(struct.pack(">I", 11) + b"ssh-ed25519" + struct.pack(">I", 32) + bytes(31)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519 !!!!",
        f"ssh-ed25519 {RSA}",
        f"ssh-ed25519 {SHORT}",
        f"ssh-rsa {RSA}",
        'command="/bin/sh" ssh-ed25519 {key}',
        "ssh-ed25519 {key}\nssh-ed25519 {key}",
        "ssh-ed25519 {key}\u00e9 x",
    ],
)
def test_a_bad_key_file_admits_nobody_and_harms_no_other(mirror: Library, text: str) -> None:
    client(mirror, "990101")
    key = (mirror.folder / "clients/990101.pub").read_text().split()[1]
    (mirror.folder / "clients/990102.pub").write_text(text.replace("{key}", key), "utf-8")
    (mirror.folder / "clients/../clients/x y.pub").write_text(f"ssh-ed25519 {key}")
    lines, findings = authorized_keys(mirror.config.mirror, "root")
    assert [line.rpartition(" ")[2] for line in lines] == ["990101"]
    assert len(findings) == 2


def receipt(mirror: Library, key: Path, code: str, name: str, folder: str = "", **more: object) -> Path:
    place = mirror.folder / "receipts" / (folder or code)
    place.mkdir(exist_ok=True)
    document = {
        "format": 1,
        "library": code,
        "name": "临江县图书馆",
        "route": "network",
        "release": {"epoch": 1, "serial": 7},
        "bags": [],
        **dict.fromkeys(("files", "bytes", "travelled_files", "travelled_bytes", "linked_files"), 0),
        "bad_files": [],
        "source": "990000 at 10.99.0.1",
        "started": "2026-11-24T03:00:00Z",
        "ended": "2026-11-24T03:10:00Z",
        "verified": "sha256 of every file that came",
        "free_bytes": 1,
        "agent": "shulu 0.1.0",
        **more,
    }
    file = place / name
    file.write_text(json.dumps(document))
    sign(file, key, NAMESPACE_RECEIPT)
    return file


GOOD = "1-7-20261124T031000Z.json"


def test_a_good_receipt_is_believed(mirror: Library) -> None:
    receipt(mirror, client(mirror, "990101"), "990101", GOOD)
    done = mirror.run("receipt", "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "990101  release 1-7  network  0 bags  2026-11-24T03:10:00Z\n"


def test_a_hub_that_nobody_is_above_of_holds_its_own(hub: Hub, province: Province) -> None:
    province.issue(1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    load_hub(hub, province)
    province.issue(2, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    load_hub(hub, province)
    own = hub.server.run("receipt", "check")
    assert (own.returncode, own.stderr, own.stdout.count("\n")) == (0, "", 2)
    assert own.stdout.startswith("990000  release 1-1  disk  1 bags  ")
    newest = json.loads(hub.server.run("receipt", "check", "--newest", "--json").stdout)["receipts"]
    assert [(each["library"], each["release"]["serial"]) for each in newest] == [("990000", 2)]
    for file in (hub.server.folder / "state/receipts").glob("*.json"):
        file.write_text(file.read_text().replace("ebooks", "e-book"))
    forged = hub.server.run("receipt", "check")
    assert (forged.returncode, forged.stdout, forged.stderr.count("the signature is bad")) == (1, "", 2)


def test_who_has_a_server_above_leaves_its_own_to_it(
    hub: Hub, province: Province, network_library: Library
) -> None:
    serve(province, hub, 1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    assert network_library.run("deliver").returncode == 0
    done = network_library.run("receipt", "check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    held = hub.server.run("receipt", "check").stdout
    assert [line.split()[0] for line in held.splitlines()] == ["990000", "990101"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("another library's", "is the receipt of 990102 and lies in the folder of 990101"),
        ("another library's key", "the signature is by an unknown key"),
        ("altered", "the signature is bad"),
        ("sent again", "sent again under another name"),
        ("unsigned", "cannot be read"),
        ("badly named", "is not named as receipts are"),
        ("of a stranger", "belongs to no library that this mirror knows"),
        ("no receipt", "is no receipt"),
    ],
)
def test_other_receipts_are_refused(mirror: Library, fault: str, expected: str) -> None:
    key, other = client(mirror, "990101"), client(mirror, "990102")
    match fault:
        case "another library's":
            receipt(mirror, key, "990102", GOOD, folder="990101")
        case "another library's key":
            receipt(mirror, other, "990101", GOOD)
        case "altered":
            file = receipt(mirror, key, "990101", GOOD)
            file.write_text(file.read_text().replace("network", "disk"))
        case "sent again":
            receipt(mirror, key, "990101", "1-7-20261225T000000Z.json")
        case "unsigned":
            receipt(mirror, key, "990101", GOOD).with_suffix(".json.sig").unlink()
        case "badly named":
            receipt(mirror, key, "990101", "new.json")
        case "of a stranger":
            receipt(mirror, key, "990103", GOOD)
        case _:
            receipt(mirror, key, "990101", GOOD, release=None)
    done = mirror.run("receipt", "check", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["receipts"] == []
    assert len(found["findings"]) == 1
    assert expected in found["findings"][0]


@pytest.mark.parametrize(
    "nonsense",
    [
        {"bags": 7},
        {"bags": ["ebooks-001"]},
        {"bags": [{"id": "ebooks-001", "version": 1, "digest": ""}]},
        {"route": None},
        {"route": "\ud800"},
        {"free_bytes": 10**30},
        {"release": {"epoch": True, "serial": 7}},
        {"ended": 7},
        {"started": "yesterday"},
        {"more": {}},
    ],
    ids=str,
)
def test_signed_nonsense_of_one_library_hides_no_other(mirror: Library, nonsense: dict[str, Any]) -> None:
    receipt(mirror, client(mirror, "990101"), "990101", GOOD, **nonsense)
    receipt(mirror, client(mirror, "990102"), "990102", GOOD)
    _only_the_good_one(mirror)


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "null", "", '{"library": "990101"}', "\0"])
def test_what_is_no_document_hides_no_other_receipt(mirror: Library, text: str) -> None:
    key = client(mirror, "990101")
    file = receipt(mirror, key, "990101", GOOD)
    file.write_text(text)
    sign(file, key, NAMESPACE_RECEIPT)
    receipt(mirror, client(mirror, "990102"), "990102", GOOD)
    _only_the_good_one(mirror)


def _only_the_good_one(mirror: Library) -> None:
    done = mirror.run("receipt", "check")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "is no receipt" in done.stderr
    assert done.stdout == "990102  release 1-7  network  0 bags  2026-11-24T03:10:00Z\n"
