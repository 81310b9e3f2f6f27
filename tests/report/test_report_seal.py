"""The quick check of signatures: it proves what OpenSSH proves, and nothing that OpenSSH does not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_province import key

from shulu.content.signature import NAMESPACE_RECEIPT, NAMESPACE_RELEASE, sign
from shulu.report.seal import holds


class Signed:
    """A file, its key and its signature, each made by OpenSSH."""

    def __init__(self, folder: Path) -> None:
        self.private = key(folder / "key")
        self.public = self.private.with_suffix(".pub").read_text()
        (folder / "r.json").write_bytes(b"what is said\n")
        self.text = (folder / "r.json").read_bytes()
        self.signature = sign(folder / "r.json", self.private, NAMESPACE_RECEIPT).read_bytes()


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    return Signed(tmp_path_factory.mktemp("seal"))


def test_what_openssh_signed_holds(signed: Signed) -> None:
    assert holds(signed.text, signed.signature, signed.public, NAMESPACE_RECEIPT)


def test_other_bytes_another_purpose_and_another_key_do_not(signed: Signed, tmp_path: Path) -> None:
    other = key(tmp_path / "other").with_suffix(".pub").read_text()
    assert not holds(signed.text + b" ", signed.signature, signed.public, NAMESPACE_RECEIPT)
    assert not holds(signed.text, signed.signature, signed.public, NAMESPACE_RELEASE)
    assert not holds(signed.text, signed.signature, other, NAMESPACE_RECEIPT)


@pytest.mark.parametrize("words", [("rsa", "-b", "2048"), ("ecdsa",)], ids=["rsa", "ecdsa"])
def test_of_other_kinds_of_keys_nothing_is_said(tmp_path: Path, words: tuple[str, ...]) -> None:
    private = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-f", private, "-t", *words], check=True)
    (tmp_path / "r.json").write_bytes(b"x")
    signature = sign(tmp_path / "r.json", private, NAMESPACE_RECEIPT).read_bytes()
    assert not holds(b"x", signature, private.with_suffix(".pub").read_text(), NAMESPACE_RECEIPT)


@given(place=st.integers(0), byte=st.integers(0, 255))
def test_no_byte_of_a_signature_can_be_another(signed: Signed, place: int, byte: int) -> None:
    spoilt = bytearray(signed.signature)
    place %= len(spoilt)
    if spoilt[place] != byte:
        spoilt[place] = byte
        assert not holds(signed.text, bytes(spoilt), signed.public, NAMESPACE_RECEIPT)


@given(st.binary(max_size=400), st.text(max_size=100))
def test_junk_proves_nothing(signature: bytes, public_key: str) -> None:
    assert not holds(b"x", signature, public_key, NAMESPACE_RECEIPT)
    begin, end = b"-----BEGIN SSH SIGNATURE-----\n", b"\n-----END SSH SIGNATURE-----\n"
    assert not holds(b"x", begin + signature + end, f"ssh-ed25519 {public_key}", NAMESPACE_RECEIPT)
