from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests/portal")]
sys.path.append(str(ROOT / ".cache/judges"))

from feeds_content import make_store  # noqa: E402
from feeds_reader import Reader  # noqa: E402
from portal_servers import READER, Site, application, free_port, web_server  # noqa: E402

from shulu.portal.app import create_app  # noqa: E402


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("feeds"))


@pytest.fixture(scope="session")
def reader(store: Path) -> Reader:
    return Reader(create_app(str(store)).test_client())


@pytest.fixture(scope="session")
def province(store: Path) -> Reader:
    return Reader(create_app(str(store)).test_client(), "province")


@pytest.fixture(scope="session")
def site(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("feeds-site")
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
