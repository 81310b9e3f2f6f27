from __future__ import annotations

import shutil
from pathlib import Path

from portal_content import publish, sources, write_files

from shulu.content.bagwriter import Options
from shulu.content.pack import pack
from shulu.portal.app import create_app


def test_a_switched_release_shows_at_the_next_request(tmp_path: Path) -> None:
    photos = {"old-photographs": sources()["old-photographs"]}
    write_files(tmp_path / "sources", photos)
    pack(
        tmp_path / "sources/old-photographs",
        tmp_path / "packed",
        Options("old-photographs", "1", processes=1),
    )
    store = tmp_path / "store"
    publish(store, tmp_path / "packed", 1)
    client = create_app(str(store)).test_client()
    assert "共 7 种" in client.get("/").text
    photos["old-photographs"] = photos["old-photographs"][:3]
    shutil.rmtree(tmp_path / "sources")
    write_files(tmp_path / "sources", photos)
    pack(
        tmp_path / "sources/old-photographs",
        tmp_path / "packed",
        Options("old-photographs", "2", processes=1),
    )
    publish(store, tmp_path / "packed", 2)
    assert "共 3 种" in client.get("/").text
    assert "?v=2" in client.get("/items/old-photographs-001/photo-1").text
    (store / "live").unlink()
    assert client.get("/").status_code == 503
    (store / "live").symlink_to("releases/1-1")
    assert "共 7 种" in client.get("/").text
