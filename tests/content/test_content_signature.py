from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shulu.content import keyring
from shulu.content.licence import Licence
from shulu.content.release import BagEntry, Release, dump
from shulu.content.signature import (
    NAMESPACE_RECEIPT,
    NAMESPACE_RELEASE,
    Trust,
    load_release,
    sign,
    verify,
)
from shulu.findings import Refused

RELEASE = Release(
    1,
    7,
    datetime(2026, 11, 23, tzinfo=UTC),
    datetime(2027, 11, 23, tzinfo=UTC),
    (BagEntry("ebooks-001", "ebooks", "1", f"sha256:{'0' * 64}", 1, 1, Licence("lan")),),
)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    keyring.new("first", folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path, keys: Path) -> Path:
    root = tmp_path / "release"
    root.mkdir()
    (root / "release.json").write_bytes(dump(RELEASE))
    sign(root / "release.json", keys / "first", NAMESPACE_RELEASE)
    return root


def stranger(folder: Path) -> Path:
    key = folder / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    return key


def test_a_signed_release_is_loaded(folder: Path, keys: Path) -> None:
    assert load_release(folder, Trust.at(keys)) == RELEASE


def refusal(folder: Path, keys: Path) -> str:
    with pytest.raises(Refused) as refused:
        load_release(folder, Trust.at(keys))
    assert len(refused.value.findings) == 1
    text = str(refused.value)
    assert "\n" not in text
    return text


def test_an_altered_release_is_refused(folder: Path, keys: Path) -> None:
    path = folder / "release.json"
    path.write_bytes(path.read_bytes().replace(b'"serial": 7', b'"serial": 8'))
    assert "the signature is bad: the signed file was altered" in refusal(folder, keys)


def test_an_unknown_key_is_refused(folder: Path, keys: Path, tmp_path: Path) -> None:
    sign(folder / "release.json", stranger(tmp_path), NAMESPACE_RELEASE)
    assert "by an unknown key: ED25519 key SHA256:" in refusal(folder, keys)


def test_a_revoked_key_is_refused_and_the_other_is_not(folder: Path, keys: Path) -> None:
    keyring.new("second", keys)
    keyring.revoke("first", keys)
    assert "by a revoked key: ED25519 key SHA256:" in refusal(folder, keys)
    sign(folder / "release.json", keys / "second", NAMESPACE_RELEASE)
    assert load_release(folder, Trust.at(keys)) == RELEASE


def test_a_signature_for_another_purpose_is_refused(folder: Path, keys: Path) -> None:
    sign(folder / "release.json", keys / "first", NAMESPACE_RECEIPT)
    assert "made for another purpose" in refusal(folder, keys)


def test_a_key_for_other_principals_is_refused(folder: Path, keys: Path) -> None:
    with pytest.raises(Refused, match="by an unknown key"):
        verify(
            folder / "release.json",
            folder / "release.json.sig",
            Trust.at(keys),
            principal="990101",
            namespace=NAMESPACE_RELEASE,
        )


@pytest.mark.parametrize("text", [b"", b"nonsense\n", b"-----BEGIN SSH SIGNATURE-----\nAAAA\n"])
def test_a_malformed_signature_is_refused(folder: Path, keys: Path, text: bytes) -> None:
    (folder / "release.json.sig").write_bytes(text)
    assert "is no SSH signature" in refusal(folder, keys)


def test_a_signature_cut_off_is_refused(folder: Path, keys: Path) -> None:
    path = folder / "release.json.sig"
    path.write_bytes(path.read_bytes()[:150])
    assert "is no SSH signature" in refusal(folder, keys)


def test_missing_files_are_refused(folder: Path, keys: Path) -> None:
    (folder / "release.json.sig").unlink()
    assert "release.json.sig: cannot be read" in refusal(folder, keys)
    (folder / "release.json").unlink()
    assert "release.json: cannot be read" in refusal(folder, keys)


def test_links_and_pipes_are_not_read(folder: Path, keys: Path) -> None:
    path = folder / "release.json.sig"
    path.rename(folder / "elsewhere")
    path.symlink_to("elsewhere")
    assert "cannot be read" in refusal(folder, keys)
    path.unlink()
    os.mkfifo(path)
    assert "is not a regular file" in refusal(folder, keys)


def test_too_long_a_signature_is_refused(folder: Path, keys: Path) -> None:
    (folder / "release.json.sig").write_bytes(b"x" * 70_000)
    assert "has more than" in refusal(folder, keys)


@pytest.mark.parametrize("name", ["allowed_signers", "revoked.krl"])
def test_without_trust_nothing_holds(folder: Path, keys: Path, name: str) -> None:
    (keys / name).unlink()
    assert f"{name}: is missing, so nothing can be trusted" in refusal(folder, keys)


def test_a_damaged_revocation_list_trusts_nobody(folder: Path, keys: Path) -> None:
    (keys / "revoked.krl").write_bytes(b"SSHKRL\n\0broken")
    assert "is no key revocation list" in refusal(folder, keys)


def test_a_key_that_cannot_sign_is_named(folder: Path, keys: Path) -> None:
    with pytest.raises(Refused, match="cannot sign"):
        sign(folder / "release.json", keys / "nobody", NAMESPACE_RELEASE)


def test_keys_lie_as_they_should(keys: Path) -> None:
    assert (keys / "first").stat().st_mode & 0o777 == 0o600
    assert (keys / "revoked.krl").exists()
    assert (
        (keys / "allowed_signers").read_text().startswith('release namespaces="release@shulu" ssh-ed25519 ')
    )
    with pytest.raises(Refused, match="is there already"):
        keyring.new("first", keys)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "allowed_signers", "revoked.krl", "x.pub", "-f"])
def test_bad_names_of_keys_are_refused(keys: Path, name: str) -> None:
    with pytest.raises(Refused, match="cannot be a key's name"):
        keyring.new(name, keys)


def test_revoking_twice_changes_nothing(keys: Path) -> None:
    keyring.new("second", keys)
    keyring.revoke("first", keys)
    before = (keys / "revoked.krl").read_bytes()
    assert keyring.revoke("first", keys).revoked
    assert (keys / "revoked.krl").read_bytes() == before
    keyring.revoke("second", keys)
    assert [key.revoked for key in keyring.listed(keys)] == [True, True]
    with pytest.raises(Refused, match="trusted are: first, second"):
        keyring.revoke("third", keys)
