from __future__ import annotations

import sys
from pathlib import Path

import pytest

from plugins.filter.receipt_folders import receipt_folders
from plugins.modules import ship_disk
from shulu.campaign import command

OPTIONS = {
    "serial": "WD-1",
    "source": "/srv/release",
    "trust": "/srv/keys",
    "format": "ext4",
    "collections": [],
    "bags": [],
    "erase": False,
}


def test_a_disk_is_erased_only_when_its_serial_is_said_twice() -> None:
    assert "--erase" not in ship_disk.arguments(OPTIONS, "/dev/sdb")
    words = ship_disk.arguments(OPTIONS | {"erase": True, "collections": ["ebooks", "journals"]}, "/dev/sdb")
    assert words[words.index("--erase") + 1] == "WD-1"
    assert words[words.index("--collections") + 1] == "ebooks,journals"


def test_a_serial_that_no_disk_bears_is_refused_with_those_that_are_there() -> None:
    with pytest.raises(ship_disk.ShipError, match="no disk with the serial NO-SUCH"):
        ship_disk.find("NO-SUCH")


def test_what_shulu_refuses_is_said_in_its_own_words(tmp_path: Path) -> None:
    words = ship_disk.arguments(OPTIONS | {"source": str(tmp_path), "trust": str(tmp_path)}, "/dev/null")
    with pytest.raises(ship_disk.ShipError, match="shulu ship: "):
        ship_disk.run([sys.executable, "-m", "shulu.cli.main"], words)


def test_a_command_tells_its_exit_code_output_and_complaints(tmp_path: Path) -> None:
    done = command.run(["verify", str(tmp_path), "--quiet"], print)
    assert done.code == 1
    assert "bagit.txt: is missing" in done.output


def test_each_library_s_receipts_have_a_folder_of_their_own() -> None:
    folders = receipt_folders(["990102", "990101"], "/var/lib/shulu-receipts", "shulu-receipts")
    assert [folder["path"] for folder in folders] == [
        "/var/lib/shulu-receipts/990101",
        "/var/lib/shulu-receipts/990102",
    ]
    assert {folder["owner"] for folder in folders} == {"shulu-receipts"}
