from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hostile_content import EVIL, make_hostile
from portal_browser import chromium, open_page
from portal_content import make_store
from portal_servers import READER, Site, application, free_port, web_server
from room_content import make_figures, make_room
from selenium import webdriver

from shulu.portal.app import create_app


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("content"))


@pytest.fixture(scope="session")
def site(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    export = free_port()
    with application(folder, store) as sock:
        values = {
            "portal_name": "临江县图书馆",
            "portal_store": str(store),
            "__portal_socket": str(sock),
            "portal_export_clients": [READER],
            "portal_export_address": READER,
            "portal_export_port": export,
        }
        with web_server(folder, "hub", values) as port:
            yield Site(port, export, store, folder)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture
def forgetful(browser: webdriver.Chrome, site: Site) -> Iterator[None]:
    """Begin with a browser that remembers nothing."""
    open_page(browser, site, "/about")
    browser.execute_script("localStorage.clear()")
    yield
    browser.get("about:blank")


@pytest.fixture(scope="session")
def room_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_room(tmp_path_factory.mktemp("room"))


@pytest.fixture(scope="session")
def room(room_store: Path) -> FlaskClient:
    return create_app(str(room_store), str(room_store.parent / "topics")).test_client()


@pytest.fixture(scope="session")
def room_site(room_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("room-site")
    make_figures(folder / "figures")
    with application(folder, room_store, room_store.parent / "topics") as sock:
        values = {
            "portal_name": "临江县图书馆",
            "portal_store": str(room_store),
            "__portal_socket": str(sock),
        }
        with web_server(folder, "hub", values) as port:
            yield Site(port, 0, room_store, folder)


@pytest.fixture(scope="session")
def hostile_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_hostile(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def secrets(hostile_store: Path) -> list[bytes]:
    return [str(hostile_store.parent).encode(), str(Path(__file__).parents[2]).encode()]


@pytest.fixture(scope="session")
def hostile_site(hostile_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("hostile-site")
    export = free_port()
    with application(folder, hostile_store, hostile_store.parent / "topics") as sock:
        values = {
            "portal_name": EVIL,
            "portal_store": str(hostile_store),
            "__portal_socket": str(sock),
            "portal_export_clients": [READER],
            "portal_export_address": READER,
            "portal_export_port": export,
        }
        with web_server(folder, "hub", values) as port:
            yield Site(port, export, hostile_store, folder)
