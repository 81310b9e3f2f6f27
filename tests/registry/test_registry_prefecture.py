from __future__ import annotations

import pytest

from shulu.registry.prefecture import prefecture

NAMES = {"340000": "安徽省图书馆", "340100": "合肥市图书馆", "110101": "东城区图书馆"}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("340000", "省级"),
        ("340100", "合肥市"),
        ("340102", "合肥市"),
        ("340102001", "合肥市"),
        ("340202", "3402"),
        ("110101", "市辖区"),
        ("500229", "县"),
        ("429004", "省直辖"),
    ],
)
def test_a_library_lies_in_its_prefecture(code: str, name: str) -> None:
    assert prefecture(code, NAMES) == name
