"""Bags on a disk: the store's links to them are followed, none within; readers are told when it is away."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from portal_servers import application, ask, web_server

EPUB = "/content/ebooks-001/files/1.epub"
ITEM = "/items/ebooks-001/sanguo"


@dataclass(frozen=True)
class Served:
    """The portal's port, and the folder that stands for the disk."""

    port: int
    disk: Path
    bag: Path


@pytest.fixture
def served(store: Path, tmp_path: Path) -> Iterator[Served]:
    """Serve a copy of the store whose e-books lie elsewhere, by the links that a disk has."""
    copy, disk = tmp_path / "store", tmp_path / "disk"
    subprocess.run(["cp", "-a", str(store), str(copy)], check=True)
    place = next(path for path in (copy / "bags/ebooks-001").iterdir())
    place.parent.chmod(0o755)
    bag = disk / "bags/ebooks-001" / place.name
    shutil.copytree(place, bag)
    subprocess.run(["rm", "-r", str(place)], check=True)
    place.symlink_to(bag)
    with application(tmp_path, copy) as sock:
        values = {"portal_store": str(copy), "__portal_socket": str(sock)}
        with web_server(tmp_path, "web", values) as port:
            yield Served(port, disk, bag)


def test_links_lead_to_the_disk_and_back_to_readers(served: Served) -> None:
    whole = (served.bag / "data/files/1.epub").read_bytes()
    assert ask(served.port, EPUB).body == whole
    assert ask(served.port, EPUB + "?v=1").body == whole
    assert ask(served.port, EPUB, {"Range": "bytes=10-19"}).body == whole[10:20]
    assert ask(served.port, ITEM).status == 200


@pytest.mark.parametrize("name", ["data/files/1.epub", "data/files", "data"])
def test_no_link_within_a_bag_is_followed(served: Served, tmp_path: Path, name: str) -> None:
    inner = served.bag / name
    inner.parent.chmod(0o755)
    if inner.is_dir():
        inner.chmod(0o755)
    inner.rename(tmp_path / "elsewhere")
    inner.symlink_to(tmp_path / "elsewhere")
    for path in (EPUB, EPUB + "?v=1"):
        answer = ask(served.port, path)
        assert answer.status in {403, 404}
        assert len(answer.body) < 3000


def test_a_disk_that_was_pulled_out_is_told_and_comes_back(served: Served, tmp_path: Path) -> None:
    served.disk.rename(tmp_path / "pulled")
    for path in (ITEM, EPUB, EPUB + "?v=1", "/content/ebooks-001/files/nothing"):
        answer = ask(served.port, path)
        assert (answer.status, answer.headers["retry-after"]) == (503, "60")
        assert "这份资源暂时看不了" in answer.text
        assert answer.headers["cache-control"] == "no-cache"
    for path in ("/", "/collections/ebooks", "/items/documentaries-001/nothing", "/search?q=x"):
        assert ask(served.port, path).status in {200, 404}
    assert ask(served.port, "/content/nothing-001/files/x").status == 404
    assert ask(served.port, "/items/nothing-001/x").status == 404
    (tmp_path / "pulled").rename(served.disk)
    assert ask(served.port, ITEM).status == 200
    assert ask(served.port, EPUB).status == 200
