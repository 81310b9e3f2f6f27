"""The disk route, from a folder and from real loop disks."""

from __future__ import annotations

import json

from delivery_servers import Library
from parcels import Province


def test_a_folder_is_imported_made_live_and_receipted(province: Province, library: Library) -> None:
    book = province.bag("ebooks-001", "1", {"a.epub": b"a" * 5000, "twin.epub": b"a" * 5000, "b.epub": b"b"})
    province.issue(1, book)
    done = library.run("deliver", "--from", str(province.release_folder), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["changed"] is True
    live = library.folder / "store" / "live"
    assert (live / "bags/ebooks-001/data/files/a.epub").read_bytes() == b"a" * 5000
    assert (live / "catalogue.db").exists()
    status = json.loads(library.run("status", "--json").stdout)
    assert status["live"]["serial"] == 1
    assert status["activity"]["state"] == "live"
    again = library.run("deliver", "--from", str(province.release_folder), "--json")
    assert json.loads(again.stdout)["changed"] is False
    assert len(list((library.folder / "state/receipts").glob("*.json"))) == 1
