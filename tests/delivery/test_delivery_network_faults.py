"""The network route where the line is cut, the mirror is full, strange or forged, or content rots."""

from __future__ import annotations

import json
import os
import shutil
import signal
from datetime import datetime
from pathlib import Path

import pytest
from delivery_servers import (
    Hub,
    Library,
    configure,
    live_file,
    noise,
    receipts,
    serve,
    status,
    wait_until,
)
from parcels import Province, make_key, write_tags


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


def test_an_old_rsync_is_refused(
    province: Province, hub: Hub, network_library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(province, hub, 1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    old = tmp_path / "bin/rsync"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'rsync  version 3.2.7  protocol version 31'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}:{os.environ['PATH']}")
    for words in ([], ["--plan"]):
        done = network_library.run("deliver", *words)
        assert done.returncode == 1
        assert "install rsync 3.5.0 or later" in done.stderr
