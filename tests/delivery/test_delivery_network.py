"""The network route over a real sshd and rrsync on loopback."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from delivery_servers import Hub, Library, load_hub, make_network_library, wait_until
from parcels import Province, make_key, write_tags

from shulu.content.release import BagEntry


def status(library: Library) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(library.run("status", "--json").stdout)
    return found


def receipts(library: Library) -> list[dict[str, Any]]:
    files = sorted(
        (library.folder / "state/receipts").glob("*.json"), key=lambda file: file.stat().st_mtime_ns
    )
    return [json.loads(file.read_bytes()) for file in files]


def live_file(library: Library, name: str, bag: str = "ebooks-001") -> bytes:
    return (library.folder / "store/live/bags" / bag / "data/files" / name).read_bytes()


def configure(library: Library, text: str) -> None:
    library.config_file.write_text(library.config_file.read_text() + text)


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - no secret


def serve(province: Province, hub: Hub, serial: int, *bags: BagEntry) -> None:
    province.issue(serial, *bags)
    load_hub(hub, province)
    if hub.sshd is None:
        hub.start()


def test_a_release_travels_and_its_receipt_comes_back(
    province: Province, hub: Hub, network_library: Library
) -> None:
    content = {"a.epub": b"a" * 5000, "b.epub": b"b" * 10, "a 的副本.epub": b"a" * 5000, "空.txt": b""}
    serve(province, hub, 1, province.bag("ebooks-001", "1", content))
    plan = json.loads(network_library.run("deliver", "--plan", "--json").stdout)
    assert plan["would_change"] is True
    assert plan["release"] == {"epoch": 1, "serial": 1}
    assert list((network_library.folder / "store/staging").iterdir()) == []
    done = network_library.run("deliver", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["changed"] is True
    assert {name: live_file(network_library, name) for name in content} == content
    came = list((hub.server.folder / "receipts/990101").iterdir())
    assert len(came) == 2
    checked = hub.server.run("receipt", "check", "--json")
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout)["receipts"] == receipts(network_library)
    # The twin did not travel: 5000 + 10 + 0 and the records.
    assert receipts(network_library)[0]["travelled_files"] == 4
    assert json.loads(network_library.run("deliver", "--json").stdout)["changed"] is False
    assert json.loads(network_library.run("deliver", "--plan", "--json").stdout)["would_change"] is False
    assert len(receipts(network_library)) == 1


def test_only_new_content_travels(province: Province, hub: Hub, network_library: Library) -> None:
    big = noise(400_000)
    first = province.bag("ebooks-001", "1", {"big.epub": big, "b.epub": b"b" * 1000, "c.epub": b"c" * 1000})
    serve(province, hub, 1, first)
    assert network_library.run("deliver").returncode == 0
    second = province.bag(
        "ebooks-001", "2", {"moved/big.epub": big, "b.epub": b"b" * 1000, "c.epub": b"C" * 700}
    )
    other = province.bag("pictures-001", "1", {"same.epub": big})
    serve(province, hub, 2, second, other)
    assert network_library.run("deliver").returncode == 0
    assert live_file(network_library, "moved/big.epub") == big
    assert live_file(network_library, "c.epub") == b"C" * 700
    assert receipts(network_library)[1]["travelled_bytes"] < 2000
    kept = network_library.folder / "store/bags"
    assert (kept / "ebooks-001/1/data/files/big.epub").samefile(kept / "pictures-001/1/data/files/same.epub")
    assert (kept / "ebooks-001/1/data/files/c.epub").read_bytes() == b"c" * 1000


def test_killed_in_a_file_the_next_run_fetches_only_the_rest(
    province: Province, hub: Hub, network_library: Library
) -> None:
    big = noise(6_000_000)
    serve(province, hub, 1, province.bag("ebooks-001", "1", {"big.epub": big}))
    plain = network_library.config_file.read_text()
    configure(network_library, "[network]\nbandwidth_kib = 1500\n")
    staged = network_library.folder / "store/staging/ebooks-001@1/data/files/big.epub"
    running = network_library.start("deliver")
    wait_until(lambda: staged.exists() and staged.stat().st_size > 2_000_000)
    assert status(network_library)["activity"]["state"] == "fetching"
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    wait_until(lambda: status(network_library)["activity"]["state"] == "failed")
    assert "goes on" in status(network_library)["activity"]["message"]
    inode, size = staged.stat().st_ino, staged.stat().st_size
    assert 2_000_000 < size < 6_000_000
    assert status(network_library)["live"] is None
    network_library.config_file.write_text(plain)
    done = network_library.run("deliver")
    assert done.returncode == 0, done.stderr
    assert live_file(network_library, "big.epub") == big
    live = network_library.folder / "store/live/bags/ebooks-001/data/files/big.epub"
    assert live.stat().st_ino == inode, "the file that had been begun was completed"


def test_a_cut_line_is_waited_for(province: Province, hub: Hub, network_library: Library) -> None:
    big = noise(5_000_000)
    serve(province, hub, 1, province.bag("ebooks-001", "1", {"big.epub": big}))
    configure(network_library, "[network]\nbandwidth_kib = 2000\n")
    staged = network_library.folder / "store/staging/ebooks-001@1/data/files/big.epub"
    running = network_library.start("deliver")
    wait_until(lambda: staged.exists() and staged.stat().st_size > 1_000_000)
    hub.stop()
    wait_until(lambda: status(network_library)["activity"]["state"] == "waiting")
    hub.start()
    said, _ = running.communicate(timeout=60)
    assert running.returncode == 0, said
    assert live_file(network_library, "big.epub") == big


def test_out_of_the_window_it_pauses_and_goes_on_inside(
    province: Province, hub: Hub, network_library: Library
) -> None:
    serve(province, hub, 1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    now = datetime.now()
    closed = f"{now + timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M}"
    configure(network_library, f'[network]\nwindow = "{closed}"\n')
    running = network_library.start("deliver")
    wait_until(lambda: status(network_library)["activity"]["state"] == "paused")
    assert closed in status(network_library)["activity"]["message"]
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    plan = json.loads(network_library.run("deliver", "--plan", "--json").stdout)
    assert plan["would_change"] is True, "what pauses was foretold"
    done = network_library.run("deliver", "--now")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("route", ["network", "remote"])
def test_out_of_the_window_only_bags_are_waited_for(
    province: Province, hub: Hub, tmp_path: Path, route: str
) -> None:
    library = make_network_library(tmp_path / "library", province, hub, route)
    serve(province, hub, 1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    if route == "network":
        assert library.run("deliver").returncode == 0
    now = datetime.now()
    configure(
        library, f'[network]\nwindow = "{now + timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M}"\n'
    )
    foretold = json.loads(library.run("deliver", "--plan", "--json").stdout)["would_change"]
    done = library.run("deliver", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["changed"] is foretold is (route == "remote")
    assert status(library)["activity"]["state"] == "live"


def test_the_window_closes_on_a_transfer(province: Province, hub: Hub, network_library: Library) -> None:
    from shulu.delivery.line import Closed  # noqa: PLC0415
    from shulu.delivery.run import open_line  # noqa: PLC0415

    serve(province, hub, 1, province.bag("ebooks-001", "1", {"big.epub": noise(6_000_000)}))
    configure(network_library, "[network]\nbandwidth_kib = 1000\n")
    line = open_line(network_library.config)
    assert line is not None
    until = time.monotonic() + 2.0
    seen: list[int] = []
    with pytest.raises(Closed):
        line.pull(
            "bags/ebooks-001/1",
            ["data/files/big.epub"],
            network_library.folder,
            on_bytes=seen.append,
            may_go_on=lambda: time.monotonic() < until,
        )
    assert seen == sorted(seen)
    came = (network_library.folder / "data/files/big.epub").stat().st_size
    assert 500_000 < came < 6_000_000, "what came stays"


def test_a_full_mirror_is_waited_for(province: Province, hub: Hub, network_library: Library) -> None:
    import fcntl  # noqa: PLC0415

    serve(province, hub, 1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    text = hub.server.config_file.read_text().replace("[mirror]", "[mirror]\nslots = 1")
    hub.server.config_file.write_text(text)
    (hub.server.folder / "slots").mkdir(mode=0o700)
    with (hub.server.folder / "slots/slot-0").open("w") as slot:
        fcntl.flock(slot, fcntl.LOCK_EX)
        running = network_library.start("deliver")
        wait_until(lambda: "all slots are taken" in status(network_library)["activity"]["message"])
        os.kill(running.pid, signal.SIGKILL)
        running.communicate()
    assert network_library.run("deliver").returncode == 0


def test_an_upstream_without_a_release_is_waited_for(
    province: Province, hub: Hub, network_library: Library
) -> None:
    hub.start()
    done = network_library.run("deliver", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "state": "waiting",
        "changed": False,
        "message": "the upstream has no release yet",
    }
    assert json.loads(network_library.run("deliver", "--plan", "--json").stdout)["would_change"] is False
    assert status(network_library)["activity"]["state"] == "waiting"


def test_an_unknown_host_key_is_refused(province: Province, hub: Hub, network_library: Library) -> None:
    serve(province, hub, 1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    (hub.folder / "known_hosts").write_text("")
    done = network_library.run("deliver")
    assert done.returncode == 1
    assert "the upstream's host key is not the known one" in done.stderr
    assert status(network_library)["activity"]["state"] == "failed"


def test_a_key_that_the_mirror_does_not_know_is_refused(
    province: Province, hub: Hub, network_library: Library
) -> None:
    serve(province, hub, 1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    (hub.folder / "keys").write_text("")
    done = network_library.run("deliver")
    assert done.returncode == 1
    assert "does not know this server's key" in done.stderr


def break_hub(hub: Hub, name: str, data: bytes) -> None:
    """Put other bytes into the hub's store behind its back, as an intruder on the mirror could."""
    path = hub.server.folder / "store/live" / name
    path.chmod(0o644)
    path.write_bytes(data)


