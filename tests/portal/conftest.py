from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from datetime import time as clock
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hostile_content import EVIL, make_hostile
from portal_browser import chromium, open_page, requested
from portal_content import make_store
from portal_servers import Site, application, serving, web_server
from reading_browser import Outside
from reading_content import make_shelf
from room_content import make_figures, make_room
from selenium import webdriver

from shulu.content.licence import CHINA
from shulu.portal.app import create_app

MODULE_TAKES = timedelta(minutes=3)
"""Longer than the tests of any one module run on a slow machine."""


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("content"))


@pytest.fixture(scope="session")
def site(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("site"), store, portal_name="临江县图书馆") as one:
        yield one


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture(scope="module")
def one_day() -> None:
    """Let a module that judges licences by the day run within one: wait for a midnight that is near."""
    now = datetime.now(CHINA)
    midnight = datetime.combine(now.date() + timedelta(1), clock(), CHINA)
    if midnight - now < MODULE_TAKES:
        time.sleep((midnight - now).total_seconds() + 1)


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
    folder, topics = tmp_path_factory.mktemp("hostile-site"), hostile_store.parent / "topics"
    with serving(folder, hostile_store, topics, portal_name=EVIL) as one:
        yield one


@pytest.fixture(scope="session")
def outside() -> Iterator[Outside]:
    one = Outside()
    thread = threading.Thread(target=one.server.serve_forever, args=(0.05,))
    thread.start()
    yield one
    one.server.shutdown()
    one.server.server_close()
    thread.join(10)


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory, outside: Outside) -> Iterator[Site]:
    """Books and web documents of every kind, some of them hostile."""
    folder = tmp_path_factory.mktemp("shelf")
    with serving(folder, make_shelf(folder, outside.address), portal_name="临江县图书馆") as one:
        yield one


@pytest.fixture
def newcomer(browser: webdriver.Chrome, shelf: Site) -> None:
    """Begin as a reader who was never here."""
    open_page(browser, shelf, "/about")
    browser.execute_script("localStorage.clear()")
    requested(browser)
    browser.get_log("browser")
