"""How a bag is verified: on all cores, resumed, and by the command."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from content_bags import good, write

from shulu.cli.main import main
from shulu.content.verify import verify
from shulu.findings import Refused
from shulu.progress import Progress


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
