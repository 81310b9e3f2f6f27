"""What readers open is counted by item, through the role's nginx; nothing waits for who counts."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from portal_servers import Site, ask, exporting, free_port, importing, web_server

from shulu.content.licence import CHINA
from shulu.usage.collect import Heard, Writer
from shulu.usage.figures import read_figures
from shulu.usage.opened import Opened, read_line

BOOK = "/content/ebooks-001/files/"


@contextmanager
def listener(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(path))
        heard.settimeout(2)
        yield heard


@contextmanager
def counted(site: Site, folder: Path, **more: object) -> Iterator[int]:
    values = {
        "portal_name": "临江县图书馆",
        "portal_store": str(site.store),
        "__portal_socket": str(site.folder / "portal.sock"),
        "portal_usage_socket": str(folder / "log"),
        **more,
    }
    with web_server(folder, "counted", values) as port:
        yield port


def lines(heard: socket.socket) -> list[bytes]:
    found = []
    try:
        while True:
            found.append(heard.recv(8192))
            heard.settimeout(0.2)
    except TimeoutError:
        return found
    finally:
        heard.settimeout(2)


def book(site: Site) -> str:
    files: Path = site.store / "live/bags/ebooks-001/data/files"
    return next(p.name for p in sorted(files.iterdir()) if p.suffix in {".epub", ".pdf"})


def test_items_are_counted_with_what_was_fetched_of_them(site: Site, tmp_path: Path) -> None:
    writer, counts = Writer(tmp_path, tmp_path, site.store / "live"), Heard(datetime.now(CHINA))
    file = f"{BOOK}{book(site)}"
    with listener(tmp_path / "log") as heard, counted(site, tmp_path) as port:
        for path, headers in (
            ("/", {}),
            ("/search?q=%E8%AF%97", {}),
            ("/librarian", {}),
            ("/collections/ebooks", {}),
            ("/items/ebooks-001/no-such-item", {}),
            (file, {}),
            (file, {"Range": "bytes=0-"}),
            (file, {"Range": "bytes=0-1"}),
            (file, {"Range": "bytes=100-"}),
            (f"{BOOK}nothing.epub", {}),
        ):
            ask(port, path, headers)
        ask(port, file, method="HEAD")
        came = lines(heard)
    assert not any(b"q=" in line or b"127.0.0" in line for line in came)
    for line in came:
        if (opened := read_line(line)) is not None:
            counts.add(opened)
    writer.write(counts)
    writer.close()
    said = read_figures(tmp_path)
    assert said is not None
    assert said["all"] == {"": [2, 0, 0], "ebooks": [1, 0, 2]}
    assert [(item["bag"], item["downloads"]) for item in said["week"]["items"]] == [("ebooks-001", 2)]


def test_a_bag_that_is_not_in_the_catalogue_is_counted_by_its_collection(site: Site, tmp_path: Path) -> None:
    writer, counts = Writer(tmp_path, tmp_path, site.store / "live"), Heard(datetime.now(CHINA))
    counts.add(Opened("ebooks", "ebooks-777", file="a.epub"))
    writer.write(counts)
    writer.close()
    said = read_figures(tmp_path)
    assert said is not None
    assert said["all"] == {"ebooks": [0, 0, 1]}
    assert said["week"]["items"] == []


def test_other_libraries_readers_are_counted_there_alone(site: Site, tmp_path: Path) -> None:
    export = free_port()
    with listener(tmp_path / "log") as heard, counted(site, tmp_path, **exporting(export)):
        assert ask(export, "/").status == 200
        assert lines(heard) == []
        below = tmp_path / "below"
        below.mkdir()
        remote = {**importing(export), "portal_usage_socket": str(tmp_path / "log")}
        with web_server(below, "remote", remote) as port:
            assert ask(port, "/").status == 200
            assert ask(port, f"{BOOK}{book(site)}", {"Range": "bytes=0-"}).status == 206
            assert len(lines(heard)) == 2


def test_nothing_waits_for_who_counts(site: Site, tmp_path: Path) -> None:
    with listener(tmp_path / "log"), counted(site, tmp_path) as port:  # never read from
        started = time.monotonic()
        for _ in range(600):
            assert ask(port, f"{BOOK}{book(site)}").status == 200
        assert time.monotonic() - started < 20


def test_readers_are_served_where_nobody_counts(site: Site, tmp_path: Path) -> None:
    with counted(site, tmp_path) as port:
        assert {ask(port, "/search?q=secret").status for _ in range(20)} == {200}
    assert "secret" not in (tmp_path / "counted/nginx.log").read_text()
