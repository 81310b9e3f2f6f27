"""The network route over a real sshd and rrsync on loopback: what travels, and when."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from delivery_servers import (
    Hub,
    Library,
    configure,
    live_file,
    make_network_library,
    noise,
    receipts,
    serve,
    status,
    wait_until,
)
from parcels import Province


def test_a_release_travels_and_its_receipt_comes_back(
    province: Province, hub: Hub, network_library: Library
) -> None:
    content = {"a.txt": b"a" * 5000, "b.txt": b"b" * 10, "a 的副本.txt": b"a" * 5000, "空.txt": b""}
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
    # The hub's own stands among them.
    came_in = [each for each in json.loads(checked.stdout)["receipts"] if each["library"] == "990101"]
    assert came_in == receipts(network_library)
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
    from shulu.delivery.line import Closed, open_line  # noqa: PLC0415

    serve(province, hub, 1, province.bag("ebooks-001", "1", {"big.epub": noise(6_000_000)}))
    configure(network_library, "[network]\nbandwidth_kib = 1000\n")
    line = open_line(network_library.config)
    assert line is not None
    seen: list[int] = []
    until: list[float] = []

    def may_go_on() -> bool:
        # The window is open for a while from the first byte on, however long ssh takes to connect.
        if seen and not until:
            until.append(time.monotonic() + 1.5)
        return not until or time.monotonic() < until[0]

    with pytest.raises(Closed):
        line.pull(
            "bags/ebooks-001/1",
            ["data/files/big.epub"],
            network_library.folder,
            on_bytes=seen.append,
            may_go_on=may_go_on,
        )
    assert seen == sorted(seen)
    came = (network_library.folder / "data/files/big.epub").stat().st_size
    assert 500_000 < came < 6_000_000, "what came stays"


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


def test_the_remote_route_pins_the_release_and_fetches_nothing(
    province: Province, hub: Hub, tmp_path: Path
) -> None:
    library = make_network_library(tmp_path / "remote", province, hub, "remote")
    serve(province, hub, 1, province.bag("ebooks-001", "1", {"a.epub": b"a"}))
    assert library.run("deliver").returncode == 0
    assert sorted(path.name for path in (library.folder / "store/live/").iterdir()) == [
        "bags",
        "catalogue.db",
        "readers",
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
