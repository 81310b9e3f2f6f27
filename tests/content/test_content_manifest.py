from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shulu.content.manifest import decode_path, encode_path, format_manifest, parse_manifest
from shulu.content.names import sameness, shown, unportable, unsafe
from shulu.findings import Refused

ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
PATHS = st.lists(ANY.filter(lambda text: "/" not in text), min_size=1, max_size=4).map(
    lambda parts: "/".join(["data", *parts])
)


@given(st.dictionaries(PATHS.filter(lambda path: not unsafe(path)), DIGESTS))
def test_a_manifest_reads_as_it_was_written(entries: dict[str, str]) -> None:
    text = format_manifest(entries)
    assert parse_manifest(text) == entries
    assert list(parse_manifest(text)) == sorted(entries, key=lambda path: encode_path(path).encode())
    for end in (b"\r\n", b"\r"):
        assert parse_manifest(text.replace(b"\n", end)) == entries


@given(ANY)
def test_a_path_survives_its_escapes(path: str) -> None:
    encoded = encode_path(path)
    assert decode_path(encoded) == path
    assert "\n" not in encoded
    assert "\r" not in encoded


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    try:
        parse_manifest(text)
    except Refused as refused:
        assert refused.findings
        assert all(str(finding).isprintable() for finding in refused.findings)


@given(st.text(max_size=40))
def test_a_safe_path_stays_in_its_folder(path: str) -> None:
    parts = path.split("/")
    if not unsafe(path):
        assert path
        assert not {"", ".", ".."} & set(parts)
        assert not path.startswith(("/", "~"))
        assert not set(path) & set('<>:"|?*\\\0')


@given(st.text(st.characters(), max_size=40))
def test_what_is_shown_prints_as_one_line(text: str) -> None:
    assert shown(text).isprintable()


@pytest.mark.parametrize(
    "name",
    [
        *(
            "CON",
            "con.txt",
            "lpt9.tar.gz",
            "a/Nul",
            "dot.",
            "space ",
            "a /b",
            "a\tb",
            "a\nb",
            "a\rb",
            "e\u0301",
        ),
        *(
            "a:b",
            "a?",
            "a*",
            'a"',
            "a|b",
            "<a>",
            "a\\b",
            "字" * 86,
            "a" * 256,
            "x/" * 1600 + "x",
            "",
            "/a",
            "a/",
            "~",
        ),
        *("com¹", "\x7f", "a\u2028b", "\udcff", " a", "\xa0", "a/b\u3000"),
    ],
)
def test_unportable_names_are_refused(name: str) -> None:
    assert unportable(name)


@pytest.mark.parametrize(
    "name", ["console.txt", "唐诗/李白.epub", "字" * 85, "a~b", ".hidden", "100%.html", "a b"]
)
def test_portable_names_are_not(name: str) -> None:
    assert unportable(name) == ""


def test_what_file_systems_take_for_the_same() -> None:
    assert sameness("\u00c9A") == sameness("e\u0301a")
    assert sameness("a") != sameness("b")
