from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from feeds_content import make_store
from flask.testing import FlaskClient

from shulu.portal.app import create_app
from tests.portal.portal_servers import READER, Site, application, free_port, web_server

sys.path.append(str(Path(__file__).parents[2] / ".cache/judges"))

ADDRESS = "http://10.1.2.3:8080"


class Reader:
    """Asks the application as a web server does, for readers of an audience."""

    def __init__(self, client: FlaskClient, audience: str = "lan") -> None:
        self.client = client
        self.headers = {"X-Shulu-Address": ADDRESS, "X-Shulu-Audience": audience}

    def get(self, path: str, status: int = 200, **more: object) -> object:
        response = self.client.get(path, headers=self.headers, **more)
        assert response.status_code == status, (path, response.status_code, response.text[:500])
        return response


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
