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
from portal_servers import Site, serving  # noqa: E402

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
    with serving(tmp_path_factory.mktemp("feeds-site"), store, portal_name="临江县图书馆") as one:
        yield one
