from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.filter.to_toml import to_toml

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
VALUES = st.recursive(st.booleans() | NUMBERS | TEXT, lambda inner: st.lists(inner, max_size=3), max_leaves=5)
TABLES = st.recursive(
    st.dictionaries(TEXT, VALUES, max_size=4),
    lambda inner: st.dictionaries(TEXT, VALUES | inner, max_size=4),
    max_leaves=6,
)


@given(TABLES)
def test_a_reader_gets_back_what_was_written(table: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(table)) == table


def test_plain_values_come_before_the_tables() -> None:
    text = to_toml({"disk": {"mode": "copy"}, "library": "990101"})
    assert text == 'library = "990101"\n\n[disk]\nmode = "copy"\n'


def test_what_toml_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="None"):
        to_toml({"a": None})
