"""What a library may drop at a mirror, over a real sshd and rrsync, and what stays of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from delivery_servers import Hub, Library, serve
from parcels import Province

from shulu.delivery import inbox
from shulu.delivery.inbox import KEPT, MOST_BYTES, MOST_FOLDER_BYTES, MOST_FOLDER_FILES, sweep
from shulu.findings import Refused


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_newest_and_the_first_of_each_release_stay(tmp_path: Path) -> None:
    made = [f"1-{serial}-202{serial}01{day:02}T000000Z.json" for serial in (1, 2) for day in range(1, 31)]
    made += [f"1-3-20250{month}{day:02}T000000Z.json" for month in range(1, 7) for day in range(1, 29)]
    made += [f"1-4-20260{month}{day:02}T000000Z.json" for month in range(1, 7) for day in range(1, 29)]
    for name in made:
        (tmp_path / name).touch()
        (tmp_path / f"{name}.sig").touch()
    sweep(tmp_path)
    expected = {made[0], made[30], made[60], *made[-KEPT:]}
    assert len(made) > len(expected) == KEPT + 3
    assert names(tmp_path) == expected | {f"{name}.sig" for name in expected}


def test_what_is_no_receipt_is_swept(tmp_path: Path) -> None:
    good = "1-7-20261124T031000Z.json"
    (tmp_path / good).touch()
    (tmp_path / "film.mkv").touch()
    (tmp_path / "folder/deep").mkdir(parents=True)
    (tmp_path / "1-7-20261125T031000Z.json").symlink_to("/etc/passwd")
    (tmp_path / "1-7-20261126T031000Z.json").mkdir()
    (tmp_path / ".1-8-20261124T031000Z.json.Xy12Ab").touch()
    sweep(tmp_path)
    assert names(tmp_path) == {good, ".1-8-20261124T031000Z.json.Xy12Ab"}, "rsync may be writing"


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    for number in range(MOST_FOLDER_FILES + 1):
        (tmp_path / f"1-{number}-20261124T031000Z.json").touch()
    with pytest.raises(Refused, match=r"has more than 4000 files or 67\.1 MB"):
        inbox.require_room(tmp_path)


@pytest.fixture
def intruder(province: Province, hub: Hub, network_library: Library) -> list[str]:
    """The words with which a library's key pushes what it likes."""
    serve(province, hub, 1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    assert network_library.run("deliver").returncode == 0
    known = f"-o UserKnownHostsFile={hub.folder}/known_hosts"
    ssh = f"ssh -p {hub.port} -i {network_library.folder}/agent {known}"
    return ["rsync", "--recursive", "--rsh", ssh]


def push(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    line = [*words, f"{folder}/", "root@127.0.0.1:."]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)


def came(hub: Hub) -> int:
    return sum(path.stat().st_size for path in (hub.server.folder / "receipts/990101").rglob("*"))


def sparse(folder: Path, count: int, size: int) -> Path:
    folder.mkdir()
    for number in range(count):
        with (folder / f"1-{number}-20261124T031000Z.json").open("wb") as stream:
            stream.truncate(size)
    return folder


def test_a_large_file_is_not_taken(hub: Hub, intruder: list[str], tmp_path: Path) -> None:
    done = push(intruder, sparse(tmp_path / "large", 1, MOST_BYTES + 1))
    assert done.returncode == 11, "rsync(1): error in file I/O"
    assert came(hub) <= MOST_BYTES


def test_a_library_cannot_fill_the_mirror_s_disk(
    hub: Hub, intruder: list[str], network_library: Library, tmp_path: Path
) -> None:
    flood = sparse(tmp_path / "flood", 40, MOST_BYTES - 1)
    done = push([*intruder, "--bwlimit=60m"], flood)
    assert done.returncode != 0
    assert "has more than 4000 files or 67.1 MB" in done.stderr
    assert MOST_FOLDER_BYTES < came(hub) < 3 * MOST_FOLDER_BYTES
    before = came(hub)
    assert push(intruder, flood).returncode != 0
    assert came(hub) == before, "the next one is refused at the door"
    next((network_library.folder / "state/receipts").glob("*.sent")).unlink()
    assert "has more than" in network_library.run("receipt", "send").stderr


def test_a_library_that_moved_sends_its_receipts_to_the_new_mirror(
    province: Province, hub: Hub, network_library: Library
) -> None:
    serve(province, hub, 1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    assert network_library.run("deliver").returncode == 0
    folder = hub.server.folder / "receipts/990101"
    came_first = names(folder)
    assert len(came_first) == 2
    # The one sshd plays both mirrors: the former one drops what it had, the new one has nothing yet.
    for file in folder.iterdir():
        file.unlink()
    assert network_library.run("receipt", "send").returncode == 0
    assert not names(folder), "what arrived is not sent again"
    network_library.write_config(
        network_library.config_file.read_text().replace('library = "990000"', 'library = "990100"')
    )
    assert "waits for the line" in network_library.run("receipt", "list").stdout
    assert network_library.run("deliver").returncode == 0, "nothing new to fetch"
    assert names(folder) == came_first
    assert "990101  release 1-1" in hub.server.run("receipt", "check").stdout


def test_only_the_newest_good_one_is_read_for_the_status(
    hub: Hub, intruder: list[str], network_library: Library
) -> None:
    folder = hub.server.folder / "receipts/990101"
    (folder / "1-1-20010101T000000Z.json").write_text("old nonsense")
    (folder / "1-1-29990101T000000Z.json").write_text("new nonsense")
    every = hub.server.run("receipt", "check")
    newest = hub.server.run("receipt", "check", "--newest")
    assert every.stdout == newest.stdout
    assert every.stderr.count("\n") == 2
    assert newest.stderr.count("\n") == 1
    assert "29990101" in newest.stderr