@pytest.mark.parametrize(
    "fault", ["forged", "altered", "rolled back", "unknown key", "revoked key", "one bit", "mixed"]
)
def test_what_is_not_the_province_s_is_refused_and_readers_keep_theirs(
    province: Province, hub: Hub, network_library: Library, fault: str
) -> None:
    first = province.bag("ebooks-001", "1", {"a.epub": b"a" * 1000})
    serve(province, hub, 2, first)
    assert network_library.run("deliver").returncode == 0
    second = province.bag("ebooks-001", "2", {"a.epub": b"A" * 1000})
    serve(province, hub, 3, second)
    live = hub.server.folder / "store/live"
    match fault:
        case "forged":
            stranger = make_key(province.folder / "stranger")
            province.issue(4, second, key=stranger)
            break_hub(hub, "release.json", province.text)
            break_hub(hub, "release.json.sig", province.signature)
            expected = "127.0.0.1:live/release.json.sig: the signature is by an unknown key"
        case "altered":
            break_hub(
                hub,
                "release.json",
                (live / "release.json").read_bytes().replace(b'"serial": 3', b'"serial": 9'),
            )
            expected = "the signature is bad"
        case "rolled back":
            province.issue(1, first)
            break_hub(hub, "release.json", province.text)
            break_hub(hub, "release.json.sig", province.signature)
            expected = "release 1-1 is older than 1-2"
        case "unknown key":
            (network_library.folder / "trust/allowed_signers").write_text("")
            expected = "the signature is by an unknown key"
        case "revoked key":
            province.revoke(province.key)
            shutil.copy(province.trust_folder / "revoked.krl", network_library.folder / "trust/revoked.krl")
            expected = "the signature is by a revoked key"
        case "one bit":
            break_hub(hub, "bags/ebooks-001/data/files/a.epub", b"A" * 999 + b"@")
            expected = "bags/ebooks-001/2/data/files/a.epub: the upstream's copy does not match its digest"
        case _:
            place = hub.server.folder / "store/bags/ebooks-001/2"
            payload = {"data/files/a.epub": b"evil", "data/records.jsonl": b""}
            for path in [
                place / "data/files",
                place / "data",
                place,
                *place.iterdir(),
                *(place / "data").rglob("*"),
            ]:
                path.chmod(0o755)
            for name, data in payload.items():
                (place / name).write_bytes(data)
            write_tags(place, payload, "ebooks-001", "2")
            expected = "bags/ebooks-001/2: is not the bag that the release names"
    done = network_library.run("deliver")
    assert done.returncode == 1, done.stderr
    assert expected in done.stderr
    assert len(done.stderr.splitlines()) == 1, "one clear line"
    assert live_file(network_library, "a.epub") == b"a" * 1000
    assert status(network_library)["live"]["serial"] == 2
    assert status(network_library)["activity"]["state"] == "failed"


