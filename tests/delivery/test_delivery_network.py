"""The network route over a real sshd and rrsync on loopback."""

from __future__ import annotations

import json

from delivery_servers import Hub, Library, load_hub
from parcels import Province


def test_a_release_travels_and_its_receipt_comes_back(
    province: Province, hub: Hub, network_library: Library
) -> None:
    book = province.bag("ebooks-001", "1", {"a.epub": b"a" * 5000, "b.epub": b"b" * 10})
    province.issue(1, book)
    load_hub(hub, province)
    hub.start()
    plan = json.loads(network_library.run("deliver", "--plan", "--json").stdout)
    assert plan["would_change"] is True
    done = network_library.run("deliver", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert json.loads(done.stdout)["changed"] is True
    live = network_library.folder / "store" / "live"
    assert (live / "bags/ebooks-001/data/files/a.epub").read_bytes() == b"a" * 5000
    came = list((hub.server.folder / "receipts/990101").iterdir())
    assert len(came) == 2
    checked = hub.server.run("receipt", "check", "--json")
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout)["receipts"][0]["library"] == "990101"
