"""The scenario's admin and hosts. The tests are one campaign: each begins where the one before ended."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from campaign_admin import Admin
from campaign_host import Host

from lab import lab


@pytest.fixture(scope="session")
def admin() -> Admin:
    ephemeral = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "campaign"
    return Admin(ephemeral, Path(os.environ["SHULU_WORK"]))


@pytest.fixture(scope="session")
def hosts() -> dict[str, Host]:
    name = os.environ["SHULU_LAB"]
    return {each.code: Host(name, each.code) for each in lab.load(name)[1].hosts}