def test_an_expired_release_is_reported_and_stays(
    province: Province, hub: Hub, network_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    import parcels  # noqa: PLC0415

    monkeypatch.setattr(parcels, "ISSUED", datetime.fromisoformat("2001-01-01T00:00:00Z"))
    serve(province, hub, 1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    assert network_library.run("deliver").returncode == 0
    said = status(network_library)
    assert said["live"]["serial"] == 1
    assert "expired on 2010-" in said["activity"]["message"]


def test_rot_is_found_and_mended_by_fetching_one_file(
    province: Province, hub: Hub, network_library: Library
) -> None:
    serve(
        province, hub, 1, province.bag("ebooks-001", "1", {"a.epub": b"a" * 1000, "big.epub": noise(300_000)})
    )
    assert network_library.run("deliver").returncode == 0
    break_hub_like = network_library.folder / "store/live/bags/ebooks-001/data/files/a.epub"
    break_hub_like.chmod(0o644)
    break_hub_like.write_bytes(b"a" * 999 + b"b")
    verified = network_library.run("store", "verify")
    assert verified.returncode == 1
    assert (
        "bags/ebooks-001/1/data/files/a.epub: is damaged or missing; it is fetched again" in verified.stderr
    )
    plan = json.loads(network_library.run("deliver", "--plan", "--json").stdout)
    assert (plan["would_change"], plan["bags"]) == (True, 1)
    assert [bag["whole"] for bag in status(network_library)["live"]["bags"]] == [False]
    assert network_library.run("deliver").returncode == 0
    assert [bag["whole"] for bag in status(network_library)["live"]["bags"]] == [True]
    assert live_file(network_library, "a.epub") == b"a" * 1000
    assert receipts(network_library)[1]["travelled_bytes"] == 1000
    assert network_library.run("store", "verify").returncode == 0
    assert json.loads(network_library.run("deliver", "--json").stdout)["changed"] is False


def test_receipts_wait_for_the_line(province: Province, hub: Hub, network_library: Library) -> None:
    serve(province, hub, 1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    folder = hub.server.folder / "receipts/990101"
    folder.rmdir()
    done = network_library.run("deliver")
    assert done.returncode == 0
    assert "receipts wait for the line" in done.stderr
    folder.mkdir()
    assert "waits" in network_library.run("receipt", "list").stdout
    assert network_library.run("receipt", "send").returncode == 0
    assert "sent" in network_library.run("receipt", "list").stdout
    assert len(list(folder.glob("*.json"))) == 1


def test_the_remote_route_pins_the_release_and_fetches_nothing(
    province: Province, hub: Hub, tmp_path: Path
) -> None:
    library = make_network_library(tmp_path / "remote", province, hub, "remote")
    serve(province, hub, 1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    assert library.run("deliver").returncode == 0
    assert sorted(path.name for path in (library.folder / "store/live/").iterdir()) == [
        "bags",
        "catalogue.db",
        "release.json",
        "release.json.sig",
    ]
    assert list((library.folder / "store/bags").iterdir()) == []
    assert status(library)["live"] == status(library)["live"] | {"serial": 1, "bags": [], "bytes": 0}
    assert receipts(library)[0]["route"] == "remote"
    assert json.loads(library.run("deliver", "--json").stdout)["changed"] is False


def test_a_library_takes_the_collections_it_is_meant_to_have(
    province: Province, hub: Hub, network_library: Library
) -> None:
    bags = [province.bag(name, "1", {"x": name.encode()}) for name in ("ebooks-001", "video-001")]
    serve(province, hub, 1, *bags)
    plain = network_library.config_file.read_text()
    configure(network_library, '[network]\ncollections = ["ebooks"]\n')
    assert network_library.run("deliver").returncode == 0
    assert [bag["id"] for bag in status(network_library)["live"]["bags"]] == ["ebooks-001"]
    network_library.config_file.write_text(plain)
    assert network_library.run("deliver").returncode == 0
    assert len(status(network_library)["live"]["bags"]) == 2


def test_an_old_rsync_is_refused(
    network_library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "bin/rsync"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'rsync  version 3.2.7  protocol version 31'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}:{os.environ['PATH']}")
    done = network_library.run("deliver")
    assert done.returncode == 1
    assert "install rsync 3.5.0 or later" in done.stderr


def bare(province: Province, folder: Path) -> Path:
    """Return a folder with the release's two files and no bags, as the controller sends it."""
    folder.mkdir()
    for name in ("release.json", "release.json.sig"):
        shutil.copy(province.release_folder / name, folder)
    return folder


def test_bags_that_a_folder_lacks_come_from_the_upstream(
    province: Province, hub: Hub, network_library: Library, tmp_path: Path
) -> None:
    bags = [province.bag(name, "1", {"a.epub": name.encode()}) for name in ("ebooks-001", "video-001")]
    serve(province, hub, 1, *bags)
    folder = bare(province, tmp_path / "bare")
    shutil.copytree(province.release_folder / bags[0].path, folder / bags[0].path)
    assert json.loads(network_library.run("deliver", "--from", str(folder), "--plan", "--json").stdout)[
        "would_change"
    ]
    done = network_library.run("deliver", "--from", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"state": "live", "changed": True, "message": "release 1-1 is live"}
    assert live_file(network_library, "a.epub") == b"ebooks-001"
    assert live_file(network_library, "a.epub", "video-001") == b"video-001"
    assert receipts(network_library)[0]["bad_files"] == []
    assert receipts(network_library)[0]["travelled_files"] == 4


def test_a_remote_library_takes_no_bags_from_a_folder_either(
    province: Province, hub: Hub, tmp_path: Path
) -> None:
    library = make_network_library(tmp_path / "remote", province, hub, "remote")
    serve(province, hub, 1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    done = library.run("deliver", "--from", str(bare(province, tmp_path / "bare")), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["changed"] is True
    assert list((library.folder / "store/bags").iterdir()) == []
