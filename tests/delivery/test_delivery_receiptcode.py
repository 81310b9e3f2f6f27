"""A receipt as the code of a QR picture: what the province reads is what the library signed."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from delivery_servers import Library, make_library
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parcels import Province

from shulu.delivery.receiptcode import MOST_CHARACTERS, read_code
from shulu.findings import Refused


def notice(library: Library) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((library.folder / "store/notice/status.json").read_text())
    return found


def deliver(province: Province, library: Library, bags: int = 14) -> str:
    content = [province.bag(f"c{n:02}-001", "1", {"a.epub": f"{n}".encode()}) for n in range(bags)]
    province.issue(1, *content)
    done = library.run("deliver", "--from", str(province.release_folder))
    assert done.returncode == 0, done.stderr
    code: str = notice(library)["receipt"]["code"]
    return code


@pytest.fixture
def mirror(tmp_path: Path, province: Province, library: Library) -> Library:
    """The hub, which knows the library's key; it has the release in its own store."""
    server = make_library(tmp_path / "mirror", province, "disk", code="990000")
    (server.folder / "clients").mkdir()
    (server.folder / "receipts/990101").mkdir(parents=True)
    shutil.copyfile(library.folder / "agent.pub", server.folder / "clients/990101.pub")
    return server


def test_a_code_is_the_receipt_that_was_signed(province: Province, library: Library, mirror: Library) -> None:
    code = deliver(province, library)
    assert len(code) < 700
    time.sleep(1.1)  # receipts are listed by their moments, in whole seconds
    assert mirror.run("deliver", "--from", str(province.release_folder)).returncode == 0
    done = mirror.run("receipt", "read", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("990101  release 1-1  ")
    own = next((library.folder / "state/receipts").glob("*.json"))
    came = mirror.folder / "receipts/990101" / own.name
    assert came.read_bytes() == own.read_bytes()
    assert came.with_name(f"{own.name}.sig").read_bytes() == own.with_name(f"{own.name}.sig").read_bytes()
    assert mirror.run("receipt", "check").stdout.startswith("990101  release 1-1  disk  14 bags")


def test_a_code_is_read_as_phones_and_chats_hand_it_on(
    province: Province, library: Library, mirror: Library
) -> None:
    code = deliver(province, library)
    broken = " " + code[:50].lower() + "\n" + code[50:] + "\n"
    release = str(province.release_folder / "release.json")
    done = mirror.run("receipt", "read", broken, "--release", release)
    assert done.returncode == 0, done.stderr
    without = mirror.run("receipt", "read", code)
    assert without.returncode == 1
    assert "the receipt is of release 1-1" in without.stderr
    assert "name the file with --release" in without.stderr


def test_a_code_of_another_library_or_release_is_refused(
    province: Province, library: Library, mirror: Library, tmp_path: Path
) -> None:
    code = deliver(province, library)
    release = tmp_path / "release.json"
    shutil.copyfile(province.release_folder / "release.json", release)
    other = make_library(tmp_path / "other", province, "disk", code="990102")
    shutil.copyfile(other.folder / "agent.pub", mirror.folder / "clients/990101.pub")
    done = mirror.run("receipt", "read", code, "--release", str(release))
    assert (done.returncode, "the signature is bad" in done.stderr) == (1, True)
    (mirror.folder / "clients/990101.pub").unlink()
    assert "is no library that this mirror knows" in mirror.run("receipt", "read", code).stderr
    assert list((mirror.folder / "receipts/990101").iterdir()) == []


def test_a_part_of_a_release_has_a_code_too(province: Province, library: Library, mirror: Library) -> None:
    library.write_config(library.config_file.read_text() + '[network]\ncollections = ["c01", "c03"]\n')
    code = deliver(province, library)
    release = str(province.release_folder / "release.json")
    assert mirror.run("receipt", "read", code, "--release", release).returncode == 0
    assert mirror.run("receipt", "check").stdout.startswith("990101  release 1-1  disk  2 bags")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_goes_unnoticed_or_ends_in_anything_but_a_refusal(
    province: Province, library: Library, data: st.DataObject
) -> None:
    if not (library.folder / "store/live").exists():
        deliver(province, library, 3)
    code = notice(library)["receipt"]["code"]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    place = data.draw(st.integers(0, len(code) - 1))
    damaged = (
        code[:place] + data.draw(st.sampled_from(letters)) + code[place + data.draw(st.integers(0, 2)) :]
    )
    release = (province.release_folder / "release.json").read_bytes()
    key = (library.folder / "agent.pub").read_text()
    good = read_code(code, lambda *_: release, lambda _: key)
    try:
        read = read_code(damaged, lambda *_: release, lambda _: key)
    except Refused:
        return
    # What can be read is another receipt or another signature, which the check of the signature refuses.
    assert read != good or damaged == code


def test_a_receipt_that_is_too_long_has_no_code(province: Province, library: Library) -> None:
    name = "".join(chr(0x4E00 + 97 * n % 20000) for n in range(MOST_CHARACTERS))
    library.write_config(library.config_file.read_text().replace("临江县图书馆", name))
    assert deliver(province, library, 1) == ""


def test_the_notice_names_errors_and_no_addresses(province: Province, library: Library) -> None:
    deliver(province, library, 1)
    assert notice(library)["activity"]["state"] == "live"
    assert notice(library)["errors"] == []
    (province.release_folder / "release.json.sig").write_text("nothing")
    for _ in range(2):
        assert library.run("deliver", "--from", str(province.release_folder)).returncode == 1
    told = notice(library)
    assert told["activity"]["state"] == "failed"
    assert [error["message"] for error in told["errors"]] == [told["activity"]["message"]]
    assert told["receipt"]["release"] == "1-1"
    assert oct((library.folder / "store/notice/status.json").stat().st_mode) == "0o100644"
