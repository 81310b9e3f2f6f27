"""Fixtures of the store's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from parcels import Province

from shulu.store.store import Store


@pytest.fixture
def province(tmp_path: Path) -> Province:
    return Province(tmp_path / "province")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "store", tmp_path / "state")
    made.create()
    return made
